"""How far a long run is: a bar with rate and time left on a terminal, a line every few seconds without one.

A run that is over in a second shows nothing. With --verbose each step has a line of its own, and no bar.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from gwctl.cli.session import Session

PATIENCE = 1.0
"""Seconds before anything is shown."""
BETWEEN_LINES = 5.0


class Progress:
    """Told how many objects are done; `total` is known once the manifests have been read."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.what = ""
        self.total: int | None = None
        self._began = self._said = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None = None) -> None:
        """Another part of the run begins."""
        self.stop()
        self.what, self.total = what, total
        self._began = self._said = time.monotonic()

    def seen(self, done: int) -> None:
        options, now = self.session.options, time.monotonic()
        if options.verbose:
            self.session.debug_line(f"-- {self.what}: {self._told(done)}")
        elif not options.quiet and now - self._began >= PATIENCE:
            if self.session.terminal.stderr:
                self._show(done)
            elif now - self._said >= BETWEEN_LINES:
                self._said = now
                self.session.note(f"{self.what}: {self._told(done)}, {done / (now - self._began):,.0f} a second")

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = None

    def _told(self, done: int) -> str:
        return f"{done:,} of {self.total:,} objects" if self.total is not None else f"{done:,} objects"

    def _show(self, done: int) -> None:
        if self._bar is None or self._task is None:
            self._bar, self._task = _bar(self.what, self.total)
        speed = done / (time.monotonic() - self._began)
        self._bar.update(self._task, completed=done, speed=f"{speed:,.0f}/s")


@contextmanager
def shown(session: Session) -> Iterator[Progress]:
    """Progress that is gone from the screen when the run ends, whichever way."""
    progress = Progress(session)
    try:
        yield progress
    finally:
        progress.stop()


def _bar(what: str, total: int | None) -> tuple[Bar, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.completed:,} objects"),
        TextColumn("{task.fields[speed]}"), TimeRemainingColumn(),
    )  # fmt: skip
    bar = Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4)
    bar.start()
    return bar, bar.add_task(what, total=total, speed="")
