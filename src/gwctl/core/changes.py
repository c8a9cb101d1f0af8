"""What becomes of objects: create, update, delete, many at a time, as changes on a stage.

This is the one path that every way of changing something takes: a command, `apply`, a bulk change. It resolves
references, turns fields into columns, lets the entity's rules say what else moves, and stages the rows. It executes
nothing. What is wrong with a change is kept on it as a `Trouble`, so that all of them can be told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from gwctl import secrets
from gwctl.core import binding, dependants, linking, naming, sealed_fields
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.encoders import new_ids
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Ruled, Spec, Through
from gwctl.describe import fields as fields_of
from gwctl.errors import GwctlError, Invalid

Fields = Mapping[str, Any]


def create(
    stage: Stage, entity: Entity, wanted: Sequence[Fields], origins: Sequence[Any] | None = None
) -> list[Change]:
    """New objects. One that is there already is a Conflict."""
    changes = [
        Change(
            "create",
            entity,
            sealed_fields.wrap(entity, {name: value for name, value in fields.items() if value is not None}),
            cleared=_cleared(fields),
            audited="created",
            origin=origin,
        )
        for fields, origin in zip(wanted, origins or [None] * len(wanted), strict=True)
    ]
    naming.resolve(stage, entity, changes)
    naming.names_are_free(stage, entity, changes)
    sealed_fields.prove(stage, entity, changes)
    stage.unit.sending.go_on()
    for change in changes:
        change.columns = _columns(stage, change)
    without = [change for change in changes if not change.value(entity.key)]
    for change, key in zip(without, new_ids(len(without)), strict=True):
        change.columns[entity.key] = key
    _stamp_actor(stage, changes)
    _by_rules(stage, entity, "create", changes)
    linking.link(stage, _sound(changes))
    for change in _sound(changes):
        change.row = stage.insert(entity.table, change.columns, cause=change, audited="created")
    _by_rules(stage, entity, "created", changes)
    return changes


def update(
    stage: Stage,
    entity: Entity,
    rows: Sequence[Row],
    wanted: Sequence[Fields],
    origins: Sequence[Any] | None = None,
    audited: str = "updated",
) -> list[Change]:
    """Other values for fields of objects; fields that have them already are left out, objects without any as well."""
    changes = [
        Change("update", entity, sealed_fields.wrap(entity, fields), row, audited=audited, origin=origin)
        for row, fields, origin in zip(rows, wanted, origins or [None] * len(wanted), strict=True)
    ]
    naming.resolve(stage, entity, changes)
    _look(stage, entity, changes)
    for change in changes:
        _reduce(stage, change)
    stage.unit.warnings += [one for change in changes if not change.fields for one in change.warnings]
    changes = [change for change in changes if change.fields or change.troubles]
    naming.names_are_free(stage, entity, changes)
    sealed_fields.prove(stage, entity, changes)
    stage.unit.sending.go_on()
    for change in changes:
        change.columns = _columns(stage, change)
    _stamp_actor(stage, changes)
    _by_rules(stage, entity, "update", changes)
    linking.link(stage, _sound(changes))
    for change in _sound(changes):
        assert change.row is not None
        key = change.columns.get(entity.key, change.row[entity.key])
        staged = stage.move if key != change.row[entity.key] else stage.update
        staged(change.row, change.columns, cause=change, audited=audited)
    linking.let_go(stage, _sound(changes))
    return changes


def delete(stage: Stage, entity: Entity, rows: Sequence[Row], origins: Sequence[Any] | None = None) -> list[Change]:
    """Objects go, with everything that the gateway would leave behind and nothing else would use."""
    changes = [
        Change("delete", entity, {}, row, audited="deleted", origin=origin)
        for row, origin in zip(rows, origins or [None] * len(rows), strict=True)
    ]
    stage.seize(rows)
    _by_rules(stage, entity, "delete", changes)
    for change in _sound(changes):
        assert change.row is not None
        stage.delete(change.row, cause=change, audited="deleted")
    linking.let_go(stage, _sound(changes))
    dependants.check(stage, changes)
    return changes


def _cleared(fields: Fields) -> frozenset[str]:
    """The fields that are said to be nothing."""
    if None not in fields.values():
        return frozenset()
    return frozenset(name for name, value in fields.items() if value is None)


def _sound(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if not change.troubles]


def _by_rules(stage: Stage, entity: Entity, verb: str, changes: Sequence[Change]) -> None:
    rule = getattr(stage.unit.kinds.rules(entity), verb, None)
    sound = _sound(changes)
    if rule is not None and sound:
        rule(stage, sound)


def _stamp_actor(stage: Stage, changes: Sequence[Change]) -> None:
    """Where an endpoint writes its caller, gwctl writes the actor."""
    for action, names in (("create", ("created_by", "updated_by")), ("update", ("updated_by",))):
        asked = [change for change in _sound(changes) if change.action == action]
        live = stage.unit.columns(asked[0].entity.table) if asked else {}
        signature = {name: stage.unit.actor for name in names if name in live}
        for change in asked:
            change.columns = {**signature, **change.columns}


def _look(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    """Reads what the objects' fields are now."""
    rows = [change.row for change in changes if change.row is not None]
    linked = linking.looked_at(stage, entity, rows)
    ruled = ruled_fields(stage, entity, rows, {name for change in changes for name in change.fields})
    through = [name for name, field in entity.fields.items() if isinstance(field.place, Through)]
    for change in changes:
        assert change.row is not None
        held, own = linked.get(id(change.row), {}), ruled.get(change.row[entity.key], {})
        names = dict.fromkeys((*change.fields, *(through if held else ())))
        change.was = binding.current(stage.unit, entity, change.row, held, own, names)


