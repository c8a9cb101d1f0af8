"""Manifests out of the database: what `apply` would take to leave it as it is.

References are written by name where the name is their own, else by id; what is empty is left out. A key goes without
its secret: its hash can be carried along, with which its secret works elsewhere too. Other secrets are masked, and a
mask is refused when it comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from gwctl import secrets
from gwctl.core import binding, changes, entry_text, linking, listing, references
from gwctl.core.listing import Query
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.core.vault import Unopened
from gwctl.describe import Entity, Field, Ref, Refs, Ruled, Through
from gwctl.secrets import Secret

BATCH = 2000

Only = sa.ColumnElement[bool] | None
"""What objects are chosen by besides a query, as a condition on the entity's table."""


def present(unit: Unit, entities: Iterable[Entity]) -> list[Entity]:
    """The kinds of which there are any rows, asked with one statement."""
    tables = [(entity, table) for entity in entities if (table := unit.table(entity.table)) is not None]
    if not tables:
        return []
    asked = [sa.exists(sa.select(sa.literal(1)).select_from(table)) for _, table in tables]
    found = unit.connection.execute(sa.select(*asked)).one()
    return [entity for (entity, _), is_there in zip(tables, found, strict=True) if is_there]


def documents(
    unit: Unit, entity: Entity, query: Query, *, with_hashes: bool = False, only: Only = None
) -> Iterator[dict[str, Any]]:
    """The objects of a kind as a manifest says them, in the order of their names; `only` those that it is true of."""
    for batch in _batches(unit, entity, query, "{", with_hashes, only):
        yield from (json.loads(found) if isinstance(found, str) else found for found in batch)


def lines(unit: Unit, entity: Entity, query: Query, *, with_hashes: bool = False, only: Only = None) -> Iterator[str]:
    """The same as JSON Lines, each with its kind; several with one text."""
    kind = {"kind": entity.name}
    for batch in _batches(unit, entity, query, f"{json.dumps(kind)[:-1]}, ", with_hashes, only):
        texts = [one if isinstance(one, str) else json.dumps({**kind, **one}, ensure_ascii=False) for one in batch]
        if texts:
            yield "\n".join(texts) + "\n"


def _batches(
    unit: Unit, entity: Entity, query: Query, opening: str, with_hashes: bool, only: Only
) -> Iterator[Iterable[str | dict[str, Any]]]:
    """Entries as PostgreSQL writes them, which begin as `opening` says, or, where it cannot, as they are read here."""
    chosen = _chosen(unit, entity, query, only)
    if chosen is None:
        return
    with_keys = with_hashes or entity.shared_names
    written = entry_text.select(unit, entity, _told(entity), chosen, opening, with_keys=with_keys)
    _prepare(unit)
    found = unit.connection.execute(chosen if written is None else written, execution_options={"yield_per": BATCH})
    for rows in _ahead(found.partitions()):
        if written is None:
            yield _read(unit, entity, [key for (key,) in rows], with_hashes)
            continue
        texts = entry_text.finished(entity, rows)
        if None in texts:
            keys = [json.loads(key) for (_, key), text in zip(rows, texts, strict=True) if text is None]
            more = _read(unit, entity, keys, with_hashes)
            yield [next(more) if text is None else text for text in texts]
        else:
            yield texts  # type: ignore[misc]


def _ahead(batches: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Each batch, while the database is at the next one."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _prepare(unit: Unit) -> None:
    """What sorts in memory and is read to its end: compiling the statement would take longer than running it."""
    settings = {"jit": "off", "work_mem": "64MB", "cursor_tuple_fraction": "1"}
    unit.connection.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in settings.items())))


def _chosen(unit: Unit, entity: Entity, query: Query, only: Only) -> sa.Select[Any] | None:
    """The keys of the objects, in the same order in every database, whatever its own is; None without the table."""
    statement = listing.select(unit, entity, query, [entity.key])
    if statement is None:
        return None
    main = unit.needed(entity.table)
    order = [main.c[name] for name in (*entity.names[:1], entity.key) if name in main.c]
    statement = statement if only is None else statement.where(only)
    ordered = [one.collate("C") if isinstance(one.type, sa.Text) else one for one in order]
    return statement.order_by(None).order_by(*(one.asc().nulls_last() for one in ordered))


def _read(unit: Unit, entity: Entity, keys: Sequence[Any], with_hashes: bool) -> Iterator[dict[str, Any]]:
    stage = Stage(unit)
    return _documents(stage, entity, stage.load(entity.table, entity.key, keys), with_hashes)


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
        case Ruled(is_state=False) | Refs(shown=True):
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
