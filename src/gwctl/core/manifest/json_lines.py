"""JSON Lines, the form for bulk: one object a line, its group in the field `kind` or the same for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from gwctl.core.manifest.bounds import TooLarge, lines
from gwctl.core.manifest.entry import Entry, Report, Source, problem
from gwctl.core.manifest.json_values import decode, said, space
from gwctl.core.manifest.place import Position

NO_KIND = "no kind: name the group in a field `kind`, or with --kind"
MOST_LINES, MOST_BYTES = 2000, 4 * 1024 * 1024


Lines = tuple[int, int, int, list[bytes | None]]
"""What a stretch is, with the number of its source in the place of it."""


class Stretch(NamedTuple):
    """Some lines of a file that follow one another, MOST_LINES at most, and not much more than MOST_BYTES."""

    source: Source
    first: int
    """The number of the first line, from 1."""
    before: int
    """How many lines before it are not blank."""
    lines: list[bytes | None]
    """None in the place of one that is too long."""

    @property
    def parts(self) -> Lines:
        return self.source.number, self.first, self.before, self.lines

    @property
    def is_full(self) -> bool:
        return len(self.lines) == MOST_LINES


def stretches(source: Source) -> Iterator[Stretch]:
    """All lines of a file."""
    number, index = 1, 0
    found: list[bytes | None] = []
    size = 0
    with source.open() as stream:
        for raw in lines(stream):
            found.append(raw)
            size += len(raw or b"")
            if len(found) == MOST_LINES or size >= MOST_BYTES:
                yield Stretch(source, number, index, found)
                number, index = number + len(found), index + sum(_counts(line) for line in found)
                found, size = [], 0
    yield Stretch(source, number, index, found)


def _counts(raw: bytes | None) -> bool:
    """Whether a line stands for an object."""
    return raw is not None and not raw.isspace()


def entries(stretch: Stretch, kind: str | None, report: Report) -> Iterator[Entry]:
    """Blank lines do not count. A line that is no object is a problem, and the next line is read."""
    source, index = stretch.source, stretch.before
    for number, raw in enumerate(stretch.lines, stretch.first):
        if raw is None:
            report(problem(source, Position(number, 1), str(TooLarge())))
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            start = 0 if text.startswith("{") else space(text, 0)
            if start == len(text):
                continue
            value = _object(text, start)
            group = value.pop("kind", kind)
            if not isinstance(group, str) or not group:
                raise json.JSONDecodeError(NO_KIND, text, start)
            yield Entry(group, value, source, (0, group, index), Position(number, start + 1))
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode("utf-8", "ignore")) + 1
            report(problem(source, Position(number, column), "not UTF-8"))
        except json.JSONDecodeError as error:
            report(problem(source, Position(number, error.pos + 1), said(error)))
        index += 1


def _object(text: str, start: int) -> dict[str, Any]:
    value, end = decode(text, start)
    if end < len(text) and (end := space(text, end)) < len(text):
        raise json.JSONDecodeError("something stands behind the object", text, end)
    if not isinstance(value, dict):
        raise json.JSONDecodeError("a line is one object, in braces", text, start)
    return value
