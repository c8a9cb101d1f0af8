"""How Alembic reaches a database, and where it notes how far it came.

There are two branches. `own` brings gwctl's PostgreSQL schema `gwctl` forward, one for the database; `gateway` makes
the gateway's tables in the schema that the search path names first, and a database may hold several gateways. Both are
noted in `gwctl.alembic_version`, but a gateway in another schema than `public` in a table of its own,
`gwctl.alembic_version_SCHEMA`; there a command has to name one branch (`own@head`, `gateway@head`), not `heads`.
None of it lies in the gateway's schema, whose proxy drops tables that it does not know.

`gwctl db upgrade` hands its connection in (`attributes`), within a transaction that it ends itself. From a checkout,
`alembic` takes GWCTL_DATABASE_URL and works in one transaction too.
"""

from __future__ import annotations

from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from gwctl.core import migrations, preparation

config = context.config


def run(connection: Connection, version_table: str) -> None:
    """Runs the migrations that the command asks for, on a connection whose search path is the gateway's schema."""
    context.configure(
        connection=connection,
        version_table=version_table,
        version_table_schema=preparation.OWN_SCHEMA,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_from_checkout() -> None:
    """Runs them on the database that GWCTL_DATABASE_URL or the like names."""
    from gwctl.core.connection import open_engine
    from gwctl.settings import resolve

    settings = resolve(interactive=False)
    if settings.url is None:
        raise CommandError("no database is named; set GWCTL_DATABASE_URL")
    with open_engine(settings, "alembic").connect() as connection, connection.begin():
        preparation.prepare(connection, settings.url.schema, settings.lock_timeout)
        run(connection, asked_version_table(settings.url.schema))


def asked_version_table(schema: str) -> str:
    """The version table of the branch that the command line names."""
    table = migrations.version_table("gateway", schema)
    if table == migrations.version_table("own", schema):
        return table
    branch = str(getattr(config.cmd_opts, "revision", "")).partition("@")[0]
    if branch not in ("own", "gateway"):
        raise CommandError(f"two branches, two version tables in schema {schema}: name one, own@head or gateway@head")
    return migrations.version_table(branch, schema)


if context.is_offline_mode():
    raise CommandError("the migrations look at the database first, so there is no --sql")
if (handed_in := config.attributes.get("connection")) is not None:
    run(handed_in, config.attributes["version_table"])
else:
    if config.config_file_name:
        fileConfig(config.config_file_name, disable_existing_loggers=False)
    run_from_checkout()
