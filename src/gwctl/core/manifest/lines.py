"""Where lines begin, so that one entry of a large input is found again without reading the rest."""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import BinaryIO

from gwctl.core.manifest.place import Position

_BREAKS = {
    "yaml": re.compile(rb"\r\n|[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9]"),
    "csv": re.compile(rb"\r\n|[\n\r]"),
}
_NEWLINE = re.compile(rb"\n")
_CHUNK = 1 << 20
_OVERLAP = 2  # the longest break but for one byte: one that lies across two chunks is seen in the next


class Lines:
    """The offset, in bytes, of every line of one input."""

    def __init__(self, open_: Callable[[], BinaryIO], form: str) -> None:
        self._open = open_
        self._starts = array("Q", [0])
        pattern = _BREAKS.get(form, _NEWLINE)
        with open_() as stream:
            self._starts.extend(_break_ends(stream, pattern))

    def stream_from(self, line: int) -> BinaryIO:
        """The input from the beginning of a line on; the caller closes it."""
        stream = self._open()
        stream.seek(self._starts[min(line, len(self._starts)) - 1])
        return stream

    def text_from(self, line: int, size: int, skipped: int = 0) -> str:
        """About `size` bytes of text from the beginning of a line on, or from behind some characters of it."""
        decode = codecs.getincrementaldecoder("utf-8-sig" if line == 1 else "utf-8")("ignore").decode
        with self.stream_from(line) as stream:
            text = decode(stream.read(size))
            while len(text) < skipped and (data := stream.read(_CHUNK)):
                skipped -= len(text)
                text = decode(data)
            return text[skipped:] + decode(stream.read(size), final=True)


def _break_ends(stream: BinaryIO, pattern: re.Pattern[bytes]) -> Iterator[int]:
    offset, rest = 0, b""
    while chunk := stream.read(_CHUNK):
        data = rest + chunk
        limit = consumed = max(len(data) - _OVERLAP, 0)
        for match in pattern.finditer(data):
            if match.start() >= limit:
                break
            consumed = max(consumed, match.end())
            yield offset + match.end()
        rest = data[consumed:]
        offset += consumed
    for match in pattern.finditer(rest):
        yield offset + match.end()


class Places:
    """Turns offsets within a text into positions."""

    def __init__(self, text: str, first: int, pattern: str = "\n") -> None:
        self._first = first
        self._starts = [0, *(match.end() for match in re.finditer(pattern, text))]

    def at(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset) - 1
        return Position(self._first + line, offset - self._starts[line] + 1)
