"""One invocation: its global options, its settings, its terminal; notes, warnings and questions go through it.

A question is asked on stderr and answered on the terminal. Only `y` or `yes` is a yes; anything else, the end of input
too, ends the command with status 130 like an interrupt: nothing was changed, and no status of a finished command may
say so. Without a terminal, and without `--yes`, a question ends it with status 2.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gwctl.cli import terminal, text
from gwctl.cli.terminal import Terminal
from gwctl.errors import Refused, Usage

if TYPE_CHECKING:
    from gwctl.settings import Settings

CONTROLLING = Path("/dev/tty")
"""Where a question is asked when stdin is the manifest."""


class Declined(KeyboardInterrupt):
    """The person said no. No `Exception`: nobody shall take it for a failure to be handled, and go on."""


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What stands before the command."""

    context: str | None = None
    database_url: str | None = field(default=None, repr=False)
    actor: str | None = None
    reason: str | None = None
    timeout: float | None = None
    lock_timeout: float | None = None
    verbose: bool = False
    quiet: bool = False
    debug: bool = False


@dataclass
class Session:
    options: GlobalOptions = field(default_factory=GlobalOptions)
    terminal: Terminal = field(default_factory=terminal.look)
    command: str = ""
    """The command in use, as "keys create"."""
    argv: tuple[str, ...] = field(default=(), repr=False)
    _named: bool = False
    """The protected context's name was typed."""

    @cached_property
    def settings(self) -> Settings:
        """Where the database is and who asks. Raises Usage, Invalid, Unreachable."""
        from gwctl import settings

        asked = self.options
        found = settings.resolve(
            database_url=asked.database_url,
            context=asked.context,
            actor=asked.actor,
            reason=asked.reason,
            timeout=asked.timeout,
            lock_timeout=asked.lock_timeout,
            verbose=asked.verbose,
            quiet=asked.quiet,
            debug=asked.debug,
            interactive=self.terminal.stdin and self.terminal.stderr,
        )
        if found.local:
            self.note("Using the embedded local database; --context or GWCTL_DATABASE_URL names another.")
        return found

    @property
    def command_line(self) -> str:
        """What was typed, for the record of changes: without secrets."""
        return text.record(["gwctl", *self.argv])

    @property
    def place(self) -> str:
        """The database and its context, as a question names them."""
        settings = self.settings
        where = settings.url.safe if settings.url is not None else "the embedded database"
        return f"{where} (context {settings.context})" if settings.context else where

    def note(self, message: str) -> None:
        """One line on stderr that a person may want to know; not with --quiet."""
        if not self.options.quiet:
            self._say(message)

    def warn(self, message: str) -> None:
        """One line on stderr that a person should know."""
        self._say(f"warning: {message}")

    def debug_line(self, message: str) -> None:
        """One line on stderr for --verbose: the SQL that is run."""
        self._say(message)

    def point(self, name: str) -> None:
        """For --verbose: a moment is reached from which on something else is left if the run ends there."""
        if self.options.verbose:
            with suppress(OSError):  # after COMMIT, too, where a log that nobody reads must not end the run
                self.debug_line(f"-- point: {name}")

    def allow_change(self, *, yes: bool, stdin_used: bool = False) -> None:
        """To be called before any change: raises Refused on a read-only context; a protected one asks for its name.

        `yes` answers for scripts; on a terminal the name of a protected context is typed all the same.
        """
        self._refuse_read_only()
        if self._is_guarded(yes=yes):
            self._ask_name(f"A change of {self.place}", stdin_used=stdin_used)

    def confirm(self, question: str, *, yes: bool, stdin_used: bool = False) -> None:
        """Returns if the answer is yes; raises Declined, or Usage where nobody can be asked.

        `question` says what will happen, as "Delete the team research (3 keys, 12 memberships)"; database and context
        are added. `stdin_used`: stdin is the manifest, so the controlling terminal is asked. What `allow_change` does
        is done here, too.
        """
        self._refuse_read_only()
        full = f"{question} on {self.place}"
        if self._is_guarded(yes=yes):
            self._ask_name(full, stdin_used=stdin_used)
        elif not yes and self._ask(f"{full}? [y/N] ", stdin_used=stdin_used).lower() not in ("y", "yes"):
            raise Declined

    def _refuse_read_only(self) -> None:
        if self.settings.options.read_only:
            hint = "Choose another context, or take read_only out of the config file."
            raise Refused(f'the context "{self.settings.context}" is read-only', hint)

    def _is_guarded(self, *, yes: bool) -> bool:
        """The context's name has to be typed before this change."""
        answered = self._named or (yes and not self.terminal.can_ask)
        return self.settings.options.protected and not answered

    def _ask_name(self, what: str, *, stdin_used: bool) -> None:
        if self._ask(f"{what}. It is protected: type the name of the context to go on: ", stdin_used=stdin_used) != (
            self.settings.context or ""
        ):
            raise Declined
        self._named = True

    def _ask(self, question: str, *, stdin_used: bool) -> str:
        question = text.printable(question)
        if stdin_used:
            return _ask_controlling(question)
        if not self.terminal.can_ask:
            raise _nobody()
        return _exchange(question, sys.stdin, sys.stderr)

    def _say(self, message: str) -> None:
        sys.stderr.write(text.one_line(message) + "\n")


def _ask_controlling(question: str) -> str:
    try:
        with CONTROLLING.open() as typed, CONTROLLING.open("w") as shown:
            return _exchange(question, typed, shown)
    except OSError:
        raise _nobody() from None


def _exchange(question: str, typed: IO[str], shown: IO[str]) -> str:
    shown.write(question)
    shown.flush()
    answer = ""
    try:
        answer = typed.readline()
    finally:
        if not answer.endswith("\n"):  # interrupted, or the end of input: what follows begins a line of its own
            shown.write("\n")
            shown.flush()
    return answer.strip()


def _nobody() -> Usage:
    return Usage("this needs a yes, and there is no terminal to ask on", "Add --yes to go on without being asked.")


_RUNNING: ContextVar[Session] = ContextVar("running")


def begin(session: Session) -> None:
    """Makes it the running one."""
    _RUNNING.set(session)


def current() -> Session:
    """The running session."""
    return _RUNNING.get()
