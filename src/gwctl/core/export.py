"""Manifests out of the database: what `apply` would take to leave it as it is.

References are written by name where the name is their own, else by id; what is empty is left out. A key goes without
its secret: its hash can be carried along, with which its secret works elsewhere too. Other secrets are masked, and a
mask is refused when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from gwctl import secrets
from gwctl.core import binding, changes, linking, listing, references
from gwctl.core.listing import Query
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.core.vault import Unopened
from gwctl.describe import Entity, Field, Ref, Refs, Ruled, Through
from gwctl.secrets import Secret

BATCH = 1000


def documents(unit: Unit, entity: Entity, query: Query, *, with_hashes: bool = False) -> Iterator[dict[str, Any]]:
    """The objects of a kind as a manifest says them, in the order of their names."""
    ids = listing.identifiers(unit, entity, query)
    for start in range(0, len(ids), BATCH):
        stage = Stage(unit)
        rows = stage.load(entity.table, entity.key, ids[start : start + BATCH])
        yield from _documents(stage, entity, rows, with_hashes)


def _documents(stage: Stage, entity: Entity, rows: Sequence[Row], with_hashes: bool) -> Iterator[dict[str, Any]]:
    linked = linking.looked_at(stage, entity, rows)
    ruled = changes.ruled_fields(stage, entity, rows, entity.fields)
    has_name = entity.identity != entity.key
    own = references.labels(stage, entity, [row[entity.key] for row in rows])
    values = [
        binding.current(stage.unit, entity, row, linked.get(id(row), {}), ruled.get(row[entity.key], {}))
        for row in rows
    ]
    names = _names(stage, entity, values)
    always = with_hashes or entity.shared_names
    found = [
        (row, _document(entity, one, names, with_id=always or (has_name and row[entity.key] not in own)))
        for row, one in zip(rows, values, strict=True)
    ]
    exported = getattr(stage.unit.kinds.rules(entity), "exported", None)
    yield from exported(stage, found) if exported else (document for _, document in found)


def _document(
    entity: Entity, values: Mapping[str, Any], names: Mapping[str, Mapping[Any, str]], *, with_id: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field, kind in _told(entity):
        value = values.get(name)
        if value is None or (name == entity.key and entity.key != entity.identity and not with_id):
            continue
        if kind:
            known = names.get(kind, {})
            value = references.named(value, known)
        if field.merged and isinstance(value, dict):  # null would remove an entry
            value = {key: item for key, item in value.items() if item is not None}
        if value is False or binding.none_if_empty(value) is not None:
            found[name] = _masked(field, value)
    return found


@cache
def _told(entity: Entity) -> Sequence[tuple[str, Field, str | None]]:
    """The fields that a manifest tells, its name first; with the kind that they refer to."""
    fields = entity.fields
    names = dict.fromkeys((entity.identity, *fields))
    return [(name, fields[name], _kind(fields[name])) for name in names if _is_told(fields[name])]


def _is_told(field: Field) -> bool:
    match field.place:
        case Ruled(once=True) | Refs(shown=True):
            return False
    return not field.masked


def _masked(field: Field, value: Any) -> Any:
    """A value without its secrets; what is sealed and does not open is one."""
    if isinstance(value, Unopened | Secret):
        return secrets.MASK
    if isinstance(value, dict):
        value = {key: secrets.MASK if isinstance(item, Unopened) else item for key, item in value.items()}
        if field.sealed is None or field.sealed.plain:  # others tell by their own names which of them are secret
            value = secrets.masked({field.name: value})[field.name]
    return _plain(secrets.masked(value))


def _names(stage: Stage, entity: Entity, values: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[Any, str]]:
    """For each kind that is referred to: ids to names."""
    ids: dict[str, list[Any]] = {}
    for name, _, kind in _told(entity):
        if kind is not None and kind in stage.unit.kinds.index:
            found = ids.setdefault(kind, [])
            for one in values:
                found += one[name] if isinstance(one[name], list | dict) else [one[name]]
    return {kind: references.labels(stage, stage.unit.kinds.entity(kind), found) for kind, found in ids.items()}


def _kind(field: Field) -> str | None:
    """The kind of thing that a field refers to."""
    return field.place.entity if isinstance(field.place, Ref | Refs | Through | Ruled) else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
