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
from gwctl.core.judging import Manifest
from gwctl.core.spool import Wanted
from gwctl.core.stage import Stage
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


def claims_of(wanted: Wanted) -> Iterator[Claim]:
    """What an object of a manifest lays claim to: itself, and the items of its lists."""
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


def owner_of(unit: Unit, claims: Iterable[Claim]) -> dict[Claim, str]:
    """The sets that objects belong to; those that belong to none are left out."""
    wanted = list(claims)
    values = {
        "schema": unit.catalogue.schema,
        "kinds": [claim.kind for claim in wanted],
        "ids": [claim.object_id for claim in wanted],
    }
    return {Claim(kind, id_): name for kind, id_, name in unit.connection.execute(sa.text(OWNERS), values)}


OWNERS = """
    SELECT o.kind, o.object_id, o.set_name FROM gwctl.owned_object o
    JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) AS w(kind, object_id) USING (kind, object_id)
    WHERE o.gateway_schema = :schema
"""


def owned(unit: Unit, set_name: str) -> Iterator[Claim]:
    """What a set applied."""
    query = "SELECT kind, object_id FROM gwctl.owned_object WHERE gateway_schema = :schema AND set_name = :name"
    values = {"schema": unit.catalogue.schema, "name": set_name}
    with unit.connection.execute(sa.text(query), values, execution_options={"yield_per": 10_000}) as found:
        for kind, object_id in found:
            yield Claim(kind, object_id)


def size(unit: Unit, set_name: str) -> int:
    """How many objects a set owns; members of lists do not count."""
    query = (
        "SELECT count(*) FROM gwctl.owned_object "
        "WHERE gateway_schema = :schema AND set_name = :name AND strpos(kind, '.') = 0"
    )
    return int(unit.connection.scalar(sa.text(query), {"schema": unit.catalogue.schema, "name": set_name}) or 0)


def need(unit: Unit) -> None:
    if "owned_object" not in unit.catalogue.own:
        hint = "GRANT CREATE ON DATABASE … lets gwctl keep it; gwctl db upgrade makes its tables."
        raise Unreachable("this database keeps no record of sets", hint)


def refuse_others(others: Sequence[tuple[Claim, str]]) -> None:
    """Raises Conflict where objects belong to another set, naming it."""
    if others:
        listed = ", ".join(f"{claim.kind} {claim.object_id} (set {name})" for claim, name in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        hint = "gwctl sets forget gives objects up; or take them out of this set."
        raise Conflict(f"another set owns {listed}{more}", hint)


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
    for kind in [kind for kind in kinds.index if any(name.startswith(f"{kind}.") for name in names)]:
        for field, _ in _lists(kinds.entity(kind)):
            for name, people in _by_object(manifest, kind, names.get(f"{kind}.{field}", ())).items():
                found += _take(stage, kinds.entity(kind), name, people)
    return found


def _by_object(manifest: Manifest, kind: str, items: Iterable[str]) -> dict[str, list[str]]:
    """The items of lists that are to go, by the object whose list it is; of those that the manifests still name."""
    found: dict[str, list[str]] = {}
    for item in items:
        for at in (index for index, character in enumerate(item) if character == ":"):
            if manifest.names_object(kind, item[:at]):
                found.setdefault(item[:at], []).append(item[at + 1 :])
                break
    return found


def _take(stage: Stage, entity: Entity, name: str, people: Sequence[str]) -> list[Change]:
    row = references.find(stage, entity, [name], change=True).rows.get(name)
    rules = stage.unit.kinds.rules(entity)
    if row is None or rules is None:
        return []
    change = Change("update", entity, {"members": []}, row, audited="updated", was={"members": list(people)})
    rules.take(stage, change, people)
    change.troubles.clear()  # who left another way is gone already
    stage.update(row, change.columns, cause=change, audited="updated")
    return [change] if stage.effects_of(change) else []


def guard(stage: Stage, manifest: Manifest, deletions: Sequence[Change], size: int) -> None:
    """Refuses a deletion that is larger than was likely meant; keys that go along count as objects."""
    objects = sum(change.action == "delete" for change in deletions)
    keys = sum(stage.effects_of(change)[KEYS, "delete"] for change in deletions if change.entity.table != KEYS)
    count = objects + keys
    if count and not len(manifest):
        raise Refused(f"the manifests are empty, and {count} objects would be deleted", "--force deletes them.")
    if count > FEW and count > SHARE * size:
        raise Refused(
            f"{count} of the set's {size} objects would be deleted", "Look at gwctl diff --prune; --force deletes them."
        )
