"""Brings a database forward: the gateway's tables where gwctl made them, and gwctl's own everywhere.

The gateway's tables belong to the gateway. They are made on an empty schema and migrated where our version is noted and
the gateway never took over (`_prisma_migrations`); on any other database only gwctl's own schema, `gwctl`, is touched.
Each function is one transaction under one advisory lock of the database, so that any number at once end well, through a
pooler in transaction mode too. Nothing but this module loads Alembic; see alembic/env.py for the branches and tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from sqlalchemy import Connection, text

from gwctl.core import catalogue
from gwctl.core.catalogue import OWN_SCHEMA, Catalogue
from gwctl.core.preparation import LOCK_SECONDS, escaped, need_right, prepare
from gwctl.errors import SchemaMismatch

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

Branch = Literal["own", "gateway"]
BRANCHES: tuple[Branch, ...] = ("own", "gateway")
NAME_BYTES = 63 - len("_pkc")  # PostgreSQL cuts longer names, and Alembic appends this for the table's key


@dataclass(frozen=True)
class Versions:
    """The revision that a database is at, by branch; None where none is noted."""

    own: str | None
    gateway: str | None


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade found and left. `untouched`: the gateway's tables are the gateway's own to migrate."""

    before: Versions
    after: Versions
    release: str
    untouched: bool

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Revision:
    """A step of a branch, and whether the database has taken it."""

    id: str
    branch: Branch
    summary: str
    applied: bool


def upgrade(connection: Connection, schema: str, lock_timeout: float = LOCK_SECONDS) -> Upgrade:
    """Brings the gateway in `schema` to the newest revision; raises SchemaMismatch for tables that are no gateway's."""
    with connection.begin():
        prepare(connection, schema, lock_timeout)
        found = catalogue.read(connection, schema)
        before = noted(connection, found)
        _refuse_strangers(found)
        ours = is_ours(found, before)
        bring_own(connection, schema)
        if ours:
            if is_empty(found) and before.gateway:  # noted, but the tables were dropped since
                forget(connection, schema, before)
            need_right(connection, schema)
            _to_head(connection, schema, "gateway")
        found = catalogue.read(connection, schema)
        return Upgrade(before, noted(connection, found), found.release, untouched=not ours)


def ensure_own(connection: Connection, schema: str, lock_timeout: float = LOCK_SECONDS) -> None:
    """Makes gwctl's own tables, or brings them forward.

    Raises Unreachable, with the GRANT to ask for, where this role has not the right to.
    """
    with connection.begin():
        prepare(connection, schema, lock_timeout)
        bring_own(connection, schema)


def bring_own(connection: Connection, schema: str) -> None:
    """As `ensure_own`, within a transaction that is prepared."""
    _refuse_unknown(noted(connection, catalogue.read(connection, schema)))
    _to_head(connection, schema, "own")


def current(connection: Connection, schema: str) -> Versions:
    """The versions that are noted for the gateway in `schema`."""
    with connection.begin():
        return noted(connection, catalogue.read(connection, schema))


def heads() -> Versions:
    """The newest revisions that this gwctl brings."""
    found = {_branch(revision): revision for revision in _scripts().get_heads()}
    return Versions(found["own"], found["gateway"])


def history(versions: Versions) -> list[Revision]:
    """Every revision of both branches, oldest first."""
    return [step for branch in BRANCHES for step in _branch_history(branch, getattr(versions, branch))]


def is_empty(found: Catalogue) -> bool:
    """Whether the schema has none of a gateway's tables."""
    return not any(name.startswith("LiteLLM_") for name in found.tables)


def is_ours(found: Catalogue, versions: Versions) -> bool:
    """Whether the gateway's tables are gwctl's to make and to migrate."""
    return not found.prisma and (is_empty(found) or versions.gateway is not None)


def noted(connection: Connection, found: Catalogue) -> Versions:
    """The versions that are noted for a gateway; within a transaction."""
    return Versions(_noted(connection, found, "own"), _noted(connection, found, "gateway"))


def _noted(connection: Connection, found: Catalogue, branch: Branch) -> str | None:
    table = version_table(branch, found.schema)
    if table not in found.own:
        return None
    rows = connection.execute(text(f'SELECT version_num FROM "{OWN_SCHEMA}"."{escaped(table)}"'))  # noqa: S608
    return next((str(revision) for (revision,) in rows if _branch(revision) == branch), None)


def note(connection: Connection, schema: str) -> None:
    """Notes the gateway's tables as being at the newest revision, without touching them; within a transaction."""
    from alembic import command

    command.stamp(_config(connection, schema, "gateway"), "gateway@head")


def forget(connection: Connection, schema: str, versions: Versions) -> None:
    """Takes the gateway's version out of its table; within a transaction."""
    table = f'"{OWN_SCHEMA}"."{escaped(version_table("gateway", schema))}"'
    connection.execute(text(f"DELETE FROM {table} WHERE version_num = :version"), {"version": versions.gateway})  # noqa: S608


def version_table(branch: Branch, schema: str) -> str:
    """Where a branch's version is noted: see alembic/env.py."""
    if branch == "own" or schema == "public":
        return "alembic_version"
    name = f"alembic_version_{schema}"
    if len(name.encode()) <= NAME_BYTES:
        return name
    return f"{name.encode()[: NAME_BYTES - 9].decode(errors='ignore')}_{crc32(schema.encode()):08x}"


def _refuse_strangers(found: Catalogue) -> None:
    if (found.prisma or not is_empty(found)) and not found.release:
        raise SchemaMismatch(
            f'schema "{found.schema}" has tables of a gateway or of another Prisma program, but no {catalogue.KEYS}',
            "It is no gateway's database, or what is left of one.",
        )


def _refuse_unknown(versions: Versions) -> None:
    """A newer gwctl's revision cannot be read, and nothing can be said about what it did."""
    known = {step.revision for step in _scripts().walk_revisions()}
    for revision in (versions.own, versions.gateway):
        if revision and revision not in known:
            raise SchemaMismatch(f"a newer gwctl was here: it left revision {revision}", "Upgrade gwctl.")


def _branch(revision: str) -> Branch:
    """A revision's id ends with its branch."""
    return "own" if revision.endswith("_own") else "gateway"


def _branch_history(branch: Branch, at: str | None) -> Iterator[Revision]:
    steps = list(_scripts().iterate_revisions(f"{branch}@head", "base"))
    applied = False
    found = []
    for step in steps:  # newest first
        applied = applied or step.revision == at
        found.append(Revision(step.revision, branch, step.doc, applied))
    yield from reversed(found)


def _to_head(connection: Connection, schema: str, branch: Branch) -> None:
    from alembic import command

    command.upgrade(_config(connection, schema, branch), f"{branch}@head")


def _config(connection: Connection | None = None, schema: str = "public", branch: Branch = "own") -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table(branch, schema)
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def folder() -> Path:
    """Where the migrations lie: in a checkout beside src/, for an editable install's own copy is stale; else here."""
    package = Path(__file__).parents[1]
    checkout = package.parents[1] / "alembic"
    is_checkout = package.parent.name == "src" and (checkout / "env.py").is_file()
    return checkout if is_checkout else package / "_alembic"
