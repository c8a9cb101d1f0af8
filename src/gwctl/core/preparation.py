"""What a migration needs before it begins: to be alone, both PostgreSQL schemas, and the right to make tables there."""

from __future__ import annotations

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

from gwctl.core.catalogue import OWN_SCHEMA
from gwctl.errors import Unreachable

LOCK_SECONDS = 60.0
LOCK = 0x6777_6374_6C00  # any number, as long as it is the same in each gwctl


def prepare(connection: Connection, schema: str, lock_timeout: float = LOCK_SECONDS) -> None:
    """Takes the lock, makes both schemas and sets the search path; within a transaction, for its length.

    Raises Unreachable if the lock is not to be had in `lock_timeout` seconds, if the database cannot be written to, and
    if this role may not make what is missing.
    """
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))  # to see what was done while it waited
    _set(connection, lock_timeout=str(round(lock_timeout * 1000)), search_path=f'"{escaped(schema)}"', TimeZone="UTC")
    _take_lock(connection, lock_timeout)
    for name in (OWN_SCHEMA, schema):
        _make_schema(connection, name)
    need_right(connection, OWN_SCHEMA)


def need_right(connection: Connection, schema: str) -> None:
    """Raises Unreachable, with the GRANT to ask for, where this role may not make tables in a schema."""
    right = _right(connection, schema)
    if not right.may_use:
        raise _no_right(f'make tables in schema "{schema}"', f'USAGE, CREATE ON SCHEMA "{escaped(schema)}"', right.role)


def escaped(name: str) -> str:
    """A name as it stands between double quotes."""
    return name.replace('"', '""')


def _set(connection: Connection, **values: str) -> None:
    calls = ", ".join(f"set_config('{name}', :{name}, true)" for name in values)
    connection.execute(text(f"SELECT {calls}"), values)


def _take_lock(connection: Connection, lock_timeout: float) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise Unreachable(
            f"another gwctl is migrating this database and was not done after {lock_timeout:g} seconds",
            "Try again when it is.",
        ) from None


RIGHTS = text("""
    SELECT current_database() AS database, current_user AS role,
           current_setting('transaction_read_only')::boolean AS read_only, oid IS NOT NULL AS there,
           has_database_privilege(current_database(), 'CREATE') AS may_make,
           coalesce(has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE'), false) AS may_use
      FROM (SELECT (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = :schema) AS oid) AS found
""")


def _right(connection: Connection, schema: str) -> Row[tuple[str, str, bool, bool, bool, bool]]:
    return connection.execute(RIGHTS, {"schema": schema}).one()


def _make_schema(connection: Connection, schema: str) -> None:
    right = _right(connection, schema)
    if right.read_only:
        raise Unreachable(
            "this database cannot be written to: it is a replica or read-only", "Name the primary server."
        )
    if right.there:
        return
    if not right.may_make:
        raise _no_right(f'make the schema "{schema}"', f'CREATE ON DATABASE "{escaped(right.database)}"', right.role)
    connection.execute(text(f'CREATE SCHEMA "{escaped(schema)}"'))


def _no_right(act: str, grant: str, role: str) -> Unreachable:
    return Unreachable(f"this role may not {act}", f'Ask for: GRANT {grant} TO "{escaped(role)}";')
