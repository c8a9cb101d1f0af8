"""Commands that meet: each is stopped where a test wants it by a lock that the test holds, never by the clock."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from support.database import Database, quoted
from support.program import Program

PATIENCE = 30.0
LAST = "gwctl.change_set"
"""The table that a command writes last: stopped there, it has written everything else and not committed."""
IN_COMMIT = 4711
"""The advisory lock that `stops_in_commit` makes a COMMIT wait for."""

_WAITING = """
    select count(*) as n from pg_stat_activity
    where datname = current_database() and application_name like 'gwctl%%' and wait_event_type = 'Lock'"""
_BACKENDS = "select pid from pg_stat_activity where datname = current_database() and application_name like 'gwctl%%'"


@dataclass(frozen=True)
class Left:
    """What a command left when it ended."""

    code: int
    stdout: str
    stderr: str


class Meeting:
    """Commands running beside one another on one database."""

    def __init__(self, database: Database, program: Program) -> None:
        self.database = database
        self._program = program
        self._running: list[subprocess.Popen[str]] = []

    def start(self, command: str | list[str], *, waits: bool = True) -> subprocess.Popen[str]:
        """Starts a command; with `waits`, returns once it stands before a lock."""
        already = self.waiting()
        process = self._program.start(command)
        self._running.append(process)
        if waits:
            self.until(lambda: self.waiting() > already or process.poll() is not None)
            assert process.poll() is None, f"it was to wait, and ended: {end(process)}"
        return process

    def waiting(self) -> int:
        """How many commands stand before a lock."""
        return int(self.database.execute(_WAITING)[0]["n"])

    def backends(self) -> list[int]:
        return [row["pid"] for row in self.database.execute(_BACKENDS)]

    def until(self, reached: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < limit, f"not reached: {self.database.execute('table pg_stat_activity')}"
            time.sleep(0.02)

    def kill(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.communicate()


def end(process: subprocess.Popen[str]) -> Left:
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return Left(process.returncode, stdout, stderr)


@contextlib.contextmanager
def held(database: Database, sql: str, *params: Any) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of somebody else's, in which a statement was run; committed at the end, or by the test."""
    with psycopg.connect(database.url) as connection:
        connection.execute(sql, params or None)
        yield connection


def closed(database: Database, table: str = LAST) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
    """A table that can be read and whose rows can be locked, but that nobody can write to."""
    return held(database, f"lock table {quoted(table)} in share mode")


def stops_in_commit(database: Database) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
    """Makes a transaction that writes a key wait within its COMMIT."""
    database.execute(
        f"""create function wait() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock({IN_COMMIT}); return null; end $$"""
    )
    database.execute(
        """create constraint trigger wait after insert or update on "LiteLLM_VerificationToken"
           deferrable initially deferred for each row execute function wait()"""
    )
    return held(database, "select pg_advisory_xact_lock(%s)", IN_COMMIT)


@contextlib.contextmanager
def beside(work: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Runs `work` in a thread, and waits for it at the end."""
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(PATIENCE)
    assert not thread.is_alive()
