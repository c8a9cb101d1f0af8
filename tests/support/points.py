"""Commands killed at a point of their own log. The log is a pipe that takes one line, so that a command stands still
there: when its line is read here, it is at most one line further."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from support import terminal
from support.program import Program

LINE = 4096  # the smallest pipe that there is


def kill_at(
    program: Program, command: Sequence[str], said: str, times: int = 1, env: Mapping[str, str] | None = None
) -> None:
    """Runs the real console script and ends it by SIGKILL once its log has said something so many times.

    Its stdout is read by nobody: a command with much to tell there does not come to its end.
    """
    reading, writing = os.pipe2(os.O_DIRECT)  # each line is a packet and takes a place of its own
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, LINE)
    words = [terminal.SCRIPT, "--verbose", *command]
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": writing}
    process = subprocess.Popen(words, env=program.environment(env), **how)  # type: ignore[call-overload]
    os.close(writing)
    log = []
    try:
        for line in _lines(reading):
            log.append(line)
            times -= said in line
            if not times:
                break
    finally:
        process.kill()
        process.communicate()
        os.close(reading)
    assert not times, f"{said!r} was not said so often:\n" + "\n".join(log)
    assert process.returncode == -signal.SIGKILL


def _lines(descriptor: int) -> Iterator[str]:
    rest = b""
    while packet := os.read(descriptor, 1 << 16):
        *whole, rest = (rest + packet).split(b"\n")
        yield from (line.decode() for line in whole)
