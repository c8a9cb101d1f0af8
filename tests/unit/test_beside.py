"""A copy of the process does work, and whatever becomes of it the work is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from gwctl.core import beside
from gwctl.core.beside import Beside

HERE = os.getpid()

pytestmark = pytest.mark.skipif(not beside.is_possible(), reason="a copy needs Linux and a second processor")


def squared(number: int) -> tuple[int, int]:
    return os.getpid(), number**2


def done(work: Callable[[Any], Any], *tasks: Any) -> list[Any]:
    copy = Beside(work)
    try:
        return [copy.give(task)() for task in tasks]
    finally:
        copy.close()


def test_a_copy_does_one_task_after_another() -> None:
    (one, four), (other, nine) = done(squared, 2, 3)
    assert (four, nine) == (4, 9)
    assert one == other != HERE


def test_much_goes_both_ways() -> None:
    assert done(lambda text: text[::-1], "ab" * 1_000_000, "c") == ["ba" * 1_000_000, "c"]


def test_what_fails_there_is_done_here() -> None:
    def work(_: object) -> str:
        if os.getpid() != HERE:
            raise ValueError
        return "here"

    assert done(work, 1, 2) == ["here", "here"]


def test_what_fails_everywhere_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        done(lambda number: 1 // number, 0)


def test_what_cannot_be_told_is_done_here() -> None:
    lock = threading.Lock()
    assert done(lambda given: (os.getpid(), given is lock), lock) == [(HERE, True)]
    assert done(lambda _: lock, 1) == [lock]


@pytest.mark.parametrize("moment", ["before", "in"])
def test_a_copy_that_is_killed_is_done_without(moment: str) -> None:
    def work(number: int) -> tuple[int, int]:
        if os.getpid() != HERE and moment == "in":
            os.kill(os.getpid(), signal.SIGKILL)
        return squared(number)

    copy = Beside(work)
    if moment == "before":
        os.kill(copy._copy, signal.SIGKILL)
        os.waitid(os.P_PID, copy._copy, os.WEXITED | os.WNOWAIT)
    assert copy.give(3)() == (HERE, 9)
    assert copy.give(4)() == (HERE, 16)
    copy.close()


def test_a_copy_ends_when_it_is_closed() -> None:
    copy = Beside(squared)
    copy.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(copy._copy, 0)
    assert copy.give(3)() == (HERE, 9)


def test_a_copy_keeps_nothing_open_and_is_not_interrupted() -> None:
    """A connection that the process closes is closed for the server too, while the copy lives."""
    reading, writing = os.pipe()
    copy = Beside(squared)
    try:
        assert copy.give(2)()[0] != HERE  # by now it has let go
        os.close(writing)
        assert os.read(reading, 1) == b""
        os.kill(copy._copy, signal.SIGINT)
        assert copy.give(3)()[0] == copy._copy
    finally:
        os.close(reading)
        copy.close()


def test_an_interruption_while_it_is_made_is_not_lost() -> None:
    """Even in what the standard library does around a fork, where errors are ignored."""
    made = False

    def interrupt() -> None:
        if not made:
            os.kill(os.getpid(), signal.SIGINT)

    os.register_at_fork(after_in_parent=interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            Beside(squared)
    finally:
        made = True


def test_a_copy_ends_with_the_process() -> None:
    """Killed, it leaves none behind: its output ends, which a copy would hold open."""
    program = (
        "import os, signal; from gwctl.core.beside import Beside\n"
        "Beside(abs).give(-1)(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=20, check=False)
    assert ran.returncode == -signal.SIGKILL
