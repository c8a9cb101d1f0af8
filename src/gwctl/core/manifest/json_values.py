"""Values out of JSON text, by the C decoder of the standard library.

What that lets pass is refused: a name twice, NaN and infinity, nesting without end, and texts that no database can hold
(NUL, half of a surrogate pair). The decoder cannot say where such a flaw is, so the text is walked again, slowly, when
there is one or reason to look for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from gwctl.core.manifest.bounds import LARGEST
from gwctl.core.manifest.entry import DEEPEST, LONGEST, Source
from gwctl.core.manifest.lines import Places
from gwctl.core.manifest.place import Node, Position, Step
from gwctl.core.manifest.scalars import finite
from gwctl.core.manifest.values import short

_SPACE = re.compile(r"[ \t\n\r]*")
_ATOM = re.compile(r'[^\s,:\]\}"\[\{]+')
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS = ("NaN", "Infinity", "-Infinity")
_NOT_FINITE = "infinity and not-a-number are no values here"


class Part(NamedTuple):
    """Where a value stands, and its name if it has one; offsets into the text."""

    path: tuple[Step, ...]
    name: int | None
    value: int


def space(text: str, at: int) -> int:
    """Behind the white space that begins at `at`, if any."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def decode(text: str, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where it ends. Raises JSONDecodeError, with the place, for every flaw."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise _flaw(text, start) or json.JSONDecodeError(str(error), text, start) from None
    if _is_suspicious(text, start, end) and (flaw := _flaw(text, start)):
        raise flaw
    return value, end


def nodes(source: Source, start: Position) -> Iterator[Node]:
    """Where the parts of the value that begins at `start` are written: it is read again, alone."""
    size = 1 << 16
    while True:
        text = source.lines.text_from(start.line, size, start.column - 1)
        try:
            parts = list(_walk(text, 0))
            break
        except (ValueError, IndexError):
            if size > LARGEST:
                return
            size *= 16
    places = Places(text, start.line)

    def place(offset: int) -> Position:
        found = places.at(offset)
        return Position(found.line, found.column + start.column - 1) if found.line == start.line else found

    for part in parts:
        yield Node(part.path, None if part.name is None else place(part.name), place(part.value))


def said(error: json.JSONDecodeError) -> str:
    """The complaint, in words that fit the others."""
    return f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}" if error.msg in _STANDARD_WORDS else error.msg


def _is_suspicious(text: str, start: int, end: int) -> bool:
    if end - start > LONGEST or text.find("\\u", start, end) >= 0:
        return True
    return text.count("[", start, end) + text.count("{", start, end) > DEEPEST


def _walk(text: str, at: int, path: tuple[Step, ...] = (), name: int | None = None) -> Generator[Part, None, int]:
    """All parts of a value, in the order of the text; returns where it ends. The text is known to be JSON."""
    yield Part(path, name, at)
    opening = text[at]
    if opening == '"':
        return int(scanstring(text, at + 1, True)[1])
    if opening not in "{[":
        return len(_atom(text, at)) + at
    if len(path) >= DEEPEST:
        raise json.JSONDecodeError(f"nested more than {DEEPEST} deep", text, at)
    at, index = space(text, at + 1), 0
    while text[at] not in "}]":
        if opening == "{":
            name_at = at
            key, at = scanstring(text, at + 1, True)
            at = yield from _walk(text, space(text, space(text, at) + 1), (*path, key), name_at)
        else:
            at = yield from _walk(text, at, (*path, index))
            index += 1
        at = space(text, at)
        if text[at] == ",":
            at = space(text, at + 1)
    return at + 1


def _flaw(text: str, start: int) -> json.JSONDecodeError | None:
    """The first thing that is wrong with a value, or None."""
    seen: set[tuple[Step, ...]] = set()
    try:
        for part in _walk(text, start):
            if part.name is not None:
                if part.path in seen:
                    return json.JSONDecodeError(f"`{short(str(part.path[-1]))}` is given twice", text, part.name)
                seen.add(part.path)
                if message := _text_flaw(str(part.path[-1])):
                    return json.JSONDecodeError(message, text, part.name)
            if message := _value_flaw(text, part.value):
                return json.JSONDecodeError(message, text, part.value)
    except json.JSONDecodeError as error:
        return error
    except (IndexError, RecursionError):
        pass
    return None


def _value_flaw(text: str, at: int) -> str:
    if text[at] == '"':
        return _text_flaw(scanstring(text, at + 1, True)[0])
    atom = _atom(text, at)
    if atom in _CONSTANTS:
        return _NOT_FINITE
    try:
        if atom[:1] in "-0123456789" and atom:
            finite(atom)
    except ValueError as error:
        return str(error)
    return ""


def _text_flaw(text: str) -> str:
    if len(text) > LONGEST:
        return f"a text of more than {LONGEST:,} characters"
    if "\0" in text:
        return "a NUL character, which no text in the database can hold"
    return "half of a surrogate pair, which is no character" if _SURROGATE.search(text) else ""


def _atom(text: str, at: int) -> str:
    match = _ATOM.match(text, at)
    return match[0] if match else ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name is given twice")
    return result


def _constant(_name: str) -> Any:
    raise ValueError(_NOT_FINITE)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=finite)

_STANDARD_WORDS = frozenset(
    {
        "Expecting value",
        "Expecting property name enclosed in double quotes",
        "Expecting ':' delimiter",
        "Expecting ',' delimiter",
        "Illegal trailing comma before end of object",
        "Illegal trailing comma before end of array",
        "Unterminated string starting at",
        "Invalid control character at",
        "Invalid \\escape",
        "Invalid \\uXXXX escape",
        "Extra data",
    }
)
