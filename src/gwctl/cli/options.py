"""Options that many commands have, as annotations: `output: OutputOption = "table"`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from gwctl.cli.render import FORMATS
from gwctl.errors import Usage

PLAN_FORMATS = ("table", "wide", "json", "yaml", "markdown")
MOST_CREATED = 500
"""How many new objects of a kind a plan for people tells of."""


def most_created(output: str | None) -> int | None:
    """How many a plan in that form tells of; None: all of them."""
    return None if output in ("json", "yaml") else MOST_CREATED


def _output(formats: Sequence[str]) -> Any:
    def known(value: str | None) -> str | None:
        if value is not None and value not in formats:
            raise Usage(f"--output {value!r} is not a format", f"It is one of: {', '.join(formats)}.")
        return value

    return typer.Option(
        "--output", "-o", metavar="FORMAT", callback=known, autocompletion=lambda: list(formats),
        help=f"One of: {', '.join(formats)}.",
    )  # fmt: skip


_OUTPUT = _output(FORMATS)

OutputOption = Annotated[str, _OUTPUT]
"""With "table" as its default."""
OptionalOutput = Annotated[str | None, _OUTPUT]
"""For commands that must know whether it was given: with None as its default."""
PlanOutput = Annotated[str | None, _output(PLAN_FORMATS)]
"""For commands whose result is a plan."""

FieldsOption = Annotated[
    list[str] | None, typer.Option("--fields", metavar="NAME,…", help="Show only these fields, in this order.")
]
"""With None as its default; `chosen_fields` reads it."""

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Go on without being asked.")]


def chosen_fields(given: Iterable[str] | None, known: Iterable[str]) -> list[str] | None:
    """The fields that --fields names, or None if it was not given. Usage for one that is not known."""
    if not given:
        return None
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    known = list(known)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            guess = f"Did you mean {near[0]}? " if near else ""
            raise Usage(f"--fields: there is no field {name!r}", f"{guess}There are: {', '.join(known)}.")
    return list(dict.fromkeys(names)) or None
