"""`gwctl db`: the database's schema, made, compared and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import render, session
from gwctl.cli.lazy import group
from gwctl.cli.options import OutputOption, YesOption
from gwctl.cli.render import Column, Kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gwctl.core.migrations import Versions
    from gwctl.settings import Settings

app = group("The database's schema: upgrade, check, adopt")

StrictOption = Annotated[
    bool, typer.Option("--strict", help="Tell what means nothing, too: order, extra indexes, views.")
]


@app.command()
def upgrade(yes: YesOption = False) -> None:
    """Make the tables on an empty database, or bring gwctl's own up to date.

    Tables that the gateway made are the gateway's to migrate, and are left alone.

    Example: gwctl db upgrade
    """
    running = session.current()
    running.allow_change(yes=yes)
    from gwctl.core import migrations

    with _connection() as (connection, schema):
        done = migrations.upgrade(connection, schema)
    if done.after.own != done.before.own:
        running.note(f'The PostgreSQL schema "gwctl" is at {done.after.own}.')
    if done.untouched:
        running.note(
            f"The gateway's tables (release {done.release} or later) are its own to migrate: left as they are."
        )
    elif done.after.gateway != done.before.gateway:
        running.note(f'The gateway\'s tables in schema "{schema}" are at {done.after.gateway}.')
    elif not done.changed:
        running.note("Nothing to do: everything is up to date.")


@app.command()
def current(output: OutputOption = "table") -> None:
    """Show the revision of each branch, and the newest that this gwctl has.

    Example: gwctl db current -o json
    """
    from gwctl.core import migrations

    with _connection() as (connection, schema):
        at = migrations.current(connection, schema)
    newest = migrations.heads()
    rows = [
        {"branch": branch, "revision": getattr(at, branch), "newest": getattr(newest, branch)}
        for branch in migrations.BRANCHES
    ]
    columns = [Column("branch", Kind.NAME), Column("revision", Kind.NAME), Column("newest", Kind.NAME)]
    render.listing(rows, columns, output=output, identity="branch", session=session.current())


@app.command()
def check(strict: StrictOption = False, output: OutputOption = "table") -> int:
    """Compare the database with the schema of record, and name each difference.

    The exit status is 1 where a difference matters (error or warning), with --strict where there is any.

    Example: gwctl db check --strict
    """
    from gwctl.core import catalogue, comparison

    running = session.current()
    with _connection() as (connection, schema), connection.begin():
        looks_like = catalogue.looks_like(catalogue.read(connection, schema).release)
        differences = comparison.compare(connection, schema, strict=strict)
    columns = [
        Column("severity"),
        Column("message"),
        Column("table", Kind.NAME, wide=True),
        Column("object", Kind.NAME, wide=True),
        Column("expected", wide=True),
        Column("found", wide=True),
    ]
    rows = (asdict(each) for each in differences)
    render.listing(rows, columns, output=output, identity="message", session=running, empty="No difference.")
    running.note(f"This database looks like {looks_like}.")
    return int(any(strict or each.matters for each in differences))


@app.command()
def adopt(yes: YesOption = False) -> None:
    """Compare a database that gwctl did not make, and note its version without touching a table.

    Example: gwctl db adopt --yes
    """
    running = session.current()
    running.allow_change(yes=yes)
    from gwctl.core import adoption, catalogue

    with _connection() as (connection, schema):
        done = adoption.adopt(connection, schema)
    if done.noted:
        running.note(f"The gateway's tables agree with {done.versions.gateway}, which is noted now.")
        return
    looks_like = catalogue.looks_like(done.release)
    running.note(f"The gateway migrates this database itself (release {looks_like}): gwctl works on it as it is.")


@app.command()
def history(output: OutputOption = "table") -> None:
    """List the revisions of both branches, and which of them the database has.

    Example: gwctl db history
    """
    from gwctl.core import migrations

    with _connection() as (connection, schema):
        at = migrations.current(connection, schema)
    rows = (asdict(step) for step in migrations.history(at))
    columns = [Column("id", Kind.NAME), Column("branch", Kind.NAME), Column("applied", Kind.FLAG), Column("summary")]
    render.listing(rows, columns, output=output, identity="id", session=session.current())


@app.command()
def info(output: OutputOption = "table") -> None:
    """Show what the database is: server, size, release, who migrates it.

    Example: gwctl db info -o json
    """
    from gwctl.core import overview

    with _connection() as (connection, schema):
        seen = overview.look(connection, schema)
    row = {key: value for key, value in asdict(seen).items() if key != "versions"} | _revisions(seen.versions)
    columns = [Column(name, Kind.COUNT if name in ("size_bytes", "tables") else Kind.TEXT) for name in row]
    render.one(row, columns, output=output, identity="database", session=session.current())


@app.command()
def shell(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGUMENT...]", help="What psql gets.")] = None,
) -> int:
    """Open psql on the database. On a read-only context its transactions are read-only.

    Example: gwctl db shell -- -c "select 1"
    """
    from gwctl.cli import shell as psql

    return psql.run(_settings(), arguments or [])


def _revisions(versions: Versions) -> dict[str, Any]:
    return {"own_revision": versions.own, "gateway_revision": versions.gateway}


@contextmanager
def _connection() -> Iterator[tuple[Connection, str]]:
    """A connection that has not begun a transaction, and the gateway's schema."""
    import sqlalchemy as sa

    from gwctl.core.connection import attach_echo, open_engine, translate

    running, settings = session.current(), _settings()
    assert settings.url is not None
    engine = open_engine(settings, running.command)
    if settings.verbose:
        attach_echo(engine, running.note)
    try:
        with engine.connect() as connection:
            yield connection, settings.url.schema
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise translate(error, settings) from error


def _settings() -> Settings:
    """The settings with a URL: that of the embedded server where no other is named."""
    settings = session.current().settings
    if settings.url is not None:
        return settings
    from gwctl import urls
    from gwctl.core import local

    return replace(settings, url=urls.parse(local.ensure()))
