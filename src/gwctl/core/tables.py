"""Tables as a database has them, and what the schema of record says of theirs: keys and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gwctl import schema
from gwctl.core.catalogue import LiveColumn


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


def _type(text: str) -> sa.types.TypeEngine[Any]:
    """The type of a column that gwctl does not know, by the catalogue's word for it."""
    from gwctl.schema.base import UtcTimestamp

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
