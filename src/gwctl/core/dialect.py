"""SQLAlchemy's psycopg dialect without the questions that it asks each new connection.

It would ask for the server's version, the schema, the isolation level and the escapes, one round trip each. libpq was
told the first and the last when it connected; of the other two gwctl says in every transaction what they shall be.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

NAME = "gwctl.psycopg"
"""What `gwctl+psycopg://` looks for in SQLAlchemy's registry."""


class QuietDialect(PGDialect_psycopg):
    """PostgreSQL by psycopg; nothing is asked when a connection is opened."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        number = connection.connection.dbapi_connection.info.server_version
        return (number // 10000, number % 10000)

    def _get_default_schema_name(self, connection: Any) -> str:  # noqa: ARG002
        return "public"

    def get_default_isolation_level(self, dbapi_conn: Any) -> Literal["READ COMMITTED"]:  # noqa: ARG002
        return "READ COMMITTED"

    def _set_backslash_escapes(self, connection: Any) -> None:
        info = connection.connection.dbapi_connection.info
        self._backslash_escapes = info.parameter_status("standard_conforming_strings") == "off"


registry.register(NAME, __name__, QuietDialect.__name__)
