"""Takes a change set back: rows as they were, with everything that moved along.

Row by row, the last first, from the images. Only columns whose before and after differ are written: counters by their
difference, lists and JSON objects element by element, so that what others changed since is left alone. A value that is
neither what the change left nor what it found is in the way. What was created goes as its entity's delete would have
it, with rules and archives; what was deleted comes back under its own key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from gwctl import secrets
from gwctl.core import changes, hidden, images, reverting, sharing, standing
from gwctl.core.change import Change
from gwctl.core.kinds import Kinds
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.errors import Conflict, GwctlError, NotFound, Unreachable

MOMENTS = frozenset({"updated_at", "settings_updated_at"})
ALIASES = "LiteLLM_ModelTable"
OWNERS = ("team", "org", "mcp", "key", "user")
"""Whose keys rows bear that belong to a thing, the nearest first."""
ARCHIVES = frozenset({"LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable"})

IMAGES = """
    SELECT i.seq, i.table_name, i.object_id, i.action, i.key_before, i.key_after, i.before, i.after
    FROM gwctl.row_image i JOIN gwctl.change_set c ON c.id = i.change_set_id
    WHERE c.id = :id AND c.gateway_schema = :schema ORDER BY i.seq DESC
"""

UNDONE = "SELECT id FROM gwctl.change_set WHERE undo_of = :id AND gateway_schema = :schema"

LATER = """
    SELECT DISTINCT c.id, c.at, c.actor FROM gwctl.change_set c
    JOIN gwctl.row_image i ON i.change_set_id = c.id
    WHERE c.gateway_schema = :schema AND c.at > (SELECT at FROM gwctl.change_set WHERE id = :id)
      AND i.table_name = :table AND i.object_id = :object ORDER BY c.at LIMIT 3
"""


@dataclass
class Undoing:
    """One change set on its way back. `clashes`: what stands in the way; `lost`: secrets that no image holds."""

    stage: Stage
    identifier: str
    changes: list[Change] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    again: bool = False
    """Whether it was taken back already: what clashed then may go back now, but counters are back."""
    _by_row: dict[tuple[str, str], Change] = field(default_factory=dict)

    def change(self, action: str, table: str, row: Row) -> Change:
        """The change that a row's way back belongs to: its own where it is a thing, else that of whose it is."""
        entity = entity_of(self.stage.unit.kinds, table)
        if entity is not None:
            return self._change(action, entity, row)
        owner = _owner(self.stage, row)
        if owner is not None:
            return self._change("update", *owner)
        return self.changes[0] if self.changes else self._change("update", self.stage.unit.kinds.entity("team"), row)

    def _change(self, action: str, entity: Entity, row: Row) -> Change:
        identity = (entity.table, str(row[entity.key]))
        if identity not in self._by_row:
            self._by_row[identity] = Change(action, entity, {}, row, audited=f"{action}d")
            self.changes.append(self._by_row[identity])
        return self._by_row[identity]


def _owner(stage: Stage, row: Row) -> tuple[Entity, Row] | None:
    """The thing that a row belongs to which is none itself: a membership's team, a permission row's key."""
    kinds = stage.unit.kinds
    if row.table == sharing.PERMISSIONS:
        identifier = row["object_permission_id"]
        for owner in sharing.referring(stage, row.table, [identifier]).get(identifier, ()):
            entity = entity_of(kinds, owner.table)
            return (entity, owner) if entity else None
    if row.table == ALIASES:
        team = kinds.entity("team")
        return next(((team, one) for one in stage.load(team.table, "model_id", [row["id"]])), None)
    for entity in map(kinds.entity, OWNERS):
        found = stage.get(entity.table, row[entity.key]) if row[entity.key] else None
        if found is not None:
            return entity, found
    return None


def entity_of(kinds: Kinds, table: str) -> Entity | None:
    """The entity whose rows lie in a table."""
    return next((one for name in kinds.index if (one := kinds.entity(name)).table == table), None)


