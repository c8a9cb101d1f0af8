"""Rows on their way to the server by COPY, which takes them in while this process goes on.

Whoever asks for the connection next waits until they are there, and is told what was wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from threading import Thread
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa

from gwctl.errors import GwctlError


class Rows(NamedTuple):
    """Rows for a table: values as COPY takes them, in the order of the columns."""

    table: str
    """Quoted, if it has to be."""
    columns: Sequence[str]
    values: Iterable[Sequence[Any]]

    @property
    def statement(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.columns)
        return f"COPY {self.table} ({names}) FROM STDIN"


class Sending:
    """What one connection is sending."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._open: AbstractContextManager[psycopg.Copy] | None = None
        """A COPY whose rows are sent, and whose end is not waited for yet."""
        self._thread: Thread | None = None
        self._error: BaseException | None = None
        self._waiting: list[Rows] = []

    def send(self, rows: Rows) -> None:
        """Sends rows, each as soon as it is made; the server's answer is not waited for."""
        self.settle()
        copy = self._cursor().copy(rows.statement)
        target = copy.__enter__()
        self._open = copy
        for values in rows.values:
            target.write_row(values)

    def put(self, many: Iterable[Rows]) -> None:
        """Rows that are made already, and that nobody asks for: they are sent by and by."""
        self._waiting += many

    def go_on(self) -> None:
        """Has the next of what waits sent, while this process computes: said where no question is near."""
        if self._waiting and not (self._thread is not None and self._thread.is_alive()):
            self._join()
            self._thread = Thread(target=self._send_all, args=([self._waiting.pop(0)],), name="sending", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Sends all that waits."""
        self._join()
        waiting, self._waiting = self._waiting, []
        self._send_all(waiting)
        self._join()

    def settle(self) -> None:
        """Waits until the server has taken everything. Raises what the database says of it."""
        self._join()
        self._end()

    def abandon(self) -> None:
        """Ends what is on its way, so that the transaction can be rolled back."""
        self._waiting = []
        if self._thread is not None and self._thread.is_alive():
            with suppress(Exception):
                self._driver().cancel_safe(timeout=5)
        with suppress(Exception):
            self._join()
        if self._open is not None:
            copy, self._open = self._open, None
            with suppress(psycopg.Error):
                copy.__exit__(GwctlError, GwctlError("given up"), None)

    def _send_all(self, many: Iterable[Rows]) -> None:
        try:
            self._end()
            for rows in many:
                with self._cursor().copy(rows.statement) as target:
                    for values in rows.values:
                        target.write_row(values)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            self._error = error

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _end(self) -> None:
        if self._open is not None:
            copy, self._open = self._open, None
            copy.__exit__(None, None, None)

    def _driver(self) -> psycopg.Connection[Any]:
        found = self._connection.connection.driver_connection
        assert isinstance(found, psycopg.Connection)
        return found

    def _cursor(self) -> psycopg.Cursor[Any]:
        return self._driver().cursor()
