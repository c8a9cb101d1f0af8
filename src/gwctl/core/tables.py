"""Tables as a database has them, and what the schema of record says of theirs: keys, types and defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gwctl.core.catalogue import LiveColumn
from gwctl.schema import record
from gwctl.schema.moments import UtcTimestamp


def key_of(name: str) -> tuple[str, ...]:
    known = record.table(name)
    assert known is not None, name
    return known.key


@cache
def of_record(name: str) -> Mapping[str, sa.types.TypeEngine[Any]]:
    """The columns that the schema of record gives a table, with their types; none of a table that it does not have."""
    known = record.table(name)
    return {column: _type(one.type) for column, one in known.columns.items()} if known else {}


def live(name: str, columns: Mapping[str, LiveColumn]) -> sa.Table | None:
    known = of_record(name)
    if not columns or not known:
        return None
    found = [sa.Column(one.name, known.get(one.name) or _type(one.type)) for one in columns.values()]
    return sa.Table(name, sa.MetaData(), *found, quote=True)


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A column of another type than that of record."""

    column: str
    found: str
    expected: str

    @property
    def readable(self) -> bool:
        """Whether values of the one type do for the other."""
        return _family(self.found) == _family(self.expected)

    def __str__(self) -> str:
        return f"{self.column} is {self.found} in this database, not {self.expected}"


def mistyped(name: str, columns: Mapping[str, LiveColumn]) -> dict[str, Mistyped]:
    """The columns of a table that are of another type than they should be."""
    known = record.table(name)
    if known is None:
        return {}
    return {
        one.name: Mistyped(f"{name}.{one.name}", one.type, known.columns[one.name].type)
        for one in columns.values()
        if one.name in known.columns and one.type != known.columns[one.name].type
    }


TYPES: Mapping[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "boolean": sa.Boolean(),
    "integer": sa.Integer(),
    "bigint": sa.BigInteger(),
    "double precision": sa.Double(),
    "jsonb": JSONB(none_as_null=True),
    "bytea": sa.LargeBinary(),
    "timestamp without time zone": UtcTimestamp(),
    "timestamp with time zone": sa.DateTime(timezone=True),
}
FAMILIES = {
    "text": "text", "character varying": "text", "character": "text",
    "smallint": "number", "integer": "number", "bigint": "number", "real": "number", "double precision": "number",
    "numeric": "number", "timestamp without time zone": "moment", "timestamp with time zone": "moment",
    "json": "json", "jsonb": "json",
}  # fmt: skip


def _type(text: str) -> sa.types.TypeEngine[Any]:
    """The type of a column, by the catalogue's word for it."""
    bare = _bare(text)
    return ARRAY(_type(bare[:-2])) if bare.endswith("[]") else TYPES.get(bare, sa.types.NullType())


def _bare(text: str) -> str:
    """A type's name without a precision: `timestamp(3) without time zone`, `numeric(10,2)`."""
    return re.sub(r"\([\d,]+\)", "", text)


def _family(text: str) -> str:
    bare = _bare(text)
    return f"{_family(bare[:-2])}[]" if bare.endswith("[]") else FAMILIES.get(bare, bare)


@cache
def defaults(name: str) -> dict[str, Callable[[datetime], Any]]:
    """What a row of a table holds where nothing is said, column by column; a serial number is left to the database."""
    known = record.table(name)
    assert known is not None, name
    return {
        column: _default(column, one) for column, one in known.columns.items() if not one.default.startswith("nextval(")
    }


def _default(name: str, column: record.RecordColumn) -> Callable[[datetime], Any]:
    text = column.default
    if text == "CURRENT_TIMESTAMP" or (name in ("created_at", "updated_at") and not column.nullable):
        return lambda now: now
    if column.type.endswith("[]"):
        return lambda _: []
    if not text:
        return lambda _: None
    if column.type == "jsonb":
        return lambda _: json.loads(text.strip("'"))
    if text.startswith("'"):
        return lambda _: text.strip("'")
    return lambda _: json.loads(text)