def take_back(stage: Stage, identifier: str) -> tuple[list[Change], list[str]]:
    """Stages the way back of a change set, and says what it cannot bring back.

    Raises NotFound, Unreachable where gwctl keeps no change sets here, Conflict where later changes stand in the way
    (with `stage.force`, what they changed stays and the rest goes back).
    """
    unit = stage.unit
    if "change_set" not in unit.catalogue.own:
        raise Unreachable("this database keeps no change sets", "GRANT CREATE ON DATABASE … lets gwctl keep them.")
    where = {"id": identifier, "schema": unit.catalogue.schema}
    found = [dict(one) for one in unit.connection.execute(sa.text(IMAGES), where).mappings()]
    if not found:
        raise _not_there(unit, where)
    unit.undo_of = identifier
    undoing = Undoing(stage, identifier, again=_is_taken_back(unit, identifier))
    _load(stage, found)
    created = [image for image in found if image["action"] == "insert"]
    for image in sorted(found, key=lambda image: entity_of(unit.kinds, image["table_name"]) is None):
        if image["action"] == "delete":
            _restore(undoing, image)
    for image in found:
        if image["action"] == "update":
            _revert(undoing, image)
    _remove(undoing, created)
    if undoing.clashes and not stage.force:
        raise Conflict("; ".join(undoing.clashes[:5]), "--force takes back what does not clash, and leaves the rest.")
    return undoing.changes, undoing.lost


def _restore(undoing: Undoing, image: Mapping[str, Any]) -> None:
    """A row that was deleted comes back."""
    stage = undoing.stage
    table = stage.unit.table(image["table_name"])
    if table is None or image["table_name"] in ARCHIVES:
        return
    values = _values(stage, table, image["before"])
    if _row(stage, table, image["key_before"]) is not None:
        undoing.clashes.append(f"{_named(image)} is there again")
        return
    masked = [name for name in values if images.masked_parts(values[name])]
    undoing.lost += [f"{image['table_name']}.{name} of {image['object_id']}" for name in masked]
    texts = [name for name in masked if isinstance(values[name], str)]
    if any(not stage.unit.columns(table.name)[name].nullable for name in texts):
        return  # the secret is all that the row is about
    values |= {name: None if name in texts else reverting.without_secrets(values[name]) for name in masked}
    row = stage.insert(
        image["table_name"], values, audited="created" if entity_of(stage.unit.kinds, image["table_name"]) else None
    )
    change = undoing.change("create", image["table_name"], row)
    stage.effects.setdefault(id(change), type(stage.effects_of(change))())[image["table_name"], "insert"] += 1


def _revert(undoing: Undoing, image: Mapping[str, Any]) -> None:
    """Columns of a row go back to what they were."""
    stage = undoing.stage
    table = stage.unit.table(image["table_name"])
    if table is None:
        return
    row = _row(stage, table, image["key_after"])
    if row is None:
        undoing.clashes.append(f"{_named(image)} is not there any more{_by_whom(undoing, image)}")
        return
    before, after = _values(stage, table, image["before"]), _values(stage, table, image["after"])
    values: dict[str, Any] = {}
    for name in after.keys() - MOMENTS:
        old, new = before.get(name), after[name]
        if images.masked_parts(old) or new == secrets.MASK:
            undoing.lost.append(f"{image['table_name']}.{name} of {image['object_id']}")
            if not isinstance(old, dict) or not isinstance(new, dict):
                continue
            old, new = reverting.shared(old, old), reverting.shared(old, new)
        value = reverting.back(name, row[name], old, new, again=undoing.again)
        if value is reverting.CLASH:
            undoing.clashes.append(f"{name} of {_named(image)} was changed since{_by_whom(undoing, image)}")
        else:
            values[name] = value
    if all(row[name] == value for name, value in values.items()):
        return
    change = undoing.change("update", image["table_name"], row)
    for name, value in values.items():
        if name in change.entity.fields and change.entity.table == image["table_name"]:
            change.fields[name], change.was[name] = value, row[name]
    audited = "updated" if change.entity.table == image["table_name"] else None
    moved = any(values.get(name, row[name]) != row[name] for name in stage.unit.key_of(image["table_name"]))
    (stage.move if moved else stage.update)(row, values, cause=change, audited=audited)


