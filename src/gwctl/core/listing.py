"""Reading objects: one SELECT for a kind, references joined to their names, filtered and sorted by the database.

A record is what the outside sees of a row: the schema's own columns, the human name of another row beside its id, and
the fields that lie in a row it points at. Passwords are in none, and secrets inside of JSON are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl import durations, secrets
from gwctl.core import changes, sharing, tables, versions
from gwctl.core.images import HIDDEN
from gwctl.core.kinds import Kinds
from gwctl.core.stage import Stage
from gwctl.core.unit import Unit
from gwctl.core.values import JSON_NULL
from gwctl.describe import Entity, Inside, Ref, Refs, Ruled, Sealed, Through
from gwctl.errors import Invalid, NotFound

BATCH = 1000
SHOWN_OTHERWISE = (sa.JSON, ARRAY, sa.types.NullType)
"""Types of columns whose values may hold secrets or JSON null."""


@dataclass(frozen=True)
class Query:
    """Which objects, in which order. `equal`: columns and what they are; `holds`: array columns and what they hold."""

    ids: Sequence[str] | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    holds: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    search: str | None = None
    expired: bool | None = None
    over_budget: bool = False
    unused_for: str | None = None
    reserved: bool = False
    sort: str | None = None
    descending: bool = False
    limit: int | None = None


def records(unit: Unit, entity: Entity, query: Query, shown: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
    """The records that a query finds, streamed; with `shown`, only those columns of them."""
    statement = select(unit, entity, query, shown)
    if statement is None:
        return
    present = _presenters(unit, entity, statement)
    result = unit.connection.execution_options(yield_per=BATCH).execute(statement)
    names = list(result.keys())
    for row in result:
        found = dict(zip(names, row, strict=True))
        for name, shown_as in present:
            if (value := found[name]) or value is JSON_NULL:
                found[name] = shown_as(value)
        yield found


def record(unit: Unit, entity: Entity, identifier: str) -> dict[str, Any]:
    """One object with all that belongs to it: its record, and the fields that its rules keep elsewhere."""
    found = next(records(unit, entity, Query(ids=[identifier], reserved=True)), None)
    if found is None:
        raise NotFound(f"there is no {entity.name} {identifier!r}")
    stage = Stage(unit)
    rows = stage.load(entity.table, entity.key, [identifier])
    ruled = [
        name
        for name, one in entity.fields.items()
        if isinstance(one.place, Ruled) and one.place.is_state and not one.masked
    ]
    looked = changes.ruled_fields(stage, entity, rows, ruled).get(identifier, {})
    return {**found, **{name: _presented(unit, name, looked.get(name), None) for name in ruled}}


def identifiers(unit: Unit, entity: Entity, query: Query) -> list[str]:
    """The keys of the objects that a query finds."""
    statement = select(unit, entity, query, [entity.key])
    return [] if statement is None else list(unit.connection.scalars(statement))


def select(unit: Unit, entity: Entity, query: Query, shown: Iterable[str] | None = None) -> sa.Select[Any] | None:
    """The one statement of a list; None where this database has no such table."""
    main = unit.table(entity.table)
    if main is None:
        return None
    source: sa.FromClause = main
    columns: dict[str, sa.ColumnElement[Any]] = {
        column.name: column
        for column in main.c
        if column.name not in HIDDEN and not isinstance(column.type, sa.LargeBinary)
    }
    columns |= {name: column.label(name) for name, column in _lacking(entity, main).items()}
    for place in _places(entity):
        joined = _joined(unit, entity, place)
        if joined is not None and place.column in main.c:
            other, key, labels = joined
            wanted = [name for name in labels if name in other.c and name not in columns]
            if wanted and (shown is None or set(wanted) & set(shown) or query.sort in wanted):
                source = source.outerjoin(other, other.c[key] == main.c[place.column])
                columns |= {name: other.c[name].label(name) for name in wanted}
    columns |= _inside(entity, main, shown or ())
    for name, (column, target) in lists_of(unit.kinds, entity).items():
        if column not in main.c or not (shown is None or name in shown) or not unit.is_readable(target.table):
            continue
        if (named := unit.table(target.table)) is not None:
            columns[name] = _names_of(main.c[column], named, target).label(name)
    chosen = list(columns) if shown is None else [name for name in shown if name in columns]
    statement = sa.select(*(columns[name] for name in chosen)).select_from(source)
    statement = statement.where(*_conditions(unit, entity, main, query))
    for expression in _order(entity, columns, query):
        statement = statement.order_by(expression)
    return statement.limit(query.limit)


def _lacking(entity: Entity, main: sa.Table) -> dict[str, sa.ColumnElement[Any]]:
    """Columns of record that this database, of an older gateway, does not have: they are NULL."""
    return {
        name: sa.cast(sa.null(), kind)
        for name, kind in tables.of_record(entity.table).items()
        if name not in main.c and name not in HIDDEN
    }


def _sealed(entity: Entity) -> dict[str, Sealed]:
    """The columns, and the texts inside of them, that are stored sealed."""
    return {
        (one.column or name) if one.merged else name: one.sealed
        for name, one in entity.fields.items()
        if one.sealed is not None
    }


def _inside(entity: Entity, main: sa.Table, shown: Iterable[str]) -> dict[str, sa.ColumnElement[Any]]:
    """Fields that lie inside of a JSON column, where they are asked for by name."""
    found: dict[str, sa.ColumnElement[Any]] = {}
    for name, one in entity.fields.items():
        if name in shown and isinstance(one.place, Inside) and one.place.column in main.c:
            value = main.c[one.place.column][name]
            found[name] = (value.astext if one.sealed is not None else value).label(name)
    return found


def lists_of(kinds: Kinds, entity: Entity) -> dict[str, tuple[str, Entity]]:
    """The lists of names that stand beside array columns of ids: for each the column, and whose ids it holds."""
    places = [one.place for one in entity.fields.values() if isinstance(one.place, Refs)]
    held = {place.column: place.entity for place in places if place.entity in kinds.index}
    held |= getattr(kinds.rules(entity), "LISTS", {})
    targets = {column: kinds.entity(name) for column, name in held.items()}
    return {_plural(target.names[0]): (column, target) for column, target in targets.items()}


def _plural(name: str) -> str:
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _names_of(ids: sa.ColumnElement[Any], other: sa.Table, target: Entity) -> sa.ColumnElement[Any]:
    """The names of things by their ids, in that order; what has no name, or is not there, by its id."""
    listed = sa.func.unnest(ids).table_valued("id", with_ordinality="place").render_derived()
    name = sa.func.coalesce(other.c[target.names[0]], listed.c.id)
    named = sa.select(name).select_from(listed.outerjoin(other, other.c[target.key] == listed.c.id))
    found = sa.func.array(named.order_by(listed.c.place).scalar_subquery(), type_=ARRAY(sa.Text()))
    return sa.case((sa.func.cardinality(ids) > 0, found), else_=ids)


def _places(entity: Entity) -> list[Ref | Through]:
    """Each reference, and each row that is pointed at, once."""
    places = [one.place for one in entity.fields.values() if isinstance(one.place, Ref | Through)]
    return list(dict.fromkeys(place.row if isinstance(place, Through) else place for place in places))


def _joined(unit: Unit, entity: Entity, place: Ref | Through) -> tuple[sa.Table, str, Sequence[str]] | None:
    if isinstance(place, Through):
        other = unit.table(place.table)
        fields = [(name, one.place) for name, one in entity.fields.items()]
        names = [name for name, its in fields if isinstance(its, Through) and its.row == place]
        return None if other is None else (other, place.key, names)
    if place.entity not in unit.kinds.index:
        return None
    target = unit.kinds.entity(place.entity)
    other = unit.table(target.table)
    return None if other is None else (other, target.key, target.names[:1])


def _conditions(unit: Unit, entity: Entity, main: sa.Table, query: Query) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.ids is not None:
        found.append(main.c[entity.key] == sa.any_(sa.literal(list(query.ids), ARRAY(sa.Text()))))
    lacking = _lacking(entity, main)
    for name, value in query.equal.items():
        column = main.c[name] if name in main.c else lacking[name]
        found.append(column.is_not(True) if value is False else column.is_(True) if value is True else column == value)
    found += [
        (main.c[name] if name in main.c else lacking[name]).contains([value]) for name, value in query.holds.items()
    ]
    found += [main.c.metadata[name].astext == value for name, value in query.metadata.items()]
    if query.search:
        names = [main.c[name] for name in (entity.key, *entity.names) if name in main.c]
        found.append(sa.or_(*(name.icontains(query.search, autoescape=True) for name in names)))
    if query.expired is not None:
        past = main.c.expires < unit.now
        found.append(past if query.expired else sa.or_(main.c.expires.is_(None), sa.not_(past)))
    if query.over_budget:
        found.append(main.c.spend >= budget_limit(unit, main))
    if query.unused_for:
        used = sa.func.coalesce(main.c.last_active, main.c.created_at) if "last_active" in main.c else main.c.created_at
        found.append(used < unit.now - (durations.add(query.unused_for, unit.now) - unit.now))
    if entity.versions is not None and not query.reserved:
        found.append(versions.stands(unit, entity, main))
    hidden = getattr(unit.kinds.rules(entity), "hidden", None)
    if hidden is not None and not query.reserved:
        found.append(sa.not_(hidden(unit, main)))
    return found


def budget_limit(unit: Unit, main: sa.Table) -> sa.ColumnElement[Any]:
    """What a row may spend: its own limit, else that of the budget row that it refers to.

    From 1.105 on a budget row may have been raised for a time.
    """
    own = main.c.max_budget if "max_budget" in main.c else sa.null()
    budgets = unit.table(sharing.BUDGETS)
    if "budget_id" not in main.c or budgets is None:
        return own
    limit: sa.ColumnElement[Any] = budgets.c.max_budget
    if "temp_budget_increase" in budgets.c and "temp_budget_expiry" in budgets.c:
        counts = sa.and_(budgets.c.temp_budget_increase.is_not(None), budgets.c.temp_budget_expiry > unit.now)
        limit = limit + sa.case((counts, budgets.c.temp_budget_increase), else_=0.0)
    linked = sa.select(limit).where(budgets.c.budget_id == main.c.budget_id).scalar_subquery()
    return sa.func.coalesce(own, linked)


def _order(entity: Entity, columns: Mapping[str, Any], query: Query) -> list[Any]:
    label = entity.names[0] if entity.names else entity.key
    sort = query.sort or label
    if sort not in columns:
        raise Invalid(f"{entity.group} cannot be sorted by {sort!r}", f"There are: {', '.join(columns)}.")
    first = columns[sort].desc() if query.descending else columns[sort].asc()
    # A key is never NULL; saying where NULLs belong would keep its index from being read backwards.
    return [first] if sort == entity.key else [first.nulls_last(), columns[entity.key]]


def _presenters(unit: Unit, entity: Entity, statement: sa.Select[Any]) -> list[tuple[str, Callable[[Any], Any]]]:
    """The columns of a list that are not shown as they are stored: JSON, lists, and what is sealed."""
    sealed = _sealed(entity)
    return [
        (column.name, partial(_presented, unit, column.name, mark=sealed.get(column.name)))
        for column in statement.selected_columns
        if column.name in sealed or isinstance(column.type, SHOWN_OTHERWISE)
    ]


def _presented(unit: Unit, name: str, value: Any, mark: Sealed | None) -> Any:
    """A value as the outside sees it: JSON null is nothing, sealed texts are opened, secrets in JSON are masked."""
    if value is JSON_NULL:
        return None
    if not value:
        return value
    if mark is not None and isinstance(value, str):
        value = unit.vault.shown(name, value, mark)
        return secrets.MASK if isinstance(value, secrets.Secret) else value
    if mark is not None and not mark.plain and isinstance(value, dict):
        return secrets.masked(unit.vault.opened(value, mark))
    if isinstance(value, dict):
        return secrets.masked({name: value})[name]
    return secrets.masked(value) if isinstance(value, list) else value
