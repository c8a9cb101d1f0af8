"""What the person is told when a command ends early, and with which exit status.

One line that says what is wrong and one that says what to do, on stderr; a JSON object there if JSON was asked for.
Never a traceback, unless --debug asks for it, and never a secret.
"""

from __future__ import annotations

import errno
import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

import typer

from gwctl.cli import session, text
from gwctl.errors import GwctlError, Problem, Usage

INTERRUPTED, TERMINATED, BROKEN_PIPE = 130, 143, 141
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_DRIVERS = ("sqlalchemy", "psycopg")


class Terminated(KeyboardInterrupt):
    """SIGTERM: treated as an interrupt, with an exit status of its own."""


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    code: str = "error"
    message: str = ""
    hint: str = ""
    problems: Sequence[Problem] = ()
    help: str = ""
    """Shown instead of the message where a person left the command out."""


def understood(error: BaseException) -> Failure:
    """What an exception means to the person."""
    match error:
        case GwctlError():
            return Failure(error.exit_status, error.code, error.message, error.hint or _hint(error), error.problems)
        case Terminated():
            return Failure(TERMINATED, "terminated", "terminated: nothing was half done")
        case session.Declined() | typer.Abort():
            return Failure(INTERRUPTED, "declined", "not confirmed: nothing was changed")
        case KeyboardInterrupt():
            return Failure(INTERRUPTED, "interrupted", "interrupted: nothing was half done")
        case BrokenPipeError():
            return Failure(BROKEN_PIPE)
        case OSError() if error.errno in _UNWRITABLE and error.filename is None:
            return Failure(
                1, "output", f"the output could not be written: {error.strerror}", "Make room, or write it elsewhere."
            )
        case UnicodeEncodeError():
            message = "an argument or a value holds half a character, which the database cannot store"
            return Failure(5, "invalid", message, "Write it in UTF-8.")
        case typer.TyperException():
            return _usage(error)
        case _ if _is_of_a_driver(error):
            return _of_the_database(error)
        case _:
            return _defect(error)


def _hint(error: GwctlError) -> str:
    """What to do where the error itself does not know it."""
    if isinstance(error, Usage):
        return "--help tells more."
    return "Nothing was changed." if error.exit_status in (4, 5, 6) else ""


def _usage(error: Any) -> Failure:
    """Of a command line that Typer does not take. `error` is of a class that Typer keeps for itself."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gwctl"
    if error.message == "Missing command." or type(error).__name__ == "NoArgsIsHelpError":
        message, hint = "the command is missing", f"{command} --help lists the commands."
        return Failure(2, "usage", message, hint, help=context.get_help() if context is not None else "")
    message, _, suggestion = error.message.partition(" Did you mean ")
    if getattr(error, "option_name", None) and hasattr(error, "possibilities"):
        suggestion = _nearest_option(error.option_name, context)
    elif not suggestion:
        message = error.format_message()
    hint = f"Did you mean {suggestion.rstrip('?')}?" if suggestion else f"{command} --help tells more."
    return Failure(2, "usage", _lowered(message.rstrip(".")), hint)


def _nearest_option(name: str, context: Any) -> str:
    """Like the mistyped option: of this command, or a global one that stands in the wrong place."""
    if context is None:
        return ""
    own = [option for parameter in context.command.get_params(context) for option in parameter.opts]
    if found := get_close_matches(name, [option for option in own if option.startswith("--")], n=3):
        return ", ".join(found)
    root = context.find_root()
    general = [option for parameter in root.command.params for option in parameter.opts]
    return f"{root.command_path} {name} …, before the command" if name in general else ""


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _is_of_a_driver(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] in _DRIVERS for kind in type(error).__mro__)


def _of_the_database(error: BaseException) -> Failure:
    from gwctl.core.connection import translate

    return understood(translate(error, session.current().settings))


def _defect(error: BaseException) -> Failure:
    """The exception's own text is left out: nobody can say what it holds."""
    hint = "Run it again with --debug before the command to see where, and report it."
    return Failure(1, "defect", f"a defect in gwctl ({type(error).__name__})", hint)


def show(failure: Failure, *, as_json: bool) -> None:
    """Tells the person, on stderr."""
    if failure.status == BROKEN_PIPE:
        return
    sys.stderr.write(_as_json(failure) if as_json else _as_text(failure))
    sys.stderr.flush()


def show_traceback(error: BaseException) -> None:
    sys.stderr.write(text.scrubbed("".join(traceback.format_exception(error))))


def _as_json(failure: Failure) -> str:
    body = {
        "code": failure.code,
        "exit_status": failure.status,
        "message": text.one_line(failure.message),
        "hint": text.one_line(failure.hint),
        "problems": [asdict(problem) for problem in failure.problems],
    }
    return json.dumps({"error": body}) + "\n"


def _as_text(failure: Failure) -> str:
    if failure.help:
        return failure.help + "\n"
    lines = [f"error: {text.one_line(failure.message)}"]
    listed = failure.problems if [str(one) for one in failure.problems] != [failure.message] else ()
    lines += [f"  {text.one_line(str(problem))}" for problem in listed]
    if failure.hint:
        lines.append(f"hint: {text.one_line(failure.hint)}")
    return "\n".join(lines) + "\n"
