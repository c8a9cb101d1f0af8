"""A JSON document has the shape of a YAML one: an object of groups, each a list of objects.

Its text is held in memory, its entries are not.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator

from gwctl.core.manifest.encoding import first_bad
from gwctl.core.manifest.entry import Entry, GroupFault, Report, Source, problem
from gwctl.core.manifest.json_values import decode, said, space
from gwctl.core.manifest.place import Position
from gwctl.core.manifest.values import short

LARGEST = 512 * 1024 * 1024
"""How many bytes one document may have."""

_LARGEST_GUESS = 64 * 1024 * 1024
_BEGINNING = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*["}]')


def is_json(source: Source) -> bool:
    """Is what is called YAML a JSON document? Nearly all JSON is YAML, but escapes of characters by halves are not."""
    with source.open() as stream:
        start = stream.read(256)
        if not _BEGINNING.match(start):
            return False
        raw = start + stream.read(_LARGEST_GUESS)
    try:
        json.loads(raw.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError):
        return False
    return True


def entries(source: Source, report: Report, fault_of_group: GroupFault) -> Iterator[Entry]:
    with source.open() as stream:
        raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        report(problem(source, Position(1, 1), f"more than {LARGEST >> 20} MiB in one document: use JSON Lines"))
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        report(problem(source, *first_bad(source)))
        return
    del raw
    yield from _Document(source, text, report, fault_of_group).entries()


class _Document:
    """Walks the outer two levels by hand, so that entries are decoded one by one."""

    def __init__(self, source: Source, text: str, report: Report, fault_of_group: GroupFault) -> None:
        self._source = source
        self._fault_of_group = fault_of_group
        self._text = text
        self._report = report
        self._line, self._line_start, self._seen_to = 1, 0, 0

    def entries(self) -> Iterator[Entry]:
        at = space(self._text, 0)
        try:
            if at == len(self._text):
                return
            self._expect(at, "{", "an object of group names and lists")
            at = yield from self._groups(at + 1)
            if (at := space(self._text, at)) < len(self._text):
                self._flaw(at, "something stands behind the manifest")
        except json.JSONDecodeError as error:
            self._flaw(error.pos, said(error))

    def _groups(self, at: int) -> Generator[Entry, None, int]:
        seen: set[str] = set()
        at = space(self._text, at)
        while not self._is(at, "}"):
            self._expect(at, '"', "the name of a group, in double quotes,")
            name_at = at
            group, at = decode(self._text, at)
            at = space(self._text, self._expect(space(self._text, at), ":", "a colon"))
            fault = f"`{short(group)}` is given twice" if group in seen else self._fault_of_group(group)
            if fault:
                self._flaw(name_at, fault, short(group))
            at = yield from self._group(group, at, wanted=not fault)
            seen.add(group)
            at = self._next(at, "}")
        return at + 1

    def _group(self, group: str, at: int, *, wanted: bool) -> Generator[Entry, None, int]:
        if wanted and self._is(at, "["):
            return (yield from self._list(group, at + 1))
        value, end = decode(self._text, at)
        if wanted and value is not None:
            self._flaw(at, f"`{short(group)}` is a list of objects", short(group))
        return end

    def _list(self, group: str, at: int) -> Generator[Entry, None, int]:
        at, index = space(self._text, at), 0
        while not self._is(at, "]"):
            value, end = decode(self._text, at)
            if isinstance(value, dict):
                yield Entry(group, value, self._source, (0, group, index), self._position(at))
            else:
                self._flaw(at, "an object is a map of fields to values", f"{group}[{index}]")
            at, index = self._next(end, "]"), index + 1
        return at + 1

    def _next(self, at: int, closing: str) -> int:
        """Behind a comma, where another item must follow, or at the end."""
        at = space(self._text, at)
        if self._is(at, closing):
            return at
        at = space(self._text, self._expect(at, ",", f"a comma or {closing}"))
        if self._is(at, closing):
            raise json.JSONDecodeError("a comma too many", self._text, at)
        return at

    def _expect(self, at: int, character: str, name: str) -> int:
        if not self._is(at, character):
            raise json.JSONDecodeError(f"{name} is expected here", self._text, at)
        return at + 1

    def _is(self, at: int, character: str) -> bool:
        return self._text.startswith(character, at)

    def _position(self, at: int) -> Position:
        """Counts lines from the last place on; only ever asked for places further on, but for a name twice."""
        if at < self._seen_to:
            self._line, self._line_start, self._seen_to = 1, 0, 0
        if lines := self._text.count("\n", self._seen_to, at):
            self._line += lines
            self._line_start = self._text.rfind("\n", self._seen_to, at) + 1
        self._seen_to = at
        return Position(self._line, at - self._line_start + 1)

    def _flaw(self, at: int, message: str, path: str = "") -> None:
        self._report(problem(self._source, self._position(at), message, path))
