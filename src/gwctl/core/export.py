"""Manifests out of the database: what `apply` would take to leave it as it is.

References are written by name where the name is their own, else by id; what is empty is left out. A key goes without
its secret: its hash can be carried along, with which its secret works elsewhere too. Other secrets are masked, and a
mask is refused when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
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
    names = _names(stage, entity, rows, linked)
    own = references.labels(stage, entity, [row[entity.key] for row in rows])
    for row in rows:
        values = binding.current(stage.unit, entity, row, linked.get(id(row), {}), ruled.get(row[entity.key], {}))
        yield _document(
            entity,
            values,
            names,
            with_id=with_hashes
            or entity.shared_names
            or (entity.identity != entity.key and row[entity.key] not in own),
        )


def _document(
    entity: Entity, values: Mapping[str, Any], names: Mapping[str, Mapping[Any, str]], *, with_id: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (entity.identity, *entity.fields):
        field, value = entity.fields[name], values.get(name)
        is_id = name == entity.key and entity.key != entity.identity
        if field.masked or (is_id and not with_id) or (isinstance(field.place, Ruled) and field.place.once):
            continue
        if isinstance(field.place, Refs) and field.place.shown:
            continue
        if isinstance(field.place, Ref):
            value = names.get(field.place.entity, {}).get(value, value)
        if isinstance(field.place, Refs | Through) and field.place.entity and value:
            value = [names.get(field.place.entity, {}).get(one, one) for one in value]
        if value is False or binding.none_if_empty(value) is not None:
            found[name] = _masked(name, value)
    return found


def _masked(name: str, value: Any) -> Any:
    """A value without its secrets; what is sealed and does not open is one."""
    if isinstance(value, Unopened | Secret):
        return secrets.MASK
    if isinstance(value, dict):
        inside = {key: secrets.MASK if isinstance(item, Unopened) else item for key, item in value.items()}
        value = secrets.masked({name: inside})[name]
    return _plain(secrets.masked(value))


def _names(
    stage: Stage, entity: Entity, rows: Sequence[Row], linked: Mapping[int, Mapping[str, Row]]
) -> dict[str, Mapping[Any, str]]:
    """For each kind that is referred to: ids to names."""
    ids: dict[str, list[Any]] = {}
    for field in entity.fields.values():
        kind = field.place.entity if isinstance(field.place, Ref | Refs | Through) else None
        if kind is not None and kind in stage.unit.kinds.index:
            found = ids.setdefault(kind, [])
            for row in rows:
                value = _referred(field, row, linked.get(id(row), {}))
                found += value if isinstance(value, list) else [value]
    return {kind: references.labels(stage, stage.unit.kinds.entity(kind), values) for kind, values in ids.items()}


def _referred(field: Field, row: Row, linked: Mapping[str, Row]) -> Any:
    """The ids that a field of a row refers to."""
    if isinstance(field.place, Through):
        return linked[field.place.table].items(field.name) if field.place.table in linked else []
    assert isinstance(field.place, Ref | Refs)
    return row[field.place.column]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
