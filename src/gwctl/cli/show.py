"""What a command shows of its result: records, plans, and the notes that belong to them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from gwctl import schema
from gwctl.cli import pickup, pictures, render
from gwctl.cli import session as sessions
from gwctl.cli.options import chosen_fields
from gwctl.cli.render import Column, Kind
from gwctl.describe import Entity, Ref

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.listing import Query
    from gwctl.core.plan import Plan, Step
    from gwctl.core.unit import Unit
    from gwctl.questions.drift import Author

MONEY = frozenset({"spend", "max_budget", "soft_budget", "team_member_budget", "temp_budget_increase"})
LISTS = frozenset({"teams", "team_aliases", "access_group_names"})
WHOLE = ("json", "jsonl", "yaml")


def columns(entity: Entity, names: Sequence[str]) -> list[Column]:
    """Columns by name; those after "…" are for wide tables alone."""
    wide, found = False, []
    for name in names:
        if name == "…":
            wide = True
            continue
        found.append(Column(name, _kind(entity, name), wide=wide))
    return found


def _kind(entity: Entity, name: str) -> Kind:
    from datetime import datetime

    if name in MONEY:
        return Kind.MONEY
    if name.endswith(("_at", "_active")) or name == "expires":
        return Kind.TIME
    if name == entity.key or name in entity.names or name.endswith("_id"):
        return Kind.NAME
    field = entity.fields.get(name)
    kinds = {bool: Kind.FLAG, int: Kind.COUNT, float: Kind.MONEY, list: Kind.LIST, dict: Kind.JSON, datetime: Kind.TIME}
    return kinds.get(field.kind, Kind.TEXT) if field else Kind.LIST if name in LISTS else Kind.TEXT


def default_columns(entity: Entity) -> list[str]:
    """An entity's columns, ids of other rows replaced by the names that stand beside them."""
    return [labels(entity).get(name, name) for name in entity.columns]


def labels(entity: Entity) -> dict[str, str]:
    """The name column that stands beside each id of another row."""
    from gwctl.cli.work import kinds
    from gwctl.core.listing import lists_of

    found = {}
    for field in entity.fields.values():
        if isinstance(field.place, Ref) and field.place.entity in kinds().index:
            names = kinds().entity(field.place.entity).names
            if names:
                found[field.place.column] = names[0]
    return found | {column: name for name, (column, _) in lists_of(kinds(), entity).items()}


