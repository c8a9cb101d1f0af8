"""The program under test: in this process through its entry point, or as the real console script."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import pytest

from support import terminal
from support.database import Database
from support.images import Witness

Command = str | Sequence[str]
Environment = Mapping[str, str | None]  # None: the variable is removed


@dataclass(frozen=True)
class Result:
    """What a command left."""

    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def jsonl(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    @property
    def text(self) -> str:
        """Everything that a person saw, each run of blanks as one: for sentences that a narrow terminal wraps."""
        return " ".join((self.stdout + " " + self.stderr).split())

    def __str__(self) -> str:
        return f"$ {self.command}\nexit status {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Program:
    """`gwctl("teams list", code=0)` runs one command and returns its Result; any other exit status fails the test."""

    def __init__(self, database: Database | None = None) -> None:
        self.database = database

    def on(self, database: Database) -> Program:
        """The same program, pointed at another database."""
        return Program(database)

    def __call__(
        self,
        command: Command,
        *,
        code: int | Collection[int] = 0,
        stdin: str | bytes = "",
        env: Environment | None = None,
        tty: bool = False,
        images: bool = True,
    ) -> Result:
        """`command` is split as a shell does, or a list. `tty` runs it in a process of its own on a terminal: `stdin`
        is typed there line by line, and stdout has all that appeared. `images=False` lifts the check that each row
        that changed has its image, for commands that are meant to change rows without one."""
        __tracebackhide__ = True
        words = split(command)
        with self._environment(env), Witness(self._asked(env), active=images) as witness:
            left = terminal.run(words, typed=_text(stdin)) if tty else in_process(words, stdin)
        expected = {code} if isinstance(code, int) else set(code)
        result = Result(f"gwctl {shlex.join(words)}", *left)
        if result.code not in expected:
            pytest.fail(f"expected exit status {code}\n{result}", pytrace=False)
        if complaint := witness.complaint(failed=result.code != 0):
            pytest.fail(f"{complaint}\n{result}", pytrace=False)
        return result

    def process(
        self, command: Command, *, stdin: str | bytes = "", env: Environment | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """The real console script, to its end; the exit status is not checked."""
        how: dict[str, Any] = {"input": _text(stdin), "capture_output": True, "text": True, "timeout": timeout}
        return subprocess.run([terminal.SCRIPT, *split(command)], env=self.environment(env), check=False, **how)

    def start(
        self, command: Command, *, env: Environment | None = None, stdin: int | IO[Any] | None = subprocess.DEVNULL
    ) -> subprocess.Popen[str]:
        """The real console script, running; the test waits for it or ends it."""
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([terminal.SCRIPT, *split(command)], env=self.environment(env), stdin=stdin, **pipes)

    def environment(self, env: Environment | None = None) -> dict[str, str]:
        """The whole environment of a command."""
        wanted: dict[str, str | None] = {**os.environ, **self._variables(), **(env or {})}
        return {name: value for name, value in wanted.items() if value is not None}

    def _variables(self) -> dict[str, str]:
        return {"GWCTL_DATABASE_URL": self.database.url} if self.database else {}

    def _asked(self, env: Environment | None) -> Database | None:
        """The database whose rows are watched: none where the test points the command elsewhere."""
        return None if "GWCTL_DATABASE_URL" in (env or {}) else self.database

    @contextlib.contextmanager
    def _environment(self, env: Environment | None) -> Iterator[None]:
        kept = dict(os.environ)
        wanted = self.environment(env)
        os.environ.clear()
        os.environ.update(wanted)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)


def split(command: Command) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def in_process(words: Sequence[str], stdin: str | bytes = "") -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the program's entry point, called here without a terminal."""
    from gwctl.cli.main import main

    typed = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), "utf-8")
    out, err = _capture(), _capture()
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = typed, out, err
    try:
        status = main(list(words))
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    return status, _captured(out), _captured(err)


def _capture() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True)


def _captured(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return "" if buffer.closed else buffer.getvalue().decode()


def _text(stdin: str | bytes) -> str:
    return stdin if isinstance(stdin, str) else stdin.decode()
