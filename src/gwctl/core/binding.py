"""Fields to columns and back: where what a person says of an object lies in its row.

`columns` turns fields into the columns of the main row, `linked` into those of a row that it points at; `current` turns
a row back into fields, references as ids. What is marked `Ruled` is the rules' business and passes untouched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gwctl.core import releases, tables
from gwctl.core.stage import Row
from gwctl.core.unit import Unit
from gwctl.core.values import JSON_NULL
from gwctl.describe import Entity, Field, InColumn, Inside, Ref, Refs, Ruled, Spec, Through
from gwctl.describe import fields as fields_of

Reader = Callable[[Row, Mapping[str, Row]], Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A list field as it will be once names are added to it and taken from it."""

    add: tuple[Any, ...] = ()
    remove: tuple[Any, ...] = ()

    def applied(self, now: list[Any]) -> list[Any]:
        kept = [item for item in now if item not in self.remove]
        return kept + [item for item in self.add if item not in kept]


def columns(unit: Unit, entity: Entity, fields: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
    """The columns of the main row that the fields give new values to. Raises SchemaMismatch for one that is not
    there."""
    found: dict[str, Any] = {}
    known_fields, live = entity.fields, unit.columns(entity.table)
    for name, value in fields.items():
        field = known_fields[name]
        if field.column is None:
            continue
        if field.column not in live:
            _required(unit, entity.table, field.column, name)
        is_inside = type(field.place) is Inside
        if is_inside or field.merged:
            known = found.get(field.column)
            patch = (
                {name: value} if is_inside else (value if value is not None else _cleared(row, entity, field.column))
            )
            if field.sealed is not None:
                patch = unit.vault.sealed(patch, field.sealed)
            found[field.column] = _merged(
                known if known is not None else row.object(field.column) if row else {}, patch
            )
        else:
            found[field.column] = empty(unit, entity.table, field.column) if value is None else value
    return found


def linked(unit: Unit, entity: Entity, fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The columns that fields give to rows which the main row points at (`Through`), by table."""
    found: dict[str, dict[str, Any]] = {}
    for name, place in _linked_places(entity.spec).items():
        if name in fields:
            value = fields[name]
            _required(unit, place.table, name, name)
            found.setdefault(place.table, {})[name] = empty(unit, place.table, name) if value is None else value
    return found


@cache
def _linked_places(spec: type[Spec]) -> Mapping[str, Through]:
    """The fields that lie in rows which the main row points at."""
    return {name: field.place for name, field in fields_of(spec).items() if isinstance(field.place, Through)}


def current(
    unit: Unit,
    entity: Entity,
    row: Row,
    linked_rows: Mapping[str, Row],
    ruled: Mapping[str, Any],
    names: Iterable[str] | None = None,
) -> dict[str, Any]:
    """An object's fields as they are now, all of them or some; references as ids, what is empty as None, what is sealed
    opened. `linked_rows`: the rows that it points at, by table; `ruled`: what its rules alone can read."""
    readers, fields = _readers(entity), entity.fields
    found = {
        name: ruled[name] if name in ruled else readers[name](row, linked_rows)
        for name in (readers if names is None else names)
    }
    for name in sealed_names(entity.spec):
        value, field = found.get(name), fields[name]
        if value is not None and field.sealed is not None:
            vault = unit.vault
            found[name] = vault.opened(value, field.sealed) if field.merged else vault.shown(name, value, field.sealed)
    return found


@cache
def sealed_names(spec: type[Spec]) -> tuple[str, ...]:
    """The fields that are stored sealed."""
    return tuple(name for name, field in fields_of(spec).items() if field.sealed is not None)


@cache
def _readers(entity: Entity) -> Mapping[str, Reader]:
    return {name: _reader(entity, field) for name, field in entity.fields.items()}


def _reader(entity: Entity, field: Field) -> Reader:
    """How a field is read from a row and the rows that it points at."""
    name = field.name
    match field.place:
        case Ruled():
            return lambda _row, _linked: None
        case Through(table=table):
            return lambda _row, linked: none_if_empty(linked[table][name]) if table in linked else None
        case Ref(column=column):
            return lambda row, linked: None if linked and _is_own(row, column, linked) else none_if_empty(row[column])
        case Inside(column):
            return lambda row, _linked: row.object(column).get(name)
        case InColumn(column) if field.merged:
            inside = frozenset(
                name
                for name, other in entity.fields.items()
                if isinstance(other.place, Inside) and other.place.column == column
            )
            return lambda row, _linked: none_if_empty(
                {key: value for key, value in row.object(column).items() if key not in inside}
            )
        case InColumn(column) if is_on(entity.table, column):
            return lambda row, _linked: False if row[column] is False else none_if_empty(row[column])
        case InColumn(column) | Refs(_, column):
            return lambda row, _linked: none_if_empty(row[column])


def _is_own(row: Row, column: str, linked_rows: Mapping[str, Row]) -> bool:
    """Whether a reference is to a row of the object's own: its limits are fields of the object."""
    return bool(row[column]) and any(linked[column] == row[column] for linked in linked_rows.values())


def is_on(table: str, column: str) -> bool:
    """Whether a flag is on where nothing is said: that it is off is then worth telling."""
    default = tables.defaults(table).get(column)
    return default is not None and default(datetime.min.replace(tzinfo=UTC)) is True


def same(field: Field, old: Any, new: Any) -> bool:
    """Whether a field would stay as it is. The order of a list of names means nothing to the gateway; empty is
    empty."""
    if field.merged and isinstance(new, Mapping):
        now = old or {}
        return all(now.get(key) == value for key, value in new.items())
    old, new = none_if_empty(old), none_if_empty(new)
    if isinstance(field.place, Ruled) and field.place.whole:
        return valued(old or []) == valued(new or [])
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(item, str) for item in [*old, *new]):
        return sorted(old) == sorted(new)
    return bool(old == new)


def valued(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Objects that have no names, as what they say: what is empty says nothing, and order means nothing."""
    return sorted(json.dumps(_said(item), sort_keys=True, ensure_ascii=False) for item in items)


def _said(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: sorted(value) if isinstance(value, list) else value
        for key, value in item.items()
        if none_if_empty(value) is not None
    }


def none_if_empty(value: Any) -> Any:
    """NULL, JSON null, false and empty lists and objects are one and the same to the gateway: nothing."""
    if value or not (value is None or value is False or value is JSON_NULL or isinstance(value, (list, tuple, dict))):
        return value
    return None


def empty(unit: Unit, table: str, column: str) -> Any:
    """What a cleared column holds: an empty list or object where it is one, false where NULL is not allowed, else
    NULL."""
    live = unit.needed(table).c[column]
    nullable = unit.columns(table)[column].nullable
    if isinstance(live.type, ARRAY):
        return []
    if isinstance(live.type, JSONB):
        return None if nullable and column == "model_max_budget" else {}
    return None if nullable else False


def _merged(now: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**now, **patch}
    return {key: value for key, value in merged.items() if value is not None}


def _cleared(row: Row | None, entity: Entity, column: str) -> dict[str, Any]:
    """A patch that removes what a person keeps in a JSON column, and leaves what has fields or meanings of its own."""
    fields = {
        name
        for name, field in entity.fields.items()
        if isinstance(field.place, Inside) and field.place.column == column
    }
    return {
        key: None
        for key in (row.object(column) if row else {})
        if key not in fields and not key.startswith("team_member_budget_id")
    }


def _required(unit: Unit, table: str, column: str, field: str) -> None:
    if column not in unit.columns(table):
        raise releases.lacking(table, column if unit.has(table) else "", f"where {field} would be kept")
