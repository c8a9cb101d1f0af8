"""Values out of the events of libyaml.

What YAML offers beyond data is refused: tags but those of plain values, keys that are no texts, a key twice. An alias
is a copy, never a shared object, and bounded. A flaw is reported with its event, and reading goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gwctl.core.manifest.anchors import Anchors, Unbounded
from gwctl.core.manifest.entry import DEEPEST, LONGEST
from gwctl.core.manifest.place import Position
from gwctl.core.manifest.scalars import Scalar, resolve

Event = Any
"""An event of libyaml; which attributes it has follows from its class."""

MERGE = "<<"

_STANDARD = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", f"{_STANDARD}str")
_PLAIN_TAGS = tuple(f"{_STANDARD}{name}" for name in ("int", "float", "bool", "null"))


class Stop(Exception):
    """The rest of the input cannot be understood, or must not be."""

    def __init__(self, event: Event, message: str) -> None:
        super().__init__(message)
        self.position = position_of(event)


class Values:
    def __init__(self, advance: Callable[[], Event], flaw: Callable[[Event, str], None]) -> None:
        self._next = advance
        self._flaw = flaw
        self._resolved: dict[str, Scalar] = {}
        self.anchors = Anchors()

    def begin_document(self) -> None:
        self.anchors.forget()

    def value(self, event: Event, depth: int) -> Any:
        kind = event.__class__
        if kind is AliasEvent:
            return self._alias(event, depth)
        if kind is ScalarEvent:
            value: Any = self._scalar(event)
        elif depth > DEEPEST:
            raise Stop(event, f"nested more than {DEEPEST} deep")
        else:
            value = self._mapping(event, depth) if kind is MappingStartEvent else self._sequence(event, depth)
        if event.anchor is not None:
            self.anchors.define(event.anchor, value)
        return value

    def key(self, event: Event, seen: dict[str, Event]) -> str | None:
        """A key is the text as it is written, whatever it would be as a value; None if it cannot be taken."""
        key: Any = event.value if event.__class__ is ScalarEvent else self._aliased_key(event)
        fault = ""
        if key is None:
            fault = "the name of a field is a text"
        elif key in seen:
            fault = f"`{short(key)}` is given twice, first in line {position_of(seen[key]).line}"
        elif event.anchor or event.tag or "\0" in key or len(key) > LONGEST:
            fault = self._unusual_key(event)
        if fault:
            self._flaw(event, fault)
            return None
        seen[key] = event
        return str(key)

    def skip(self, event: Event) -> None:
        """Passes over a value that is of no use, with all that is in it."""
        depth = 0
        while True:
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                depth += 1
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                depth -= 1
            if depth == 0:
                return
            event = self._next()

    def _mapping(self, start: Event, depth: int) -> dict[str, Any]:
        """The hot loop: a plain scalar that was met before is taken in place, all else by functions of their own."""
        self.check_tag(start, "map")
        advance, resolved = self._next, self._resolved
        result: dict[str, Any] = {}
        seen: dict[str, Event] = {}
        merged: list[dict[str, Any]] = []
        while (event := advance()).__class__ is not MappingEndEvent:
            key = self.key(event, seen)
            value = advance()
            if value.__class__ is ScalarEvent and value.implicit[0] and not (value.anchor or value.tag):
                read: Any = resolved[value.value] if value.value in resolved else self._scalar(value)
            else:
                read = self.value(value, depth + 1)
            if key == MERGE and event.implicit[0]:
                merged.extend(self._merge(value, read))
            elif key is not None:
                result[key] = read
        for low in merged:
            for name, item in low.items():
                result.setdefault(name, item)
        return result

    def _sequence(self, start: Event, depth: int) -> list[Any]:
        self.check_tag(start, "seq")
        result = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            result.append(self.value(event, depth + 1))
        return result

    def _scalar(self, event: Event) -> Scalar:
        text: str = event.value
        if fault := _fault(event):
            self._flaw(event, fault)
            return None
        if not (event.implicit[0] or event.tag in _PLAIN_TAGS) or event.tag in _TEXT_TAGS:
            return text
        try:
            value = resolve(text)
        except ValueError as error:
            self._flaw(event, str(error))
            return None
        if len(text) < 64 and len(self._resolved) < 10_000:
            self._resolved[text] = value
        return value

    def _aliased_key(self, event: Event) -> str | None:
        if not isinstance(event, AliasEvent):
            self.skip(event)
            return None
        key = self._alias(event, 0)
        return key if isinstance(key, str) else None

    def _unusual_key(self, event: Event) -> str:
        """What is wrong with a key that has an anchor, a tag, or an odd text."""
        if isinstance(event, AliasEvent):
            return ""
        fault = _fault(event)
        if event.anchor and not fault:
            self.anchors.define(event.anchor, event.value)
        return fault

    def check_tag(self, event: Event, name: str) -> None:
        if event.tag not in (None, "!", _STANDARD + name):
            self._flaw(event, _tag_message(event.tag))

    def _alias(self, event: Event, depth: int) -> Any:
        try:
            return self.anchors.copy(event.anchor, depth, event.start_mark.index)
        except KeyError:
            self._flaw(event, f"*{short(event.anchor)} names nothing that ended before it in this document")
            return None
        except Unbounded as error:
            raise Stop(event, str(error)) from None

    def _merge(self, event: Event, value: Any) -> list[dict[str, Any]]:
        maps = value if isinstance(value, list) else [value]
        if all(isinstance(item, dict) for item in maps):
            return maps
        self._flaw(event, "a merge (<<) takes a map, or a list of maps")
        return []


def position_of(event: Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def short(text: str) -> str:
    """For messages: a name from the input, cut to a readable length."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fault(event: Event) -> str:
    """Why a scalar cannot be taken, as a value or as a key."""
    if event.tag is not None and event.tag not in _TEXT_TAGS and event.tag not in _PLAIN_TAGS:
        return _tag_message(event.tag)
    if "\0" in event.value:
        return "a NUL character, which no text in the database can hold"
    return f"a text of more than {LONGEST:,} characters" if len(event.value) > LONGEST else ""


def _tag_message(tag: str) -> str:
    return f"the tag {short(tag.replace(_STANDARD, '!!'))} is not understood: values are plain YAML"
