"""Entries of an export as PostgreSQL itself writes them: the text of a JSON object for each row, in one statement.

What becomes of a field follows from its description, as in `core.export`, whose way through Python it saves. A row that
needs more is told by its key alone: fields of it lie in another row or are its rules' own to read, a secret may be
among its texts, or Python would write a number otherwise than PostgreSQL does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from pydantic_core import SchemaValidator, core_schema
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from gwctl import secrets
from gwctl.core import binding, references
from gwctl.core.unit import Unit
from gwctl.describe import Entity, Field, InColumn, Inside, Ref, Refs, Ruled, Through
from gwctl.schema.moments import UtcTimestamp

Told = Sequence[tuple[str, Field, str | None]]
"""Fields in the order of an entry, each with the kind that it refers to."""
Expression = sa.ColumnElement[Any]

KEY = "\x01"
"""Stands in a text for the key, which must not be taken for a secret that bears its name."""
NUMBERS = re.compile(r"\.(?:\d+0[],} ]|0000|\d{9}|(?<=\d{7}\.)\d)")
"""Decimals of JSON that Python may write otherwise: digits that say nothing, very small ones, more than it keeps."""
_SIGNS = "|".join(re.escape(sign) for sign in secrets.SIGNS)
_SUSPECT = SchemaValidator(core_schema.str_schema(pattern=f"(?i:{_SIGNS})|[\u0130\u0131]"))
"""Takes a text that may hold a secret. Many parts are looked for in one go, which the standard library's expressions
do one after another; the two letters are those that it alone takes for an i."""
MOST = 10.0**15
"""From here on Python and PostgreSQL write a number each in its own way."""
OWN, LABEL = "own name", "name of "
"""Columns beside those of the table: its name if it is its own, and those of what it refers to."""
TYPES = (sa.Text, sa.Boolean, sa.Integer, sa.Double, JSONB, UtcTimestamp)


def select(
    unit: Unit, entity: Entity, told: Told, chosen: sa.Select[Any], opening: str, *, with_keys: bool
) -> sa.Select[Any] | None:
    """The statement that gives the text of each row's entry, or NULL, and its key as JSON; `finished` makes entries of
    them, which begin as `opening` says. None for a kind of which no entry can be written so. `chosen` selects the rows
    of the entity's table, in an order."""
    main = unit.needed(entity.table)
    if _is_read_elsewhere(unit, entity, main):
        return None
    source, labels = _joined(unit, entity, main)
    own = references.own_label(unit, entity, main).label(OWN)
    named = [label.label(f"{LABEL}{name}") for name, label in labels.items()]
    # Sorted first and written afterwards: what is written is then on its way while more is being written.
    rows = chosen.with_only_columns(*main.c, own, *named).select_from(source).subquery()
    always = sa.true() if with_keys or entity.key == entity.identity else rows.c[OWN].is_(None)
    parts = [
        sa.case((always, _quoted(KEY))) if fields[0][0] == entity.key else _all_of(_told(entity, rows, fields))
        for _, group in groupby(told, lambda one: one[0] == entity.key)
        for fields in [list(group)]
    ]
    entry = _quoted(opening) + sa.func.concat_ws(", ", *parts) + _quoted("}")
    plain = sa.and_(sa.true(), *_plain(unit, entity, rows))
    return sa.select(sa.case((plain, entry)), _text(rows.c[entity.key]))


def finished(entity: Entity, rows: Sequence[Sequence[Any]]) -> list[str | None]:
    """The texts of a batch of entries; None where one needs more."""
    found = [
        text if text is None or KEY not in text else text.replace(KEY, f'"{entity.key}": {key}') for text, key in rows
    ]
    if not _may_differ("\n".join(part for row in rows for part in row if part)):
        return found
    return [
        None if text is not None and _may_differ(text + key) and _differs(text, key) else whole
        for (text, key), whole in zip(rows, found, strict=True)
    ]


def _may_differ(text: str) -> bool:
    return ": null" in text or NUMBERS.search(text) is not None or may_hold_secret(text)


def may_hold_secret(text: str) -> bool:
    """Whether `secrets.masked` may change a JSON text that PostgreSQL wrote."""
    return _SUSPECT.isinstance_python(text)


def _differs(text: str, key: str) -> bool:
    """Whether Python would write an entry otherwise: it masks secrets, takes null out of merged objects, and has its
    own way with some numbers."""
    if ": null" in text or NUMBERS.search(text):
        return True
    told = [json.loads(text.replace(KEY, '"": 0')), json.loads(key)]
    return bool(secrets.masked(told) != told)


def _is_read_elsewhere(unit: Unit, entity: Entity, main: sa.Table) -> bool:
    """Whether no entry of a kind can be written by the database alone."""
    rules, fields = unit.kinds.rules(entity), entity.fields.values()
    columns = [main.c[field.column] for field in fields if field.column and field.column in main.c]
    types = [column.type.item_type if isinstance(column.type, ARRAY) else column.type for column in columns]
    return (
        hasattr(rules, "exported")
        or (_is_looked_at(unit, entity) and not hasattr(rules, "plain"))
        or bool(binding.sealed_names(entity.spec) or unit.mistyped(entity.table))
        or not all(isinstance(one, TYPES) for one in types)
    )


