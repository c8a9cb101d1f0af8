"""Work that a copy of this process does while it goes on, where there is a second processor.

Python computes in one thread at a time. A copy of the process (`fork`) has all that is known when it is made; what it
is given to do and what it finds go through pipes, pickled. It is a help and never a need: where it cannot be had, or
fails in whatever way, the work is done here when its result is asked for. So work must be free to be done twice: it
neither writes anything nor asks anybody.
"""

from __future__ import annotations

import gc
import os
import pickle  # between this very process and its copy
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
Task = TypeVar("Task")
Found = TypeVar("Found")


class Beside(Generic[Task, Found]):
    """A copy of this process that does one kind of work, one task at a time."""

    def __init__(self, work: Callable[[Task], Found]) -> None:
        self._work = work
        self._is_there = is_possible()
        if self._is_there:
            # Python runs what others registered for a fork, and an interruption that came meanwhile would be lost.
            held = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            try:
                self._begin(work)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _begin(self, work: Callable[[Task], Found]) -> None:
        tasks, found = os.pipe(), os.pipe()
        self._copy = os.fork()
        if not self._copy:
            _live(work, tasks[0], found[1])
        os.close(tasks[0])
        os.close(found[1])
        self._tasks, self._found = os.fdopen(tasks[1], "wb"), os.fdopen(found[0], "rb")

    def give(self, task: Task) -> Callable[[], Found]:
        """Begins a task, and returns what waits for its end. What one gave is to be taken before another is given."""
        if self._is_there:
            try:
                self._tasks.write(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
                self._tasks.flush()
            except Exception:  # noqa: BLE001 - it is gone, or the task is nothing that can be told
                self.close()
        return lambda: self._taken(task)

    def _taken(self, task: Task) -> Found:
        if self._is_there:
            try:
                is_done, found = pickle.load(self._found)  # noqa: S301 - it is this process's own
                if is_done:
                    return found  # type: ignore[no-any-return]
            except Exception:  # noqa: BLE001 - it is gone
                self.close()
        return self._work(task)

    def close(self) -> None:
        """The copy ends; whatever is asked for from now on is done here."""
        if self._is_there:
            self._is_there = False
            for stream in (self._tasks, self._found):
                with suppress(OSError):
                    stream.close()
            os.waitpid(self._copy, 0)


def is_possible() -> bool:
    """Elsewhere than on Linux a copy of a process is not sure to work: system libraries may refuse to."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _live(work: Callable[[Task], object], tasks: int, found: int) -> NoReturn:
    """The copy's whole life. It lets go of every file and connection, so that it keeps nothing open that the process
    has closed, ends when that one does, however, and leaves out the steps that end a program."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        gc.disable()
        os.dup2(tasks, 3)
        os.dup2(found, 4)  # the higher of the two always: not 3
        for path in list(Path("/proc/self/fd").iterdir()):
            if int(path.name) > 4:
                with suppress(OSError):
                    os.close(int(path.name))
        with os.fdopen(3, "rb") as given, os.fdopen(4, "wb") as taken:
            while True:
                task = pickle.load(given)  # noqa: S301 - it is this process's own
                try:
                    answer = (True, work(task))
                except Exception:  # noqa: BLE001 - the same is met by the one that is asked for the result
                    answer = (False, None)
                taken.write(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
                taken.flush()
    finally:
        os._exit(0)
