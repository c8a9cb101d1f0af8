"""JSON Lines, the form for bulk: one object a line, its group in the field `kind` or the same for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gwctl.core.manifest.bounds import TooLarge, lines
from gwctl.core.manifest.entry import Entry, Report, Source, problem
from gwctl.core.manifest.json_values import decode, said, space
from gwctl.core.manifest.place import Position

NO_KIND = "no kind: name the group in a field `kind`, or with --kind"


def entries(source: Source, kind: str | None, report: Report) -> Iterator[Entry]:
    """Blank lines do not count. A line that is no object is a problem, and the next line is read."""
    index = 0
    with source.open() as stream:
        for number, raw in enumerate(lines(stream), 1):
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
