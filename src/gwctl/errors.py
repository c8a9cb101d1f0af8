"""Every error that gwctl raises on purpose, with its exit status. Imports nothing of gwctl.

GwctlError
├── Differs         1  differences found, or the answer is no
├── Usage           2  unknown option, missing argument, a question that could not be asked
├── NotFound        3  no such object
├── Conflict        4  exists already, still used, changed meanwhile, ambiguous, in the way of an undo
├── Invalid         5  input that is not valid, with all its problems
├── Refused         6  a rule of the gateway, --strict, or a guard
├── Unreachable     7  database out of reach, time-out, lock not had, no permission
└── SchemaMismatch  8  this database's schema is not one that the command can work on
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and where. `line` and `column` count from 1; 0 means unknown."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.path, self.message) if part)


class GwctlError(Exception):
    """What is wrong in one line (`message`), and what to do about it in another (`hint`)."""

    exit_status = 1
    code = "error"

    def __init__(self, message: str, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)


class Differs(GwctlError):
    """Differences were found, or the answer is no: nothing went wrong, but scripts shall see it."""

    exit_status = 1
    code = "differs"


class Usage(GwctlError):
    """The command line is off, or a confirmation could not be asked for."""

    exit_status = 2
    code = "usage"


class NotFound(GwctlError):
    """There is no such object."""

    exit_status = 3
    code = "not_found"


class Conflict(GwctlError):
    """It exists already, is still used, was changed meanwhile, or the name fits several objects."""

    exit_status = 4
    code = "conflict"


class Invalid(GwctlError):
    """Input that cannot be taken; `problems` lists everything that is wrong with it, not just the first thing."""

    exit_status = 5
    code = "invalid"


class Refused(GwctlError):
    """A rule of the gateway, `--strict`, or one of gwctl's guards says no."""

    exit_status = 6
    code = "refused"


class Unreachable(GwctlError):
    """The database cannot be reached, is too slow, holds a lock, or does not let this role."""

    exit_status = 7
    code = "unreachable"


class SchemaMismatch(GwctlError):
    """The schema of this database is not one that the command can work on."""

    exit_status = 8
    code = "schema_mismatch"
