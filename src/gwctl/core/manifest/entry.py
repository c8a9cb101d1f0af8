"""What manifests are read into: entries, each with the place it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from gwctl.core.manifest.lines import Lines
from gwctl.core.manifest.place import Position, Step
from gwctl.errors import Problem

Report = Callable[[Problem], None]

GroupFault = Callable[[str], str]
"""What is wrong with the name of a group, or ""."""

DEEPEST = 100
"""How many maps and lists may lie within one another."""

LONGEST = 1024 * 1024
"""How many characters one text may have."""


@dataclass(frozen=True, eq=False)
class Source:
    """One input. `open` may be called again and again, and every stream begins at the start."""

    name: str
    format: str
    """yaml, json, jsonl or csv."""
    folder: Path
    """What a `{file: PATH}` in it is relative to."""
    open: Callable[[], BinaryIO]
    number: int = 0
    """Which of all inputs it is."""

    @cached_property
    def lines(self) -> Lines:
        """Made when something is wrong: reading alone has no need of it."""
        return Lines(self.open, self.format)


@dataclass(slots=True)  # not frozen, which would double the time that it takes to make one
class Entry:
    """One object of a manifest, of any group, not judged yet."""

    group: str
    data: dict[str, Any]
    source: Source
    index: tuple[int, str, int]
    """Number of the document, group, position in the list; numbers from 0."""
    position: Position
    flawed: bool = False
    """Something in it is reported already, and reads as null: it can be judged, but not applied."""

    @property
    def textual(self) -> bool:
        """Are the values texts (cells of a table), to be judged by what they would be?"""
        return self.source.format == "csv"

    def path_text(self, path: Sequence[Step] = ()) -> str:
        """`keys[3].members[0].user`, as problems name a field."""
        return f"{self.group}[{self.index[2]}]{steps_text(path)}"


def steps_text(path: Sequence[Step]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def problem(source: Source, position: Position, message: str, path: str = "") -> Problem:
    return Problem(message, source.name, position.line, position.column, path)
