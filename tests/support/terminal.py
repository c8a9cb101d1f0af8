"""Runs the console script on a terminal of its own, as a person would, and types what it is told to."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

SCRIPT = str(Path(sys.executable).with_name("gwctl"))  # of the environment that runs the tests
QUIET = 0.25  # seconds without output after which the program is taken to wait for an answer
PATIENCE = 60.0
ROWS, COLUMNS = 50, 120


def run(words: Sequence[str], typed: str) -> tuple[int, str, str]:
    """Exit status, all that appeared, and "" since a terminal has one stream. Each line of `typed` is entered when the
    program has fallen silent after showing something; after the last one the end of input."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(ROWS))
        os.execv(SCRIPT, [SCRIPT, *words])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        seen = _converse(terminal, [*typed.splitlines(keepends=True), "\x04"])
    finally:
        os.close(terminal)  # a program that still waits is told that the terminal went away
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, seen.decode(errors="replace").replace("\r\n", "\n"), ""


def _converse(terminal: int, lines: list[str]) -> bytes:
    seen = b""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], QUIET if seen else 1)
        if not ready:
            if seen and lines:
                os.write(terminal, lines.pop(0).encode())
            continue
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            return seen
        if not chunk:
            return seen
        seen += chunk
    return seen
