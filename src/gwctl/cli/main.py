"""The whole program: from the words that were typed to an exit status. Nothing gets out of here but that.

`run` is the console script and minds the signals; `main` can be called from anywhere.
Heavy things are imported inside, so that a signal during the start finds its handler.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from gwctl.cli.failures import Failure

_COMPLETION = "_GWCTL_COMPLETE"
"""The variable by which a shell asks for completions."""
_MACHINE_FORMATS = ("json", "jsonl")
COLLECT_AFTER = 200_000
"""How many objects are made before garbage is looked for. With Python's own 700 that would be at every few imports."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _execute(words)
        sys.stdout.flush()
        return status
    except BaseException as error:  # noqa: BLE001 - this is the one place that may
        return _end(error, words)


def run() -> NoReturn:
    """The console script."""
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    status = main()
    _close()
    gc.freeze()  # else the interpreter looks through all modules once more before it ends: a sixth of a short command
    sys.exit(status)


def _execute(words: list[str]) -> int:
    _refuse_secrets(words)
    from typer.main import get_command

    from gwctl.cli import root

    _name_shell(words)
    command: Any = get_command(root.app(words))
    if os.environ.get(_COMPLETION):
        command.main(list(words), prog_name="gwctl")
    with command.make_context("gwctl", list(words)) as context:  # a copy, since parsing eats it
        result = command.invoke(context)
    return result if isinstance(result, int) else 0


def _name_shell(words: Sequence[str]) -> None:
    """`--show-completion zsh`: Typer takes the shell's name only if it is not to look for the shell that runs it."""
    if len(words) == 2 and words[0] in ("--show-completion", "--install-completion"):
        os.environ["_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"] = "1"


def _refuse_secrets(words: Sequence[str]) -> None:
    """A secret among the arguments is in the shell's history and in everybody's list of processes."""
    from gwctl import secrets
    from gwctl.errors import Usage

    values = [word.partition("=")[2] if word.startswith("-") else word for word in words]
    if any(secrets.looks_like_secret(value) for value in values):
        raise Usage(
            "a key's secret must not be an argument: other users of this machine could read it",
            "Write - instead, and pass the secret on stdin; or name the key by its alias or its hash.",
        )


def _end(error: BaseException, words: Sequence[str]) -> int:
    """The exit status of what ended the command early, after telling the person."""
    import typer

    from gwctl.cli import failures

    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    try:
        failure = _understood(error)
        if "--debug" in _before_end(words):
            failures.show_traceback(error)
        failures.show(failure, as_json=_wants_json(words))
    except OSError:  # stderr is gone: there is nobody to tell
        return 1
    return failure.status


def _understood(error: BaseException) -> Failure:
    from gwctl.cli import failures

    try:
        return failures.understood(error)
    except Exception as second:  # noqa: BLE001 - the translation of an error must not end in a traceback
        return failures.understood(second)


def _before_end(words: Sequence[str]) -> list[str]:
    """The words before `--`, which ends the options."""
    words = list(words)
    return words[: words.index("--")] if "--" in words else words


def _wants_json(words: Sequence[str]) -> bool:
    """Found without parsing, since a command line that cannot be parsed is an error to be told as JSON, too."""
    words = _before_end(words)
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in ("-o", "--output") and following in _MACHINE_FORMATS:
            return True
        if word in [f"{option}{name}" for option in ("-o", "-o=", "--output=") for name in _MACHINE_FORMATS]:
            return True
    return False


_interrupted = False


def _interrupt(number: int, _frame: object) -> None:
    """The first signal unwinds, so that the transaction is rolled back; a second one does not wait for that."""
    global _interrupted
    if _interrupted:
        os._exit(128 + number)
    _interrupted = True
    if number == signal.SIGTERM:
        from gwctl.cli.failures import Terminated

        raise Terminated
    raise KeyboardInterrupt


def _close() -> None:
    """Flushes the streams; the interpreter must not complain of a reader that went away."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
