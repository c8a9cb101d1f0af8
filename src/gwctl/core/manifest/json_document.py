"""A JSON document has the shape of a YAML one: an object of groups, each a list of objects.

The outer two levels are walked by hand, so that entries are decoded one by one, out of a window on the text that is
never much larger than an entry.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

from gwctl.core.manifest.bounds import LARGEST, TooLarge
from gwctl.core.manifest.encoding import first_bad
from gwctl.core.manifest.entry import Entry, GroupFault, Report, Source, problem
from gwctl.core.manifest.json_values import decode, said, space
from gwctl.core.manifest.place import Position
from gwctl.core.manifest.values import short

_PIECE = 1 << 16
_GUESSED = 1 << 20
"""How many bytes are looked at to tell JSON from YAML."""
_BEGINNING = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*["}]')


def is_json(source: Source) -> bool:
    """Is what is called YAML a JSON document? Nearly all JSON is YAML, but escapes of characters by halves are not."""
    with source.open() as stream:
        start = stream.read(256)
        if not _BEGINNING.match(start):
            return False
        text = (start + stream.read(_GUESSED)).decode("utf-8-sig", "ignore")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:  # what was not read may be missing
        return len(text) >= _GUESSED and (error.pos > len(text) - 16 or error.msg.startswith("Unterminated"))
    except (ValueError, RecursionError):
        return False
    return True


def entries(source: Source, report: Report, fault_of_group: GroupFault) -> Iterator[Entry]:
    with source.open() as stream:
        try:
            yield from _Document(source, stream, report, fault_of_group).entries()
        except UnicodeDecodeError:
            report(problem(source, *first_bad(source)))


class _Window:
    """The part of a text that is looked at. Offsets are into this part; what was left behind is known by its lines."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._ended = False
        self._line, self._column = 1, 1
        self.text = ""

    def grow(self) -> bool:
        """Takes in as much again as there is; False at the end of the text."""
        before = len(self.text)
        while not self._ended and len(self.text) == before:
            data = self._stream.read(max(_PIECE, before))
            self._ended = not data
            self.text += self._decode(data, final=self._ended)
        return len(self.text) > before

    def leave(self, at: int) -> int:
        """Forgets what stands before `at`, once that is worth it. Where it stands now."""
        if at < _PIECE:
            return at
        position = self.position(at)
        self._line, self._column = position.line, position.column
        self.text = self.text[at:]
        return 0

    def position(self, at: int) -> Position:
        lines = self.text.count("\n", 0, at)
        if not lines:
            return Position(self._line, self._column + at)
        return Position(self._line + lines, at - self.text.rfind("\n", 0, at))

    def space(self, at: int) -> int:
        """Behind the white space that begins at `at`, if any."""
        while True:
            at = self.leave(at)
            at = space(self.text, at)
            if at < len(self.text) or not self.grow():
                return at

    def value(self, at: int) -> tuple[Any, int]:
        """The value that begins at `at`, and where it ends. Raises JSONDecodeError, as `decode` does."""
        while True:
            try:
                value, end = decode(self.text, at)
                if end < len(self.text) or not self.grow():  # a number may go on
                    return value, end
            except json.JSONDecodeError:
                if len(self.text) - at > LARGEST:
                    raise json.JSONDecodeError(str(TooLarge()), self.text, at) from None
                if not self.grow():
                    raise


class _Document:
    def __init__(self, source: Source, stream: BinaryIO, report: Report, fault_of_group: GroupFault) -> None:
        self._source = source
        self._fault_of_group = fault_of_group
        self._window = _Window(stream)
        self._report = report

    def entries(self) -> Iterator[Entry]:
        at = self._window.space(0)
        try:
            if at == len(self._window.text):
                return
            self._expect(at, "{", "an object of group names and lists")
            at = yield from self._groups(at + 1)
            if (at := self._window.space(at)) < len(self._window.text):
                self._flaw(at, "something stands behind the manifest")
        except json.JSONDecodeError as error:
            self._flaw(error.pos, said(error))

    def _groups(self, at: int) -> Generator[Entry, None, int]:
        seen: set[str] = set()
        at = self._window.space(at)
        while not self._is(at, "}"):
            self._expect(at, '"', "the name of a group, in double quotes,")
            name_at = self._window.position(at)
            group, at = self._window.value(at)
            at = self._window.space(self._expect(self._window.space(at), ":", "a colon"))
            fault = f"`{short(group)}` is given twice" if group in seen else self._fault_of_group(group)
            if fault:
                self._report(problem(self._source, name_at, fault, short(group)))
            at = yield from self._group(group, at, wanted=not fault)
            seen.add(group)
            at = self._next(at, "}")
        return at + 1

    def _group(self, group: str, at: int, *, wanted: bool) -> Generator[Entry, None, int]:
        if self._is(at, "["):
            return (yield from self._list(group, at + 1, wanted=wanted))
        value, end = self._window.value(at)
        if wanted and value is not None:
            self._flaw(at, f"`{short(group)}` is a list of objects", short(group))
        return end

    def _list(self, group: str, at: int, *, wanted: bool) -> Generator[Entry, None, int]:
        at, index = self._window.space(at), 0
        while not self._is(at, "]"):
            value, end = self._window.value(at)
            if wanted and isinstance(value, dict):
                yield Entry(group, value, self._source, (0, group, index), self._window.position(at))
            elif wanted:
                self._flaw(at, "an object is a map of fields to values", f"{group}[{index}]")
            at, index = self._next(end, "]"), index + 1
        return at + 1

    def _next(self, at: int, closing: str) -> int:
        """Behind a comma, where another item must follow, or at the end."""
        at = self._window.space(at)
        if self._is(at, closing):
            return at
        at = self._window.space(self._expect(at, ",", f"a comma or {closing}"))
        if self._is(at, closing):
            raise json.JSONDecodeError("a comma too many", self._window.text, at)
        return at

    def _expect(self, at: int, character: str, name: str) -> int:
        if not self._is(at, character):
            raise json.JSONDecodeError(f"{name} is expected here", self._window.text, at)
        return at + 1

    def _is(self, at: int, character: str) -> bool:
        return self._window.text.startswith(character, at)

    def _flaw(self, at: int, message: str, path: str = "") -> None:
        self._report(problem(self._source, self._window.position(at), message, path))
