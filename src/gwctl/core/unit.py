"""One command, one transaction. The only module that begins, commits and rolls back.

`reading` is REPEATABLE READ, READ ONLY: a report sees one moment, and a defect cannot write. `write` runs a piece of
work in READ COMMITTED and keeps it, or forgets it when it was a rehearsal; on a serialisation failure or a deadlock it
runs it again. What both hand out is a `Unit`: everything that a rule or an operation may know of its surroundings.

Nothing is left behind in the session (`SET LOCAL` alone), so that all of it works through a pooler in transaction mode.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import sqlalchemy as sa

from gwctl.core import catalogue as catalogues
from gwctl.core import outcome, releases, tables
from gwctl.core.catalogue import Catalogue, LiveColumn
from gwctl.core.connection import open_engine, translate
from gwctl.core.kinds import Kinds
from gwctl.core.sending import Sending
from gwctl.core.tables import Mistyped
from gwctl.errors import GwctlError, SchemaMismatch
from gwctl.settings import Settings

if TYPE_CHECKING:
    from gwctl.core.vault import Vault

T = TypeVar("T")

ATTEMPTS = 3
LOCK_CLASS = 0x67776374  # "gwct": the first half of gwctl's advisory locks
BULK_LOCK_SECONDS = 300
ARCHIVES = ("LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable")


@dataclass(frozen=True)
class Place:
    """Where a command works and on whose behalf: what the doors need to open."""

    settings: Settings
    kinds: Kinds
    command: str
    command_line: str = ""
    note: Callable[[str], None] = lambda _: None
    echo: Callable[[str], None] | None = None
    point: Callable[[str], None] = lambda _: None
    """Told of each moment from which on something else is left if the run ends there."""


@dataclass
class Unit:
    """One transaction and what belongs to it. Rules, operations and the store take one; none of them opens one."""

    place: Place
    bare_connection: sa.Connection
    catalogue: Catalogue
    writing: bool
    now: datetime
    change_set: str = field(default_factory=lambda: str(uuid.uuid4()))
    warnings: list[str] = field(default_factory=list)
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    """What must have happened when the transaction is kept, as secrets that lie safe in their file."""
    on_abort: list[Callable[[], None]] = field(default_factory=list)
    """What takes that back, once it is known that the transaction is not kept."""
    alone: bool = False
    """Whether the database's advisory lock is held exclusively, so that nobody else makes anything."""
    undo_of: str | None = None
    """The change set that this one takes back."""
    images: int = 0
    """How many images the change set has so far."""
    _tables: dict[str, sa.Table | None] = field(default_factory=dict)
    _mistyped: dict[str, Mapping[str, Mistyped]] = field(default_factory=dict)
    _templates: dict[str, tuple[Mapping[str, Any], frozenset[str]]] = field(default_factory=dict)

    @property
    def connection(self) -> sa.Connection:
        """The connection of the transaction, once the server has taken all that was sent to it."""
        self.sending.settle()
        return self.bare_connection

    @cached_property
    def sending(self) -> Sending:
        return Sending(self.bare_connection)

    @cached_property
    def vault(self) -> Vault:
        """The salt key, and what is sealed with it."""
        from gwctl.core.vault import Vault

        return Vault(self)

    @property
    def settings(self) -> Settings:
        return self.place.settings

    @property
    def kinds(self) -> Kinds:
        return self.place.kinds

    @property
    def actor(self) -> str:
        return self.place.settings.actor

    @cached_property
    def release(self) -> tuple[int, ...]:
        """The gateway's release: the context's `gateway_version`, else the lower bound that the catalogue shows."""
        text = self.settings.options.gateway_version or self.catalogue.release or "1.82.4"
        return tuple(int(part) for part in re.findall(r"\d+", text)[:3])

    # The tables as they are here

    def columns(self, table: str) -> Mapping[str, LiveColumn]:
        return self.catalogue.tables.get(table, {})

    def has(self, table: str, column: str | None = None) -> bool:
        return column in self.columns(table) if column else table in self.catalogue.tables

    def table(self, name: str) -> sa.Table | None:
        """The table with the columns that this database has, those included that gwctl does not know; None without
        it."""
        if name not in self._tables:
            for wrong in self.mistyped(name).values():
                if not wrong.readable:
                    raise SchemaMismatch(f"{wrong}: it cannot be read", "gwctl db check tells all differences.")
            self._tables[name] = tables.live(name, self.columns(name))
        return self._tables[name]

    def needed(self, name: str) -> sa.Table:
        """As `table`; raises SchemaMismatch without it."""
        found = self.table(name)
        if found is None:
            raise releases.lacking(name)
        return found

    def unknown(self, name: str) -> list[str]:
        """The columns of a table that gwctl does not know, a newer release's or somebody's."""
        known = tables.of_record(name)
        return [column for column in self.columns(name) if column not in known] if known else []

    def mistyped(self, name: str) -> Mapping[str, Mistyped]:
        """The columns of a table that are of another type than they should be: nothing may be written to them."""
        if name not in self._mistyped:
            self._mistyped[name] = tables.mistyped(name, self.columns(name))
        return self._mistyped[name]

    def is_readable(self, name: str) -> bool:
        """Whether no column of a table is of a type that cannot be read."""
        return all(wrong.readable for wrong in self.mistyped(name).values())

    def refuse_mistyped(self, name: str, written: Iterable[str]) -> None:
        """Raises SchemaMismatch where one of the columns that are to be written is of another type."""
        wrong = self.mistyped(name)
        for column in written if wrong else ():
            if column in wrong:
                raise SchemaMismatch(f"{wrong[column]}: it is not written to", "gwctl db check tells all differences.")

    def key_of(self, name: str) -> tuple[str, ...]:
        return tables.key_of(name)

    def filled(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """A new row of a table: the values given, and for every other column what the schema of record defaults it to.

        Nothing is left to the database's own defaults, which drift. Lists are always `{}`, never NULL.
        """
        if name not in self._templates:
            self._templates[name] = self._template(name)
        template, wanted = self._templates[name]
        live = self.columns(name)
        row = dict(template)
        for column, value in values.items():
            if column in live:
                row[column] = value
        self.refuse_mistyped(name, row)
        if missing := wanted - row.keys():
            raise SchemaMismatch(
                f"this database wants a value for {name}.{min(missing)}, which gwctl knows nothing of",
                "The gateway is newer than this gwctl: upgrade gwctl.",
            )
        return row

    def _template(self, name: str) -> tuple[Mapping[str, Any], frozenset[str]]:
        """A new row of a table of which nothing is said yet, and the columns that must still be given a value."""
        self.needed(name)
        live = self.columns(name)
        row = {column: default(self.now) for column, default in tables.defaults(name).items() if column in live}
        return row, frozenset(
            one.name for one in live.values() if not (one.nullable or one.has_default or one.name in row)
        )

    # Locks

    def lock(self, *names: str, exclusive: bool = False) -> None:
        """Takes the database's advisory lock: exclusively for work on many rows, shared and by name for single changes.

        The names are those of things being made, so that two commands cannot make the same one. Held until the end.
        """
        if not self.writing:
            return
        if self.alone:
            return
        if exclusive:
            self.alone = True
            self._set(lock_timeout=self._lock_milliseconds(BULK_LOCK_SECONDS))
            self._advisory("pg_advisory_xact_lock", "")
            self._set(lock_timeout=self._lock_milliseconds())
            return
        self._advisory("pg_advisory_xact_lock_shared", "")
        for name in sorted(set(names)):
            self._advisory("pg_advisory_xact_lock", name)

    def _advisory(self, function: str, name: str) -> None:
        label = f"{self.catalogue.schema}:{name}"
        self.connection.execute(
            sa.text(f"SELECT {function}(:class, hashtext(:name))"), {"class": LOCK_CLASS, "name": label}
        )

    def _lock_milliseconds(self, at_least: float = 0) -> str:
        seconds = self.settings.lock_timeout
        return str(int(max(seconds, at_least if not self.settings.lock_timeout_given else 0) * 1000))

    def _set(self, **values: str) -> None:
        calls = ", ".join(f"set_config('{name}', :{name}, true)" for name in values)
        self.connection.execute(sa.text(f"SELECT {calls}"), values)


# The doors


@contextmanager
def reading(place: Place) -> Iterator[Unit]:
    """A unit that sees one moment of the database and cannot change it."""
    engine = _engine(place)
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield _unit(place, connection, writing=False)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise translate(error, place.settings) from error


def write(place: Place, work: Callable[[Unit], T], *, keep: bool = True) -> T:
    """Runs `work` in one transaction; keeps it, or with keep=False forgets it. Runs it again where it met another.

    Raises what `work` raises, with nothing done, and Unreachable where the answer of COMMIT was lost and the
    transaction may or may not have been kept.
    """
    engine = _engine(place)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(place, engine, work, keep)
        except (sa.exc.DBAPIError, psycopg.Error) as error:  # COPY goes past SQLAlchemy
            state = getattr(getattr(error, "orig", error), "sqlstate", None)
            if state not in ("40001", "40P01") or attempt == ATTEMPTS:
                raise translate(error, place.settings) from error
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise translate(error, place.settings) from error
    raise AssertionError("unreachable")


def _once(place: Place, engine: sa.Engine, work: Callable[[Unit], T], keep: bool) -> T:
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="READ COMMITTED")
        transaction = connection.begin()
        unit = _unit(place, connection, writing=True)
        try:
            _refuse_too_old(unit)
            if keep and "change_set" not in unit.catalogue.own:
                transaction.rollback()
                _make_own(place, engine, unit)
                transaction = connection.begin()
                unit = _unit(place, connection, writing=True)
            result = work(unit)
            unit.sending.finish()
        except BaseException:
            _forget(unit, transaction)
            raise
        if not keep:
            _forget(unit, transaction)
            return result
        _commit(unit, transaction)
        return result