def ruled_fields(
    stage: Stage, entity: Entity, rows: Sequence[Row], names: Iterable[str]
) -> Mapping[Any, Mapping[str, Any]]:
    """What the rules alone can read of rows: fields by the row's key. Asked for only where one of `names` is theirs."""
    look = getattr(stage.unit.kinds.rules(entity), "look", None)
    if look is None or not any(isinstance(entity.fields[name].place, Ruled) for name in names):
        return {}
    found: Mapping[Any, Mapping[str, Any]] = look(stage, rows)
    return found


def _reduce(stage: Stage, change: Change) -> None:
    """Leaves of what was asked for that which is not so already."""
    _compare(stage, change)
    for name, others in _manners(change.entity.spec):
        if name in change.fields and change.fields.keys().isdisjoint(others):
            del change.fields[name]


@cache
def _manners(spec: type[Spec]) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The fields that say in what way others change, and these."""
    places = ((name, one.place) for name, one in fields_of(spec).items())
    return [(name, place.beside) for name, place in places if isinstance(place, Ruled) and place.beside]


def _compare(stage: Stage, change: Change) -> None:
    for name in list(change.fields):
        field = change.entity.fields[name]
        now, value = change.was.get(name), change.fields[name]
        if isinstance(value, Edit):
            edit, value = value, value.applied(list(now or []))
            change.fields[name] = value
            if field.empty_is_all and edit.remove and now and not value and not stage.force:
                change.refuse(
                    f"{name} of {change.name} would be empty, and an empty list allows everything", name,
                    hint="Add another in the same command, or go on with --force.",
                )  # fmt: skip
        if isinstance(field.place, Ruled) and field.place.by:
            change.fields[name] = _items_that_differ(field.place.by, now or [], value or [])
            if not change.fields[name]:
                del change.fields[name]
        elif field.sealed is not None and value is not None:
            sealed_fields.settle(stage.unit.vault, change, name)
        elif binding.same(field, now, secrets.digest(value.reveal()) if field.masked and value else value):
            del change.fields[name]
        elif name in change.entity.fixed:
            change.refuse(f"{name} of a {change.entity.name} cannot change once it is made", name, kind=Invalid)


def _items_that_differ(by: str, now: Sequence[Fields], wanted: Sequence[Fields]) -> list[Fields]:
    known = {item[by]: item for item in now}
    return [item for item in wanted if any(known.get(item[by], {}).get(name) != value for name, value in item.items())]


def _columns(stage: Stage, change: Change) -> dict[str, Any]:
    try:
        change.linked = binding.linked(stage.unit, change.entity, change.fields)
        return binding.columns(stage.unit, change.entity, change.fields, change.row)
    except GwctlError as error:
        change.refuse(error.message, kind=type(error), hint=error.hint)
        return {}
