"""Names and what they stand for: objects of a kind by id or name, many with one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import versions
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.errors import Conflict, GwctlError, NotFound


@dataclass
class Found:
    """For each name the row that it stands for, or the error that says why there is none or more than one."""

    rows: dict[str, Row] = field(default_factory=dict)
    errors: dict[str, GwctlError] = field(default_factory=dict)


def find(stage: Stage, entity: Entity, names: Iterable[str], *, change: bool = False) -> Found:
    """The rows that names stand for. An exact id wins over a name; a name that fits several objects is an error."""
    wanted = list(dict.fromkeys(names))
    found = Found()
    if not wanted:
        return found
    bare = list(dict.fromkeys(part for name in wanted for part in (name, versions.split(entity, name)[0])))
    rows = _candidates(stage, entity, bare, change)
    by_id = {row[entity.key]: row for row in rows}
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for column in entity.names:
            called = _value(row, column)
            if called and row not in by_name[_key(entity, column, called)]:
                by_name[_key(entity, column, called)].append(row)
    for name in wanted:
        candidates = (
            [by_id[name]]
            if name in by_id
            else versions.named(entity, name, rows)
            if entity.versions
            else _called(entity, by_name, name)
        )
        if len(candidates) == 1:
            found.rows[name] = candidates[0]
        else:
            found.errors[name] = _ambiguous(entity, name, candidates) if candidates else missing(entity, name)
    return found


def one(stage: Stage, entity: Entity, name: str, *, change: bool = False) -> Row:
    """The row that a name stands for. Raises NotFound or Conflict."""
    return many(stage, entity, [name], change=change)[0]


def many(stage: Stage, entity: Entity, names: Sequence[str], *, change: bool = False) -> list[Row]:
    """The rows that names stand for, each once. Raises NotFound or Conflict for the first that has none."""
    found = find(stage, entity, names, change=change)
    for error in found.errors.values():
        raise error
    return list({id(row): row for row in found.rows.values()}.values())


def _candidates(stage: Stage, entity: Entity, wanted: list[str], change: bool) -> list[Row]:
    """Rows of which a column that names may be one of the wanted, those that are only staged included."""
    live = stage.unit.needed(entity.table)
    columns = [name for name in (entity.key, *entity.names) if name.partition(".")[0] in live.c]
    exact, folded = sa.literal(wanted, ARRAY(sa.Text())), sa.literal([one.lower() for one in wanted], ARRAY(sa.Text()))
    clauses = [
        sa.func.lower(live.c[name]) == sa.any_(folded)
        if _is_folded(entity, name)
        else _column(live, name) == sa.any_(exact)
        for name in columns
    ]
    rows = stage.search(entity.table, sa.or_(*clauses), change=change)
    seen, names = {id(row) for row in rows}, {*wanted, *(one.lower() for one in wanted)}
    staged = [row for row in stage.rows.get(entity.table, {}).values() if row.after is not None and id(row) not in seen]
    return [
        row
        for row in [*rows, *staged]
        if any(_key(entity, one, called) in names for one in columns if (called := _value(row, one)))
    ]


def _column(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    """A column that names objects, or the text inside of one."""
    column, _, inside = name.partition(".")
    return table.c[column][inside].astext if inside else table.c[column]


def _value(row: Row, name: str) -> str:
    """What a row is called by a column, or by a text inside of it."""
    column, _, inside = name.partition(".")
    return str((row.object(column).get(inside) if inside else row[column]) or "")


def _called(entity: Entity, by_name: Mapping[str, list[Row]], name: str) -> list[Row]:
    """The rows of that name: as it is written, and in any case where case means nothing."""
    folded = name.lower()
    rows = [*by_name.get(name, []), *(by_name.get(folded, []) if folded != name else [])]
    return [
        row
        for row in dict.fromkeys(rows)
        if any(_key(entity, one, called) in (name, folded) for one in entity.names if (called := _value(row, one)))
    ]


def _key(entity: Entity, column: str, value: str) -> str:
    return value.lower() if _is_folded(entity, column) else value


def _is_folded(entity: Entity, column: str) -> bool:
    field = entity.fields.get(column)
    return field is not None and field.any_case


def missing(entity: Entity, name: str) -> NotFound:
    return NotFound(f"there is no {entity.name} {name!r}", f"gwctl {entity.group} list shows those that there are.")


def _ambiguous(entity: Entity, name: str, rows: Sequence[Row]) -> Conflict:
    candidates = ", ".join(str(row[entity.key]) for row in rows[:10])
    return Conflict(
        f"{name!r} is the name of {len(rows)} {entity.group}: {candidates}", f"Name it by its {entity.key}."
    )


def named(value: Any, known: Mapping[Any, str]) -> Any:
    """A reference with its name in the place of the id, a list of them, or an object whose entries bear them."""
    if isinstance(value, dict):
        return {known.get(one, one): inner for one, inner in value.items()}
    return [known.get(one, one) for one in value] if isinstance(value, list) else known.get(value, value)


def labels(stage: Stage, entity: Entity, ids: Iterable[Any]) -> Mapping[Any, str]:
    """For each id what references to it are written as: its name where it has one that is its own, else the id."""
    if not entity.names:
        return {}
    rows = stage.load(entity.table, entity.key, ids)
    shared = _shared(stage, entity.table, entity.names[0], rows)
    return {row[entity.key]: name for row in rows if (name := row[entity.names[0]]) and name not in shared}


def own_label(unit: Unit, entity: Entity, row: sa.FromClause) -> sa.ColumnElement[Any]:
    """As an expression: the name of a row that is its own, else NULL."""
    live = unit.table(entity.table)
    if not entity.names or live is None or entity.names[0] not in live.c:
        return sa.null()
    name, borne = row.c[entity.names[0]], live.alias().c[entity.names[0]]
    shared = sa.select(borne).where(borne.is_not(None)).group_by(borne).having(sa.func.count() > 1)
    return sa.case((sa.and_(name != "", name.not_in(shared)), name))


def _shared(stage: Stage, table: str, column: str, rows: Sequence[Row]) -> set[str]:
    """Of the names of rows, those that several rows of the database bear."""
    names = sorted({row[column] for row in rows if row[column]})
    live = stage.unit.table(table)
    if not names or live is None or column not in live.c:
        return set()
    bearing = sa.select(live.c[column]).where(live.c[column] == sa.any_(sa.literal(names, ARRAY(sa.Text()))))
    return set(stage.unit.connection.scalars(bearing.group_by(live.c[column]).having(sa.func.count() > 1)))
