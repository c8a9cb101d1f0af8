"""CSV: the first line names the fields, every other line is an object.

An empty cell is a field that is left out. A cell that begins with [ or { is JSON; every other one stays a text, and
what it is meant to be is for the caller to say (`Entry.textual`), lists by `split_cell`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from gwctl.core.manifest.bounds import LARGEST, TooLarge
from gwctl.core.manifest.encoding import first_bad
from gwctl.core.manifest.entry import LONGEST, Entry, Report, Source, problem
from gwctl.core.manifest.json_lines import NO_KIND
from gwctl.core.manifest.json_values import decode, said, space
from gwctl.core.manifest.lines import Places
from gwctl.core.manifest.place import Node, Position, find
from gwctl.core.manifest.values import short

_CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|\Z)')
_BREAK = r"\r\n|[\n\r]"
_LONGEST_ROW = LONGEST // 4
_LARGEST_ROW = LARGEST // 4
"""A row may be of cells alone, and each takes more memory than its text."""


def split_cell(text: str) -> list[str]:
    """A list of values in one cell: `gpt-4o; claude-sonnet`."""
    return [part for part in (piece.strip() for piece in text.split(";")) if part]


def entries(source: Source, kind: str | None, report: Report) -> Iterator[Entry]:
    with source.open() as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        try:
            yield from _rows(source, _Lines(text), kind, report)
        except UnicodeDecodeError:
            report(problem(source, *first_bad(source)))


def _rows(source: Source, lines: _Lines, kind: str | None, report: Report) -> Iterator[Entry]:
    """A record may span lines; it is where its first line is. Lines of empty cells do not count."""
    rows = csv.reader(lines, strict=True)
    line, index, header = 1, 0, None
    try:
        for row in rows:
            lines.taken = 0
            if any(row):
                if header is None:
                    header = [name.strip() for name in row]
                    if message := _header_fault(header, kind):
                        report(problem(source, Position(line, 1), message))
                        return
                else:
                    yield from _entry(source, header, row, kind, (line, index), report)
                    index += 1
            line = rows.line_num + 1
    except csv.Error as error:
        report(problem(source, Position(line, 1), f"not CSV: {_words(str(error))}"))
    except TooLarge as error:
        report(problem(source, Position(line, 1), str(error)))


class _Lines:
    """The lines of a text, of which no more are taken for a row than an entry may hold."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.taken = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LARGEST_ROW + 1)
        self.taken += len(line)
        if self.taken > _LARGEST_ROW:
            raise TooLarge(_LARGEST_ROW)
        if not line:
            raise StopIteration
        return line


def _header_fault(header: list[str], kind: str | None) -> str:
    if "" in header:
        return f"column {header.index('') + 1} has no name"
    if twice := next((name for index, name in enumerate(header) if name in header[:index]), None):
        return f"column `{short(twice)}` is there twice"
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        return "cells are parted by commas, and the first line names the fields"
    return "" if "kind" in header or kind else NO_KIND


def _entry(
    source: Source, header: list[str], row: list[str], kind: str | None, place: tuple[int, int], report: Report
) -> Iterator[Entry]:
    start = Position(place[0], 1)
    if len(row) != len(header):
        report(problem(source, start, f"{len(row)} cells where the first line names {len(header)} fields"))
        return
    data: dict[str, Any] = {}
    flawed = False
    for name, cell in zip(header, row, strict=True):
        if cell:
            try:
                data[name] = _value(cell)
            except json.JSONDecodeError as error:
                at = find(nodes(source, start), (name,), name=False, default=start)
                report(problem(source, at, f"{name}: {said(error)}"))
                flawed = True
    group = data.pop("kind", kind)
    if not isinstance(group, str) or not group:
        report(problem(source, start, NO_KIND))
    elif not flawed:
        yield Entry(group, data, source, (0, group, place[1]), start)


def _value(cell: str) -> Any:
    if "\0" in cell:
        raise json.JSONDecodeError("a NUL character, which no text in the database can hold", cell, 0)
    if cell[0] not in "[{":
        return cell
    value, end = decode(cell, 0)
    if space(cell, end) < len(cell):
        raise json.JSONDecodeError("a cell that begins with [ or { is JSON", cell, end)
    return value


def nodes(source: Source, start: Position) -> Iterator[Node]:
    """Where the cells of the record that begins at `start` are; the name of a field is in the first line."""
    names = _cells(source, _header_line(source))
    cells = dict(enumerate(place for place, _ in _cells(source, start.line)))
    yield Node((), None, start)
    for index, (place, text) in enumerate(names):
        if index in cells:
            yield Node((text.strip('"').strip(),), place, cells[index])


def _header_line(source: Source) -> int:
    """The first line that is not empty."""
    text = source.lines.text_from(1, _LONGEST_ROW)
    return Places(text, 1, _BREAK).at(len(text) - len(text.lstrip(", \r\n"))).line


def _cells(source: Source, line: int) -> Iterator[tuple[Position, str]]:
    text = source.lines.text_from(line, _LONGEST_ROW)
    at, places = 0, None
    while match := _CELL.match(text, at):
        places = places or Places(text, line, _BREAK)
        yield places.at(at), match[1]
        if match[2] != ",":
            return
        at = match.end()


def _words(message: str) -> str:
    if "unexpected end" in message:
        return "a quoted cell is not closed"
    if "expected after" in message:
        return "something stands behind a quoted cell"
    if "field larger" in message:
        return "a cell of more than 131,072 characters"
    return message