def _refuse_too_old(unit: Unit) -> None:
    """On a database without an archive nothing is changed: what is deleted there could not be kept."""
    for archive in ARCHIVES:
        if not unit.has(archive):
            raise releases.lacking(archive, purpose="so that gwctl does not change it")


def _commit(unit: Unit, transaction: sa.Transaction) -> None:
    """Keeps the transaction. Where COMMIT's answer is lost, asks the database on a new connection what became of it."""
    xid = str(unit.connection.scalar(sa.text("SELECT pg_current_xact_id()::text")))
    try:
        for step in unit.before_commit:
            step()
        unit.sending.settle()
    except BaseException:
        _forget(unit, transaction)
        raise
    unit.place.point("committing")
    try:
        transaction.commit()
    except BaseException as error:
        if outcome.is_answered(error) or not outcome.is_kept(_engine(unit.place), xid):
            _take_back(unit)
            raise
        unit.place.note("the change was kept, although the answer was lost: the database says that it is there")
        if not isinstance(error, Exception):
            raise
    unit.place.point("committed")


def _forget(unit: Unit, transaction: sa.Transaction) -> None:
    """Rolls back. A connection that is lost has done so by itself: that it cannot be told to must not hide why."""
    unit.sending.abandon()
    with suppress(sa.exc.SQLAlchemyError, psycopg.Error):
        transaction.rollback()
    _take_back(unit)


