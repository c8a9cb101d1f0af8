"""Names of changing objects: references to ids, and names that have to be free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from gwctl.core import references, versions
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.references import Found
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Field, Ref, Refs, Ruled, Through, fields
from gwctl.errors import Conflict, NotFound


def resolve(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    """References to ids, with one query for each kind that is referred to; what was said stays in `spoken`."""
    spoken: dict[str, list[str]] = defaultdict(list)
    direct, nested = references_of(entity), nested_of(entity)
    for name, kind in direct.items():
        for change in changes:
            if name in change.fields:
                spoken[kind] += _names_in(change.fields[name])
    for name, inner, kind in nested:
        for change in changes:
            spoken[kind] += [str(item[inner]) for item in change.fields.get(name) or () if item.get(inner)]
    found = {
        kind: references.find(stage, stage.unit.kinds.entity(kind), names)
        for kind, names in spoken.items()
        if kind in stage.unit.kinds.index
    }
    ids = {kind: _by_name(stage.unit.kinds.entity(kind), known) for kind, known in found.items()}
    for name, kind in direct.items():
        for change in changes if kind in found else ():
            if name in change.fields:
                change.spoken[name] = change.fields[name]
                change.fields[name] = _ids(change, name, ids[kind], found[kind])
    for name, inner, kind in nested:
        for change in changes if kind in found else ():
            if change.fields.get(name):
                change.fields[name] = [
                    _with_id(item, inner, found[kind], stage.unit.kinds.entity(kind)) for item in change.fields[name]
                ]


@cache
def references_of(entity: Entity) -> dict[str, str]:
    """The fields that refer to others, and to which kind."""
    return {
        name: field.place.entity
        for name, field in entity.fields.items()
        if isinstance(field.place, Ref | Refs | Through | Ruled) and field.place.entity
    }


def _is_soft(field: Field) -> bool:
    """Whether a proxy's own configuration file may define what the field refers to."""
    return isinstance(field.place, Through) or (isinstance(field.place, Ref | Refs) and field.place.soft)


@cache
def nested_of(entity: Entity) -> Sequence[tuple[str, str, str]]:
    """Fields whose items refer to others: the field, the item's field, and the kind."""
    return [
        (name, inner, one.place.entity)
        for name, field in entity.fields.items()
        if isinstance(field.place, Ruled) and field.place.by
        for inner, one in fields(field.item).items()
        if isinstance(one.place, Ref)
    ]


def _names_in(value: Any) -> list[str]:
    if isinstance(value, Edit):
        return [*value.add, *value.remove]
    return [value] if isinstance(value, str) else list(value or [])


def _by_name(target: Entity, found: Found) -> dict[str, Any]:
    return {spoken: row[target.key] for spoken, row in found.rows.items()}


def _ids(change: Change, name: str, ids: Mapping[str, Any], found: Found) -> Any:
    """A reference's value with ids in the place of names. What is not there is a trouble."""
    value = change.fields[name]
    if isinstance(value, str) and value in ids:
        return ids[value]
    for spoken in _names_in(value):
        if spoken in found.errors and not (isinstance(value, Edit) and spoken in value.remove):
            error = found.errors[spoken]
            if isinstance(error, NotFound) and _is_soft(change.entity.fields[name]):
                change.warn(f"{error.message}; the proxy's own configuration file may define it")
            else:
                change.refuse(error.message, name, kind=type(error), hint=error.hint)
    match value:
        case Edit(add, remove):
            return Edit(tuple(ids.get(one, one) for one in add), tuple(ids.get(one, one) for one in remove))
        case str():
            return ids.get(value, value)
        case list():
            return [ids.get(one, one) for one in value]
        case dict():
            return {ids.get(one, one): inner for one, inner in value.items()}
    return value


def _with_id(item: Mapping[str, Any], inner: str, found: Found, target: Entity) -> dict[str, Any]:
    """An item that names somebody by id. Who is not there yet keeps the name: the rules make him."""
    row = found.rows.get(str(item[inner]))
    error = found.errors.get(str(item[inner]))
    if error is not None and not isinstance(error, NotFound):
        raise error
    return {**item, inner: row[target.key]} if row is not None else dict(item)


def names_are_free(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    """New objects, and those that get another name or id, may not take one that is in use; no other command may
    either."""
    for name in dict.fromkeys((entity.identity, entity.key)):
        column = entity.fields[name].column if name in entity.fields else None
        if entity.shared_names and name != entity.key:
            continue
        asked = [change for change in changes if change.fields.get(name)]
        if column is None or not asked:
            continue
        stage.unit.lock(*(f"{entity.name}:{change.fields[name]}" for change in asked))
        taken: dict[Any, set[int]] = defaultdict(set)
        for row in stage.load(entity.table, column, [change.fields[name] for change in asked]):
            taken[row[column], _part(entity, row)].add(id(row))
        for change in asked:
            value = change.fields[name]
            place = (value, _part(entity, change.row or change.fields))
            if place in taken and taken[place] - {id(change.row)}:
                hint = f"gwctl {entity.group} update changes it; --if-not-exists leaves it as it is."
                change.refuse(f"there is a {entity.name} {value!r} already", name, kind=Conflict, hint=hint)
            taken[place].add(id(change))


def _part(entity: Entity, row: Row | Mapping[str, Any]) -> Any:
    return versions.part(entity.versions, row) if entity.versions else None
