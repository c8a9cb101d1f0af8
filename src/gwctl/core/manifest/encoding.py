"""Bytes that are no text: said with the place, before a parser stumbles over them."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from gwctl.core.manifest.entry import Source
from gwctl.core.manifest.place import Position

_CONTROL = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML forbids; of these a JSON or CSV file only meets NUL."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)

_STRAY_NULS = 4  # up to here the parser says where they are


def unreadable(source: Source) -> str | None:
    """Why the input as a whole is no UTF-8 text, judged by its first bytes."""
    with source.open() as stream:
        start = stream.read(1024)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return f"is {name}; save it as UTF-8"
    if start.startswith(b"\x1f\x8b"):
        return "is compressed; give it through a pipe: zcat FILE | gwctl … -f -"
    if start.count(b"\0") > _STRAY_NULS:
        return "is a binary file, not text"
    return None


def first_bad(source: Source) -> tuple[Position, str]:
    """The first character that no manifest may hold. For an input in which a parser met one."""
    with source.open() as stream:
        return _first_bad(stream)


def _first_bad(stream: BinaryIO) -> tuple[Position, str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line, column = 1, 1
    while True:
        chunk = stream.read(65536)
        text, reason = _decoded(decoder, chunk)
        if match := _CONTROL.search(text):
            text, reason = text[: match.start()], f"a control character (U+{ord(match[0]):04X})"
        line, column = _advanced(line, column, text)
        if reason or not chunk:
            return Position(line, column), reason or "characters that are not allowed"


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes) -> tuple[str, str]:
    try:
        return decoder.decode(chunk, final=not chunk), ""
    except UnicodeDecodeError as error:
        return bytes(error.object[: error.start]).decode("utf-8-sig", "replace"), "not UTF-8"


def _advanced(line: int, column: int, text: str) -> tuple[int, int]:
    lines = text.count("\n")
    return (line + lines, len(text) - text.rfind("\n")) if lines else (line, column + len(text))
