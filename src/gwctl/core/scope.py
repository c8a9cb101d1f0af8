"""What belongs to some objects, and what that needs: the part of a gateway that an export of them tells of.

What refers to one of them belongs to it, and what refers to that, by ids (`Ref`, `Ruled(entity=…)`). What is referred
to by any of those, in items of a list as well (`members`), is needed, and what that needs in its turn: nothing that the
database has is then missing where it is applied. Names of what a proxy's own configuration file may define are not
followed (`Through`, soft references): a manifest is taken without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import changes, naming, references
from gwctl.core.stage import Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity, Field, Ref, Refs, Ruled

BATCH = 1000
Clause = sa.ColumnElement[bool]


def of(unit: Unit, named: Mapping[str, Sequence[str]]) -> dict[str, Clause]:
    """For each kind of which there may be any, the condition that tells its objects. `named`: kinds to names of the
    objects that all is about. Raises NotFound or Conflict for a name."""
    known = [name for name in unit.kinds.index if unit.kinds.entity(name).in_manifests]
    ordered = [unit.kinds.entity(name) for name in unit.kinds.in_reference_order(set(known))]
    ordered = [entity for entity in ordered if unit.table(entity.table) is not None]
    belonging = _belonging(unit, ordered, named)
    needed: dict[str, set[Any]] = defaultdict(set)
    found: dict[str, Clause] = {}
    for entity in reversed(ordered):
        clauses = [belonging[entity.name]] if entity.name in belonging else []
        if needed[entity.name]:
            clauses.append(_is_one_of(unit.needed(entity.table).c[entity.key], needed[entity.name]))
        if clauses:
            found[entity.name] = sa.or_(*clauses)
            for kind, ids in _referred(unit, entity, found[entity.name]):
                needed[kind] |= ids
    return found


def _belonging(unit: Unit, ordered: Sequence[Entity], named: Mapping[str, Sequence[str]]) -> dict[str, Clause]:
    """The conditions of what belongs to the named objects, and of themselves."""
    found: dict[str, Clause] = {}
    ids: dict[str, set[Any]] = {}
    for entity in ordered:
        main, stage = unit.needed(entity.table), Stage(unit)
        clauses = []
        if named.get(entity.name):
            rows = references.many(stage, entity, named[entity.name])
            clauses.append(_is_one_of(main.c[entity.key], {row[entity.key] for row in rows}))
        for _, field, kind in _direct(entity):
            if ids.get(kind) and isinstance(field.place, Ref) and field.place.column in main.c:
                clauses.append(_is_one_of(main.c[field.place.column], ids[kind]))
        if ruled := [
            (name, ids[kind]) for name, field, kind in _direct(entity) if ids.get(kind) and field.column is None
        ]:
            clauses.append(_is_one_of(main.c[entity.key], set(_ruled_by(unit, entity, ruled))))
        if clauses:
            found[entity.name] = sa.or_(*clauses)
            if unit.kinds.are_referred_to(entity.name, (one.name for one in ordered)):
                ids[entity.name] = set(unit.connection.scalars(sa.select(main.c[entity.key]).where(found[entity.name])))
    return found


def _ruled_by(unit: Unit, entity: Entity, ruled: Sequence[tuple[str, set[Any]]]) -> Iterator[Any]:
    """The keys of all objects that refer to one of those ids by a field which their rules read."""
    for key, values in _looked_at(unit, entity, sa.true(), [name for name, _ in ruled]):
        if any(values.get(name) in ids for name, ids in ruled):
            yield key


def _referred(unit: Unit, entity: Entity, clause: Clause) -> Iterator[tuple[str, set[Any]]]:
    """The ids that the objects of a kind refer to, by kind."""
    main = unit.needed(entity.table)
    for _, field, kind in _direct(entity):
        if (column := main.c.get(field.column or "")) is not None:
            each = sa.func.unnest(column) if isinstance(column.type, ARRAY) else column
            yield kind, set(unit.connection.scalars(sa.select(each).where(clause).distinct())) - {None}
    ruled: dict[str, tuple[str, str | None]] = {
        name: (kind, None) for name, field, kind in _direct(entity) if field.column is None
    }
    ruled |= {name: (kind, inner) for name, inner, kind in naming.nested_of(entity)}
    for _, values in _looked_at(unit, entity, clause, list(ruled)) if ruled else ():
        for name, (kind, inner) in ruled.items():
            value = values.get(name)
            yield kind, ({item.get(inner) for item in value or ()} if inner else {value}) - {None}


def _looked_at(
    unit: Unit, entity: Entity, clause: Clause, names: Sequence[str]
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The keys of objects, with the fields that their rules read."""
    main = unit.needed(entity.table)
    keys = list(unit.connection.scalars(sa.select(main.c[entity.key]).where(clause)))
    for start in range(0, len(keys), BATCH):
        stage = Stage(unit)
        rows = stage.load(entity.table, entity.key, keys[start : start + BATCH])
        yield from changes.ruled_fields(stage, entity, rows, names).items()


@cache
def _direct(entity: Entity) -> Sequence[tuple[str, Field, str]]:
    """The fields that refer to others which only the database can have, and the kind of these."""
    return [
        (name, field, field.place.entity)
        for name, field in entity.fields.items()
        if (isinstance(field.place, Ref) and not field.place.soft)
        or (isinstance(field.place, Refs) and not field.place.soft and not field.place.shown)
        or (isinstance(field.place, Ruled) and not field.place.once)
        if field.place.entity is not None
    ]


def _is_one_of(column: sa.ColumnElement[Any], values: set[Any]) -> Clause:
    return column == sa.any_(sa.literal(sorted(values), ARRAY(column.type)))
