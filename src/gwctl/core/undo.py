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

from gwctl.core import changes, images
from gwctl.core.change import Change
from gwctl.core.kinds import Kinds
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.errors import Conflict, NotFound, Unreachable

COUNTERS = frozenset({"spend", "total_spend"})
MOMENTS = frozenset({"updated_at", "settings_updated_at"})
ARCHIVES = frozenset({"LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable"})

IMAGES = """
    SELECT i.seq, i.table_name, i.object_id, i.action, i.key_before, i.key_after, i.before, i.after
    FROM gwctl.row_image i JOIN gwctl.change_set c ON c.id = i.change_set_id
    WHERE c.id = :id AND c.gateway_schema = :schema ORDER BY i.seq DESC
"""

LATER = """
    SELECT DISTINCT c.id, c.at, c.actor FROM gwctl.change_set c
    JOIN gwctl.row_image i ON i.change_set_id = c.id
    WHERE c.gateway_schema = :schema AND c.at > (SELECT at FROM gwctl.change_set WHERE id = :id)
      AND i.table_name = :table AND i.object_id = :object ORDER BY c.at LIMIT 3
"""


class Missing:
    """What no value is: the element is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


@dataclass
class Undoing:
    """One change set on its way back. `clashes`: what stands in the way; `lost`: secrets that no image holds."""

    stage: Stage
    identifier: str
    changes: list[Change] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _by_row: dict[tuple[str, str], Change] = field(default_factory=dict)

    def change(self, action: str, table: str, row: Row) -> Change:
        """The change that a row's way back belongs to: its own where it is a thing, else the first of the lot."""
        entity = entity_of(self.stage.unit.kinds, table)
        if entity is None and self.changes:
            return self.changes[0]
        entity = entity or self.stage.unit.kinds.entity("team")
        identity = (table, str(row[entity.key]))
        if identity not in self._by_row:
            self._by_row[identity] = Change(action, entity, {}, row, audited=f"{action}d")
            self.changes.append(self._by_row[identity])
        return self._by_row[identity]


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
        raise NotFound(f"there is no change set {identifier!r}", "gwctl audit list shows those that there are.")
    unit.undo_of = identifier
    undoing = Undoing(stage, identifier)
    created = [image for image in found if image["action"] == "insert"]
    for image in found:
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
    values = images.decoded(table, image["before"])
    if _row(stage, table, image["key_before"]) is not None:
        undoing.clashes.append(f"{_named(image)} is there again")
        return
    undoing.lost += [
        f"{image['table_name']}.{name} of {image['object_id']}" for name in values if images.masked_parts(values[name])
    ]
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
    before, after = images.decoded(table, image["before"]), images.decoded(table, image["after"])
    values: dict[str, Any] = {}
    for name in after.keys() - MOMENTS:
        old, new = before.get(name), after[name]
        if images.masked_parts(old):
            undoing.lost.append(f"{image['table_name']}.{name} of {image['object_id']}")
            if not isinstance(old, dict) or not isinstance(new, dict):
                continue
            old, new = _without_secrets(old, old), _without_secrets(old, new)
        value = _back(name, row[name], old, new)
        if value is MISSING:
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
    for name in reversed(kinds.in_reference_order(set(things))):
        rows = [row for row in things[name] if row.after is not None]
        undoing.changes += changes.delete(stage, kinds.entity(name), rows) if rows else []
    for image in created:
        table = stage.unit.table(image["table_name"])
        row = _row(stage, table, image["key_after"]) if table is not None else None
        if row is not None:
            cause = undoing.changes[0] if undoing.changes else undoing.change("delete", image["table_name"], row)
            stage.delete(row, cause=cause)


def _is_thing(stage: Stage, entity: Entity, row: Row) -> bool:
    """Not a budget row that is only somebody's own: that goes with its owner."""
    hidden = getattr(stage.unit.kinds.rules(entity), "hidden", None)
    if hidden is None or entity.table != "LiteLLM_BudgetTable":
        return True
    table = stage.unit.needed(entity.table)
    return not stage.search(entity.table, sa.and_(table.c[entity.key] == row[entity.key], hidden(stage.unit, table)))


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


def _back(name: str, live: Any, before: Any, after: Any) -> Any:
    """What a value goes back to; MISSING where somebody changed it since."""
    if live == after:
        return before
    if live == before:
        return live
    if name in COUNTERS and all(isinstance(one, int | float) for one in (live, before, after)):
        return live - after + before
    if isinstance(live, dict) and isinstance(before, dict | None) and isinstance(after, dict | None):
        return _object_back(live, before or {}, after or {})
    if isinstance(live, list) and isinstance(before, list | dict | None) and isinstance(after, list):
        return _list_back(live, list(before or []) if isinstance(before, list) else [], after)
    return MISSING


def _without_secrets(old: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of an object that an image can bring back."""
    return {key: value for key, value in values.items() if not images.masked_parts(old.get(key))}


def _object_back(live: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> Any:
    result = dict(live)
    for key in before.keys() | after.keys():
        old, new, now = (one.get(key, MISSING) for one in (before, after, live))
        if old == new:
            continue
        value = old if now == new else now if now == old else _back(key, now, old, new)
        if value is MISSING and old is not MISSING:
            return MISSING
        if value is MISSING:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def _list_back(live: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """Elements that the change added go, those that it took come back; a member is known by who it is."""
    added = [one for one in after if one not in before]
    taken = [one for one in before if one not in after]
    gone = [_who(one) for one in added]
    kept = [one for one in live if one not in added and (_who(one) not in gone or not isinstance(one, dict))]
    return kept + [one for one in taken if one not in kept]


def _who(element: Any) -> Any:
    return (element.get("user_id"), element.get("user_email")) if isinstance(element, dict) else element


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
