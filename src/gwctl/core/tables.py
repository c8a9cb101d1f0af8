"""Tables as a database has them, and what the schema of record says of theirs: keys and defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gwctl import schema
from gwctl.core.catalogue import LiveColumn
from gwctl.schema.base import UtcTimestamp


@cache
def declared(name: str) -> sa.Table | None:
    return schema.table(name) if name in schema.TABLES else None


@cache
def key_of(name: str) -> tuple[str, ...]:
    known = declared(name)
    assert known is not None, name
    return tuple(column.name for column in known.primary_key.columns)


def live(name: str, columns: Mapping[str, LiveColumn]) -> sa.Table | None:
    known = declared(name)
    if not columns or known is None:
        return None
    found = [sa.Column(c.name, known.c[c.name].type if c.name in known.c else _type(c.type)) for c in columns.values()]
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
    known = declared(name)
    if known is None:
        return {}
    expected = {column.name: _text(column.type) for column in known.columns}
    return {
        one.name: Mistyped(f"{name}.{one.name}", one.type, expected[one.name])
        for one in columns.values()
        if one.name in expected and one.type != expected[one.name]
    }


TEXTS: Mapping[type[sa.types.TypeEngine[Any]], str] = {
    postgresql.TEXT: "text",
    postgresql.BOOLEAN: "boolean",
    postgresql.INTEGER: "integer",
    postgresql.BIGINT: "bigint",
    postgresql.DOUBLE_PRECISION: "double precision",
    postgresql.JSONB: "jsonb",
    postgresql.BYTEA: "bytea",
    UtcTimestamp: "timestamp(3) without time zone",
}
FAMILIES = {
    "text": "text", "character varying": "text", "character": "text",
    "smallint": "number", "integer": "number", "bigint": "number", "real": "number", "double precision": "number",
    "numeric": "number", "timestamp without time zone": "moment", "timestamp with time zone": "moment",
    "json": "json", "jsonb": "json",
}  # fmt: skip


def _text(kind: sa.types.TypeEngine[Any]) -> str:
    """A declared type as the catalogue writes it."""
    if isinstance(kind, ARRAY):
        return f"{_text(kind.item_type)}[]"
    if isinstance(kind, sa.Enum):
        return f'"{kind.name}"'
    return TEXTS[type(kind)]


def _family(text: str) -> str:
    bare = re.sub(r"\([\d,]+\)", "", text)
    return f"{_family(bare[:-2])}[]" if bare.endswith("[]") else FAMILIES.get(bare, bare)


def _type(text: str) -> sa.types.TypeEngine[Any]:
    """The type of a column that gwctl does not know, by the catalogue's word for it."""
    if text.endswith("[]"):
        return ARRAY(sa.Text())
    if text.startswith("timestamp") and "with time zone" not in text.replace("without time zone", ""):
        return UtcTimestamp()
    known: dict[str, sa.types.TypeEngine[Any]] = {
        "jsonb": JSONB(none_as_null=True),
        "text": sa.Text(),
        "boolean": sa.Boolean(),
    }
    return known.get(text, sa.types.NullType())


@cache
def defaults(name: str) -> dict[str, Callable[[datetime], Any]]:
    """What a row of a table holds where nothing is said, column by column; a serial number is left to the database."""
    known = declared(name)
    assert known is not None, name
    found: dict[str, Callable[[datetime], Any]] = {}
    for column in known.columns:
        if column.autoincrement is True:
            continue
        default = column.server_default
        text = str(default.arg) if isinstance(default, sa.DefaultClause) else ""
        found[column.name] = _default(column, text)
    return found


def _default(column: sa.Column[Any], text: str) -> Callable[[datetime], Any]:
    bare = text.strip("'\"").split("::")[0].strip("'")
    if text.upper().startswith("CURRENT_TIMESTAMP") or (
        column.name in ("created_at", "updated_at") and not column.nullable
    ):
        return lambda now: now
    if isinstance(column.type, ARRAY):
        return lambda _: []
    if isinstance(column.type, JSONB):
        return (lambda _: {}) if bare == "{}" else (lambda _: [] if bare == "[]" else None)
    if isinstance(column.type, sa.Boolean):
        return lambda _: {"true": True, "false": False}.get(bare.lower())
    if isinstance(column.type, sa.Float):
        return lambda _: float(bare) if bare else None
    if isinstance(column.type, sa.Integer):
        return lambda _: int(bare) if bare else None
    return lambda _: bare if text else None