def _remove(undoing: Undoing, created: Sequence[Mapping[str, Any]]) -> None:
    """What was created goes: things by their rules, then the rows that are still there."""
    stage = undoing.stage
    kinds = stage.unit.kinds
    things: dict[str, list[Row]] = {}
    for image in created:
        table, entity = stage.unit.table(image["table_name"]), entity_of(kinds, image["table_name"])
        row = _row(stage, table, image["key_after"]) if table is not None and entity is not None else None
        if row is not None and entity is not None and _is_thing(stage, entity, row):
            things.setdefault(entity.name, []).append(row)
    made = {(image["table_name"], image["object_id"]) for image in created}

    def delete() -> list[Change]:
        found: list[Change] = []
        for name in reversed(kinds.in_reference_order(set(things))):
            rows = [row for row in things[name] if row.after is not None]
            found += changes.delete(stage, kinds.entity(name), rows) if rows else []
        return found

    if things:
        undoing.changes += standing.remove(stage, undoing.identifier, made, delete)
    for image in created:
        table = stage.unit.table(image["table_name"])
        row = _row(stage, table, image["key_after"]) if table is not None else None
        if row is not None:
            cause = undoing.changes[0] if undoing.changes else undoing.change("delete", image["table_name"], row)
            stage.delete(row, cause=cause)


def _not_there(unit: Unit, where: Mapping[str, str]) -> GwctlError:
    known = "SELECT count(*) FROM gwctl.change_set WHERE id = :id AND gateway_schema = :schema"
    if unit.connection.scalar(sa.text(known), where):
        hint = "gwctl audit show still says who made it, when and why."
        return Conflict(f"change set {where['id']} can no longer be undone: its rows were pruned", hint)
    return NotFound(f"there is no change set {where['id']!r}", "gwctl audit list shows those that there are.")


def _is_taken_back(unit: Unit, identifier: str) -> bool:
    """Whether a change set was taken back, and that was not taken back itself."""
    where = {"id": identifier, "schema": unit.catalogue.schema}
    return any(not _is_taken_back(unit, one) for one in unit.connection.scalars(sa.text(UNDONE), where).all())


def _load(stage: Stage, found: Sequence[Mapping[str, Any]]) -> None:
    """Reads the rows in question, many at a time."""
    keys: dict[str, list[Any]] = {}
    for image in found:
        table = stage.unit.table(image["table_name"])
        if table is not None and image["key_after"] and len(image["key_after"]) == 1:
            keys.setdefault(table.name, []).extend(images.decoded(table, image["key_after"]).values())
    for name, values in keys.items():
        stage.load(name, stage.unit.key_of(name)[0], values, change=True)


def _is_thing(stage: Stage, entity: Entity, row: Row) -> bool:
    """Not a budget row that is only somebody's own: that goes with its owner."""
    hidden = getattr(stage.unit.kinds.rules(entity), "hidden", None)
    if hidden is None or entity.table != "LiteLLM_BudgetTable":
        return True
    table = stage.unit.needed(entity.table)
    return not stage.search(entity.table, sa.and_(table.c[entity.key] == row[entity.key], hidden(stage.unit, table)))


def _values(stage: Stage, table: sa.Table, image: Mapping[str, Any] | None) -> dict[str, Any]:
    """Columns out of an image, with the secrets that open."""
    return images.decoded(table, hidden.opened(stage.unit, image))


def _row(stage: Stage, table: sa.Table, key: Mapping[str, Any]) -> Row | None:
    """The row of that key, for change; None if it is not there or is going."""
    values = images.decoded(table, key)
    clause = sa.and_(*(table.c[name] == value for name, value in values.items()))
    identity = tuple(values[name] for name in stage.unit.key_of(table.name))
    known = stage.rows.get(table.name, {}).get(identity)
    if known is not None and (known.after is None or known.before is None or known.locked):
        return known if known.after is not None and known[next(iter(values))] == next(iter(values.values())) else None
    found = stage.search(table.name, clause, change=True)
    return found[0] if found else None


def _named(image: Mapping[str, Any]) -> str:
    return f"{image['table_name'].removeprefix('LiteLLM_')} {image['object_id']}"


def _by_whom(undoing: Undoing, image: Mapping[str, Any]) -> str:
    unit: Unit = undoing.stage.unit
    where = {
        "id": undoing.identifier,
        "schema": unit.catalogue.schema,
        "table": image["table_name"],
        "object": image["object_id"],
    }
    found = unit.connection.execute(sa.text(LATER), where).mappings().all()
    names = ", ".join(f"{one['actor']} (change set {one['id']})" for one in found)
    return f", by {names}" if found else ""
