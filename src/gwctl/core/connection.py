"""Opens the database for one command, and turns what it complains of into errors of gwctl's own.

A connection is made when it is wanted and closed after its transaction: there is no pool and nothing is left in the
session, no prepared statement either, so that poolers in transaction mode are fine. The address with its password is
known to psycopg alone; the engine's URL is empty.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from gwctl.core import dialect
from gwctl.core.failures import translate
from gwctl.core.values import from_json, to_json
from gwctl.settings import Settings

__all__ = ["attach_echo", "open_engine", "translate"]

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # else its warnings of lost connections go to stderr


def open_engine(settings: Settings, command: str) -> sa.Engine:
    """An engine on the settings' database; it connects when it is first used."""
    where = settings.url
    assert where is not None, "the embedded server has not said yet where it is"
    engine = sa.create_engine(
        f"{dialect.NAME.replace('.', '+')}://",
        poolclass=NullPool,
        use_native_hstore=False,
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: list[Any], named: dict[str, Any]) -> None:
        args[:] = [where.conninfo]
        named |= {
            "prepare_threshold": None,
            "application_name": f"gwctl {command}".strip()[:63],
            "connect_timeout": max(1, round(settings.timeout)),
        }

    return engine


def attach_echo(engine: sa.Engine, write: Callable[[str], None]) -> None:
    """Every statement to `write` before it runs; parameters are counted, never shown."""

    @sa.event.listens_for(engine, "before_cursor_execute")
    def statement(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        count = f"{len(parameters)} rows" if many else f"{len(parameters or ())} parameters"
        write(f"{' '.join(sql.split())}" + (f"  -- {count}" if parameters else ""))

    @sa.event.listens_for(engine, "begin")
    def begin(_connection: Any) -> None:
        write("BEGIN")

    @sa.event.listens_for(engine, "commit")
    def commit(_connection: Any) -> None:
        write("COMMIT")

    @sa.event.listens_for(engine, "rollback")
    def rollback(_connection: Any) -> None:
        write("ROLLBACK")
