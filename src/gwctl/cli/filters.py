"""Options that choose objects: of a list, or of a bulk change."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli.fields import option
from gwctl.describe import Entity, Ref, Refs
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.listing import Query
    from gwctl.core.unit import Unit

HELD: dict[str, dict[str, Refs]] = {"user": {"team": Refs("team", "teams")}}
"""What lists can be filtered by besides references: columns that other things keep in step."""


def references(entity: Entity) -> dict[str, Ref | Refs]:
    """What a filter may name: the option, and the reference that it is about."""
    return {field.place.entity: field.place for field in entity.fields.values() if isinstance(field.place, Ref | Refs)}


def parameters(entity: Entity, *, bulk: bool = False) -> list[inspect.Parameter]:
    """`bulk`: the references alone, under which a bulk change finds its objects."""
    named = references(entity) if bulk else {**references(entity), **HELD.get(entity.name, {})}
    found = [
        option(
            f"by_{name}",
            str,
            f"--{name.replace('_', '-')}",
            name.upper(),
            f"Only those of this {name.replace('_', ' ')}.",
        )
        for name in named
    ]
    if bulk:
        return found
    if "blocked" in entity.fields:
        found.append(
            option("blocked", bool, "--blocked/--no-blocked", None, "Only those that are blocked, or are not.")
        )
    if "expires" in entity.fields:
        found.append(
            option("expired", bool, "--expired/--no-expired", None, "Only those that have expired, or have not.")
        )
    if "spend" in entity.observed and {"max_budget", "budget"} & entity.fields.keys():
        found.append(_flag("over_budget", "--over-budget", "Only those whose spend has reached their budget."))
    if "last_active" in entity.observed:
        found.append(
            option("unused_for", str, "--unused-for", "DURATION", "Only those that were not used for so long, as 90d.")
        )
    if "metadata" in entity.fields:
        found.append(option("metadata", list[str], "--metadata", "KEY=VALUE", "Only those with this entry. Repeats."))
    found.append(option("search", str, "--search", "TEXT", "Only those with this in their name or id."))
    found.append(
        _flag(
            "all_rows",
            "--all-rows",
            "Also what the gateway keeps for itself, and rows that belong to one other object.",
        )
    )
    return found


def _flag(name: str, flag: str, text: str) -> inspect.Parameter:
    annotation = Annotated[bool, typer.Option(flag, help=text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


def query(unit: Unit, entity: Entity, given: Mapping[str, Any], **more: Any) -> Query:
    """What the options ask for. Raises NotFound for a reference to nothing."""
    from gwctl.core.listing import Query
    from gwctl.core.references import one
    from gwctl.core.stage import Stage

    equal: dict[str, Any] = {}
    holds: dict[str, str] = {}
    for name, place in {**references(entity), **HELD.get(entity.name, {})}.items():
        if given.get(f"by_{name}") is None:
            continue
        value = given[f"by_{name}"]
        if name in unit.kinds.index:
            target = unit.kinds.entity(name)
            value = one(Stage(unit), target, value)[target.key]
        if isinstance(place, Ref):
            equal[place.column] = value
        else:
            holds[place.column] = value
    if given.get("blocked") is not None:
        equal["blocked"] = given["blocked"]
    return Query(
        equal=equal,
        holds=holds,
        metadata=_pairs(given.get("metadata")),
        search=given.get("search"),
        expired=given.get("expired"),
        over_budget=bool(given.get("over_budget")),
        unused_for=given.get("unused_for"),
        reserved=bool(given.get("all_rows")),
        **more,
    )


def is_given(entity: Entity, given: Mapping[str, Any]) -> bool:
    """Whether a bulk change says what it is about."""
    return bool(given.get("every")) or any(given.get(f"by_{name}") is not None for name in references(entity))


def _pairs(values: list[str] | None) -> dict[str, str]:
    found = {}
    for value in values or ():
        key, sign, text = value.partition("=")
        if not sign:
            raise Usage(f"--metadata {value!r} should be KEY=VALUE")
        found[key] = text
    return found