def _take_back(unit: Unit) -> None:
    for step in unit.on_abort:
        step()


def _engine(place: Place) -> sa.Engine:
    engine = open_engine(place.settings, place.command)
    if place.echo is not None:
        from gwctl.core.connection import attach_echo

        attach_echo(engine, place.echo)
    return engine


def _unit(place: Place, connection: sa.Connection, *, writing: bool) -> Unit:
    url = place.settings.url
    assert url is not None
    values = {
        "search_path": '"' + url.schema.replace('"', '""') + '"',
        "TimeZone": "UTC",
        "lock_timeout": str(int(place.settings.lock_timeout * 1000)),
        "application_name": f"gwctl {place.command}"[:63],
    }
    calls = ", ".join(f"set_config('{name}', :{name}, true)" for name in values)
    connection.execute(sa.text(f"SELECT {calls}"), values)
    catalogue = catalogues.read(connection, url.schema)
    if not catalogue.release:
        raise SchemaMismatch(
            f'schema "{url.schema}" of this database is no gateway\'s: there is no {catalogues.KEYS}',
            "gwctl db upgrade makes the tables on an empty schema.",
        )
    now = datetime.now(UTC)
    return Unit(place, connection, catalogue, writing, now.replace(microsecond=now.microsecond // 1000 * 1000))


def _make_own(place: Place, engine: sa.Engine, unit: Unit) -> None:
    """Before a first change: the schema `gwctl`, in a transaction of its own. Without the right, it goes on without
    undo."""
    from gwctl.core import migrations

    if not unit.catalogue.tables:
        return
    try:
        with engine.connect() as connection:
            migrations.ensure_own(connection, unit.catalogue.schema)
        place.note('made the PostgreSQL schema "gwctl" for change sets and ownership')
    except GwctlError as error:
        place.note(f"this change cannot be undone: {error.message}. {error.hint}")
