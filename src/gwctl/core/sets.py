"""Sets: which objects a body of manifests applied, so that it may delete what it no longer names, and nothing else.

An object belongs to one set at most. A member of a list belongs to the set that added it: a set prunes the members that
it brought, never those that came another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gwctl.core import changes as engine
from gwctl.core import references, versions
from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.core.sync import Manifest, Wanted
from gwctl.core.unit import Unit
from gwctl.describe import Entity, Ruled
from gwctl.errors import Conflict, Refused, Unreachable

SHARE = 0.3
FEW = 5
KEYS = "LiteLLM_VerificationToken"


@dataclass(frozen=True, slots=True)
class Claim:
    """One object of a set, by kind and name; of a member, `team.members` and both names."""

    kind: str
    object_id: str


def claims_of(manifest: Manifest) -> dict[Claim, Wanted]:
    """What manifests lay claim to."""
    return {claim: wanted for wanted in manifest.wanted for claim in _claims(wanted)}


def _claims(wanted: Wanted) -> Iterator[Claim]:
    name = _name(wanted)
    yield Claim(wanted.entity.name, name)
    for field, by in _lists(wanted.entity):
        for item in wanted.fields.get(field) or ():
            yield Claim(f"{wanted.entity.name}.{field}", f"{name}:{item[by]}")


def _name(wanted: Wanted) -> str:
    from gwctl import secrets

    if wanted.name:
        return wanted.name
    return next(secrets.digest(value.reveal()) for value in wanted.fields.values() if isinstance(value, secrets.Secret))


def _lists(entity: Entity) -> Iterator[tuple[str, str]]:
    """Fields that are lists with rows of their own behind them, and what tells their items apart."""
    for name, field in entity.fields.items():
        if isinstance(field.place, Ruled) and field.place.by:
            yield name, field.place.by


def owned(unit: Unit, set_name: str) -> set[Claim]:
    """What a set applied. Raises Unreachable where gwctl has no tables of its own to keep that in."""
    need(unit)
    query = "SELECT kind, object_id FROM gwctl.owned_object WHERE gateway_schema = :schema AND set_name = :name"
    found = unit.connection.execute(sa.text(query), {"schema": unit.catalogue.schema, "name": set_name})
    return {Claim(kind, object_id) for kind, object_id in found}


def need(unit: Unit) -> None:
    if "owned_object" not in unit.catalogue.own:
        hint = "GRANT CREATE ON DATABASE … lets gwctl keep it; gwctl db upgrade makes its tables."
        raise Unreachable("this database keeps no record of sets", hint)


def refuse_others(unit: Unit, set_name: str, claims: Iterable[Claim]) -> None:
    """Raises Conflict where objects belong to another set, naming it."""
    wanted = {claim for claim in claims if "." not in claim.kind}
    query = (
        "SELECT kind, object_id, set_name FROM gwctl.owned_object WHERE gateway_schema = :schema AND set_name <> :name"
    )
    found = unit.connection.execute(sa.text(query), {"schema": unit.catalogue.schema, "name": set_name})
    others = [
        f"{kind} {object_id} (set {other})" for kind, object_id, other in found if Claim(kind, object_id) in wanted
    ]
    if others:
        listed = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        raise Conflict(
            f"another set owns {listed}", "gwctl sets forget gives objects up; or take them out of this set."
        )


def prune(stage: Stage, manifest: Manifest, gone: Iterable[Claim]) -> list[Change]:
    """The deletion of what a set applied earlier and no longer names; what is not there any more is passed over."""
    claims = sorted(gone, key=lambda claim: (claim.kind, claim.object_id))
    kinds = stage.unit.kinds
    names: dict[str, list[str]] = {}
    for claim in claims:
        names.setdefault(claim.kind, []).append(claim.object_id)
    found: list[Change] = []
    for kind in reversed(kinds.in_reference_order({kind for kind in names if kind in kinds.index})):
        entity = kinds.entity(kind)
        named = list(references.find(stage, entity, names[kind], change=True).rows.values())
        rows = [row for row in versions.whole(stage, entity, names[kind], named) if row.after is not None]
        found += engine.delete(stage, entity, rows) if rows else []
    for wanted in manifest.wanted:
        for field, _ in _lists(wanted.entity):
            prefix = f"{_name(wanted)}:"
            leaving = [
                one.removeprefix(prefix)
                for one in names.get(f"{wanted.entity.name}.{field}", [])
                if one.startswith(prefix)
            ]
            found += _take(stage, wanted, leaving)
    return found


def _take(stage: Stage, wanted: Wanted, people: Sequence[str]) -> list[Change]:
    row = references.find(stage, wanted.entity, [_name(wanted)], change=True).rows.get(_name(wanted))
    rules = stage.unit.kinds.rules(wanted.entity)
    if row is None or not people or rules is None:
        return []
    change = Change("update", wanted.entity, {"members": []}, row, audited="updated", was={"members": list(people)})
    rules.take(stage, change, people)
    change.troubles.clear()  # who left another way is gone already
    stage.update(row, change.columns, cause=change, audited="updated")
    return [change] if stage.effects_of(change) else []


def guard(stage: Stage, manifest: Manifest, deletions: Sequence[Change], size: int) -> None:
    """Refuses a deletion that is larger than was likely meant; keys that go along count as objects."""
    objects = sum(change.action == "delete" for change in deletions)
    keys = sum(stage.effects_of(change)[KEYS, "delete"] for change in deletions if change.entity.table != KEYS)
    count = objects + keys
    if count and not manifest.wanted:
        raise Refused(f"the manifests are empty, and {count} objects would be deleted", "--force deletes them.")
    if count > FEW and count > SHARE * size:
        raise Refused(
            f"{count} of the set's {size} objects would be deleted", "Look at gwctl diff --prune; --force deletes them."
        )
