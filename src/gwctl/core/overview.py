"""What a database is, at a glance: server, size, release, who migrates it, what of gwctl's is there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from gwctl.core import catalogue, comparison, migrations
from gwctl.core.catalogue import Catalogue
from gwctl.core.migrations import Versions


@dataclass(frozen=True)
class Overview:
    """`release` is a lower bound; `newest_migration` the gateway's own, "" where it never migrated."""

    database: str
    schema: str
    role: str
    server: str
    size_bytes: int
    timezone: str
    replica: bool
    tables: int
    release: str
    looks_like: str
    migrated_by: str
    newest_migration: str
    versions: Versions
    own: bool


SERVER = text("""
    SELECT current_database()::text, current_user::text, current_setting('server_version'),
           pg_database_size(current_database()), current_setting('TimeZone'), pg_is_in_recovery()
""")


def look(connection: Connection, schema: str) -> Overview:
    """Looks at the gateway in `schema`; changes nothing."""
    with connection.begin():
        database, role, server, size, timezone, replica = connection.execute(SERVER).one()
        found = catalogue.read(connection, schema)
        versions = migrations.noted(connection, found)
        return Overview(
            database=database,
            schema=schema,
            role=role,
            server=server,
            size_bytes=size,
            timezone=timezone,
            replica=replica,
            tables=sum(name.startswith("LiteLLM_") for name in found.tables),
            release=found.release,
            looks_like=catalogue.looks_like(found.release),
            migrated_by=_migrated_by(found, versions),
            newest_migration=comparison.newest_migration(connection, schema) if found.prisma else "",
            versions=versions,
            own="change_set" in found.own,
        )


def _migrated_by(found: Catalogue, versions: Versions) -> str:
    if migrations.is_empty(found):
        return "nobody: the schema is empty"
    if found.prisma:
        return "the gateway (prisma migrate)"
    return "gwctl" if versions.gateway else "the gateway (prisma db push)"
