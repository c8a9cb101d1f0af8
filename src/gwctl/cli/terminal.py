"""What is known of the terminal: which streams are one, how wide it is, whether colour is wanted there.

Colour: never with NO_COLOR (set but empty counts as unset) or TERM=dumb; else always with CLICOLOR_FORCE, else where
the stream is a terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Terminal:
    """Facts of one invocation. `colour` is about stdout, `loud` about stderr."""

    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    width: int = 80
    colour: bool = False
    loud: bool = False

    @property
    def can_ask(self) -> bool:
        """A question can be seen, and its answer typed."""
        return self.stdin and self.stderr


def look(environ: Mapping[str, str] | None = None) -> Terminal:
    """The terminal as it is now."""
    environ = os.environ if environ is None else environ
    stdin, stdout, stderr = _is_terminal(sys.stdin), _is_terminal(sys.stdout), _is_terminal(sys.stderr)
    return Terminal(
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        width=max(shutil.get_terminal_size().columns, 20),
        colour=_has_colour(environ, terminal=stdout),
        loud=_has_colour(environ, terminal=stderr),
    )


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _has_colour(environ: Mapping[str, str], *, terminal: bool) -> bool:
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return environ.get("CLICOLOR_FORCE", "0") not in ("", "0") or terminal