def _is_looked_at(unit: Unit, entity: Entity) -> bool:
    """Whether rules read fields of a kind."""
    is_ruled = any(isinstance(field.place, Ruled) for field in entity.fields.values())
    return is_ruled and hasattr(unit.kinds.rules(entity), "look")


def _plain(unit: Unit, entity: Entity, rows: sa.FromClause) -> Iterator[Expression]:
    """What holds for rows that need no more than themselves and names."""
    if _is_looked_at(unit, entity):
        yield unit.kinds.rules(entity).plain(unit, rows)  # type: ignore[union-attr]
    fields = [field for field in entity.fields.values() if not isinstance(field.place, Ruled)]
    for kind, name in dict.fromkeys((type(field.place), field.place.column) for field in fields):  # type: ignore[union-attr]
        column = rows.c.get(name)
        if column is None:
            continue
        if kind is Through:
            yield column.is_(None)
        elif kind is Refs:
            yield sa.func.coalesce(sa.func.cardinality(column), 0) == 0
        elif isinstance(column.type, UtcTimestamp):  # neither infinite nor beyond Python's years
            yield sa.func.coalesce(sa.extract("year", column).between(1, 9999), sa.true())
        elif isinstance(column.type, sa.Double):
            yield sa.func.coalesce(sa.and_(column > -MOST, column < MOST), sa.true())


# The text of fields


def _joined(unit: Unit, entity: Entity, main: sa.Table) -> tuple[sa.FromClause, dict[str, Expression]]:
    """The table with those beside it that its fields refer to, and what each field's reference is written as where the
    other has a name of its own."""
    source: sa.FromClause = main
    labels: dict[str, Expression] = {}
    for name, field in entity.fields.items():
        if isinstance(field.place, Ref) and field.place.entity in unit.kinds.index and field.place.column in main.c:
            target = unit.kinds.entity(field.place.entity)
            other = unit.table(target.table)
            if other is not None and target.names:
                named = other.alias()
                source = source.outerjoin(named, named.c[target.key] == main.c[field.place.column])
                labels[name] = references.own_label(unit, target, named)
    return source, labels


def _told(entity: Entity, rows: sa.FromClause, told: Told) -> Iterator[Expression]:
    """Each field with its name, NULL where there is nothing to tell. Those that lie inside of one column are looked
    for where it holds any of them."""
    for column, fields in groupby(told, lambda one: one[1].place.column if isinstance(one[1].place, Inside) else None):
        if column is None:
            for name, field, _ in fields:
                if (value := _value(entity, rows, field)) is not None:
                    yield _quoted(f'"{name}": ') + value
        elif column in rows.c:
            names = [name for name, _, _ in fields]
            found = _all_of(_quoted(f'"{one}": ') + _json(rows.c[column][one]) for one in names)
            yield sa.case((rows.c[column].has_any(array(names)), found))


def _value(entity: Entity, rows: sa.FromClause, field: Field) -> Expression | None:
    """The text of a field's value, by the rules of `binding.current`."""
    column, label = rows.c.get(field.column or ""), rows.c.get(f"{LABEL}{field.name}")
    match field.place:
        case _ if column is None:
            return None
        case Ref():
            return _text(column if label is None else sa.func.coalesce(label, column))
        case InColumn() if field.merged:
            inside = [name for name, one in entity.fields.items() if one.place == Inside(column.name)]
            free = column.op("-")(array(inside)) if inside else column
            return sa.case((sa.func.jsonb_typeof(column) == "object", _json(free)))
        case InColumn():
            return _plain_value(column, is_on=binding.is_on(entity.table, column.name))
    return None


def _plain_value(column: sa.ColumnElement[Any], *, is_on: bool) -> Expression:
    match column.type:
        case sa.Boolean():
            return _cast(column) if is_on else sa.case((column, _quoted("true")))
        case sa.Double():
            return _cast(column) + sa.case((column == sa.func.floor(column), _quoted(".0")), else_=_quoted(""))
        case sa.Integer():
            return _cast(column)
        case UtcTimestamp():
            return sa.func.to_char(column, _quoted('"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""'))
        case ARRAY():
            return _json(sa.func.to_jsonb(column))
        case JSONB():
            return sa.func.nullif(_json(column), "false")
    return _text(column)


def _all_of(parts: Iterable[Expression]) -> Expression:
    """Texts with commas between them, NULL where there is none."""
    return sa.func.nullif(sa.func.concat_ws(", ", sa.null(), *parts), "")


def _json(value: Expression) -> Expression:
    """JSON as text, NULL where it holds nothing."""
    text: Expression = _cast(value)
    for empty in ("null", "{}", "[]"):
        text = sa.func.nullif(text, empty)
    return text


def _text(value: Expression) -> Expression:
    return _cast(sa.func.to_json(value))


def _cast(value: Expression) -> Expression:
    return sa.cast(value, sa.Text)


def _quoted(text: str) -> Expression:
    return sa.literal(text, sa.Text)