def named(entity: Entity, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same rows for a table: who has no name is shown by id."""
    pairs = [(column, name) for column, name in labels(entity).items() if column in entity.columns]
    for row in rows:
        yield {**row, **{name: row.get(name) or row.get(column) for column, name in pairs}}


def records(
    unit: Unit,
    entity: Entity,
    read: Callable[..., Iterator[dict[str, Any]]],
    query: Query,
    *,
    output: str,
    fields: list[str] | None,
    limit: int | None,
) -> None:
    """A list. A cut one says so on stderr."""
    shown = columns(entity, default_columns(entity))
    known = known_fields(unit, entity)
    chosen = chosen_fields(fields, known)
    names = chosen if chosen is not None else None if output in WHOLE else [column.name for column in shown]
    if output == "name":
        names = [entity.key, *entity.names[:1]]
    if names is not None:
        names = list(
            dict.fromkeys([*names, *(entity.columns if chosen is None else ()), *([query.sort] if query.sort else [])])
        )
    if chosen is not None:
        shown = columns(entity, chosen)
    rows = _begun(read(unit, entity, query, names))
    if chosen is None and output in ("table", "wide"):
        rows = named(entity, rows)
    session = sessions.current()
    render.listing(
        islice(rows, limit),
        shown,
        output=output,
        identity=identity(entity),
        session=session,
        empty=f"There are no {entity.group}.",
        fields=chosen,
    )
    if limit is not None and next(rows, None) is not None:
        session.warn(f"there are more than {limit} {entity.group}; --limit N shows more, --all shows all")


def _begun(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same rows, the first one read already: a query that fails shall leave no header behind."""
    first = list(islice(rows, 1))
    return chain(first, rows)


def known_fields(unit: Unit, entity: Entity) -> list[str]:
    """What --fields and --sort may name."""
    from gwctl.core.listing import Query, select

    statement = select(unit, entity, Query())
    return [] if statement is None else [column.name for column in statement.selected_columns]


def identity(entity: Entity) -> str:
    return entity.key


def one(entity: Entity, record: Mapping[str, Any], *, output: str | None, fields: list[str] | None = None) -> None:
    """One object, whole. Where it has a whole picture, a table tells it in words, and CSV leaves it out."""
    chosen = chosen_fields(fields, record)
    if chosen is None and output not in WHOLE and pictures.FIELD in record:
        told = {} if output == "csv" else pictures.lines(record[pictures.FIELD])
        record = {**{name: value for name, value in record.items() if name != pictures.FIELD}, **told}
    names = list(dict.fromkeys([*(name for name in record if name == "key"), *entity.columns, *record]))
    shown = columns(entity, [name for name in names if name in record])
    render.one(
        record, shown, output=output or "table", identity=identity(entity), session=sessions.current(), fields=chosen
    )


def outcome(
    unit: Unit, entity: Entity, changes: Sequence[Change], *, gone: bool, names: Sequence[str]
) -> list[dict[str, Any]]:
    """The objects that a command was about, as they are now; of those that went, what they were called."""
    from gwctl.core import listing, references
    from gwctl.core.stage import Stage

    if gone:
        return [
            {entity.key: change.id, **{name: change.row[name] for name in entity.names[:1]}}
            for change in changes
            if change.row
        ]
    secrets = {change.id: change.secret for change in changes if change.secret is not None}
    ids = [str(change.heir[entity.key]) if change.heir else change.id for change in changes]
    if not ids and names:
        found = references.find(Stage(unit), entity, names)
        ids = [row[entity.key] for row in found.rows.values()]
    if len(ids) > 1:
        return list(listing.records(unit, entity, listing.Query(ids=ids, reserved=True)))
    return [
        {**({"key": secrets[one].reveal()} if one in secrets else {}), **listing.record(unit, entity, one)}
        for one in ids
    ]


def done(
    entity: Entity,
    plan: Plan,
    found: Sequence[Mapping[str, Any]],
    *,
    output: str | None,
    gone: bool,
    several: bool,
    minted: bool,
) -> None:
    """What was changed: the objects, one or many; on a terminal in one line where that says all."""
    session = sessions.current()
    if not plan:
        session.note("Nothing needed doing.")
    else:
        _stale(plan)
    if minted and output is None and not session.terminal.stdout and len(found) == 1 and "key" in found[0]:
        sys.stdout.write(f"{found[0]['key']}\n")
        return
    if gone or several:
        names = [entity.key, *entity.names[:1]] if gone else default_columns(entity)
        if output is None and not session.terminal.stdout and not gone:
            output = "name"
        render.listing(
            found, columns(entity, names), output=output or "table", identity=identity(entity), session=session
        )
        return
    one(entity, found[0], output=output)
    if "key" in found[0]:
        session.note("The key is shown this once: only its hash is stored.")


def _stale(plan: Plan) -> None:
    """When a running proxy acts on it."""
    for note in pickup.notes(plan.touched):
        sessions.current().note(note)


def question(verb: str, entity: Entity, plan: Plan) -> str:
    """What will happen, counted: "Delete the team research (3 keys, 12 memberships)"."""
    nouns = {
        "LiteLLM_VerificationToken": "key", "LiteLLM_TeamMembership": "membership", "LiteLLM_TeamTable": "team",
        "LiteLLM_UserTable": "user", "LiteLLM_ProxyModelTable": "model",
        "LiteLLM_BudgetTable": "budget", "LiteLLM_InvitationLink": "invitation", "LiteLLM_JWTKeyMapping": "JWT mapping",
        "LiteLLM_OrganizationMembership": "organisation membership", "LiteLLM_ProjectTable": "project",
    }  # fmt: skip
    counts: dict[str, int] = {}
    for step in plan.steps:
        for table, action, count in step.effects:
            noun = nouns.get(table) if table in schema.TABLES else f"row of {table}"
            if noun and action == "delete":
                counts[noun] = counts.get(noun, 0) + count
    what = (
        f"the {entity.name} {next(iter(plan.steps)).name}"
        if len(plan.steps) == 1
        else f"{len(plan.steps)} {entity.group}"
    )
    ordered = [noun for noun in dict.fromkeys((*nouns.values(), *counts)) if noun in counts]
    listed = ", ".join(f"{counts[noun]} {noun if counts[noun] == 1 else _several(noun)}" for noun in ordered)
    return f"{verb} {what}" + (f" ({listed})" if listed else "")


def _several(noun: str) -> str:
    return f"rows{noun.removeprefix('row')}" if noun.startswith("row of ") else f"{noun}s"


def plan(value: Plan, *, output: str | None, drift: Sequence[tuple[Step, Author]] = ()) -> None:
    """A plan: for people, or as JSON. `drift`: who did by hand what steps of it take back."""
    from gwctl.cli.render import plans

    plans.show(value, output=output or "table", session=sessions.current(), drift=drift)
