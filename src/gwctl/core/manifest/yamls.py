"""YAML: a stream of entries out of the events of libyaml, each entry made as soon as it has been read.

Nothing is kept but anchored values, so one document of a million keys needs no more memory than one of ten. Several
documents follow one another, and an empty one is fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from gwctl.core.manifest.bounds import Bounded, TooLarge
from gwctl.core.manifest.encoding import first_bad
from gwctl.core.manifest.entry import Entry, GroupFault, Report, Source, problem, steps_text
from gwctl.core.manifest.place import Node, Position, Step
from gwctl.core.manifest.scalars import NULLS
from gwctl.core.manifest.syntax import explain
from gwctl.core.manifest.values import MERGE, Event, Stop, Values, position_of, short

_MOST_PATHS = 1000


def entries(source: Source, report: Report, fault_of_group: GroupFault) -> Iterator[Entry]:
    with source.open() as stream:
        documents = _Documents(source, Bounded(stream), report, fault_of_group)
        try:
            yield from documents.entries()
        except yaml.reader.ReaderError:
            report(problem(source, *first_bad(source)))
        except yaml.MarkedYAMLError as error:
            report(explain(source, error))
        except Stop as stop:
            report(problem(source, stop.position, str(stop), documents.path_to(stop.position)))
        except TooLarge as error:
            report(problem(source, documents.last, str(error)))


class _Documents:
    def __init__(self, source: Source, stream: Bounded, report: Report, fault_of_group: GroupFault) -> None:
        self.last = Position(1, 1)
        """Where the last entry, or group, begins."""
        self._source = source
        self._stream = stream
        self._report = report
        self._fault_of_group = fault_of_group
        self._next: Callable[[], Event] = CParser(stream).get_event
        self._values = Values(self._next, self._flaw)
        self._where = ""
        self._start: Position | None = None
        self._flawed = False
        self._flaws = 0

    def entries(self) -> Iterator[Entry]:
        self._next()
        number = 0
        while not isinstance(self._next(), StreamEndEvent):
            self._values.begin_document()
            yield from self._document(number)
            self._next()
            number += 1

    def _document(self, number: int) -> Iterator[Entry]:
        root, self._where, self._start = self._next(), "", None
        if isinstance(root, MappingStartEvent):
            self._values.check_tag(root, "map")
            yield from self._groups(number)
            return
        if not _is_empty(root):
            self._flaw(root, "a manifest is a map of group names to lists, such as `keys:` with a list under it")
        self._values.skip(root)

    def _groups(self, number: int) -> Iterator[Entry]:
        seen: dict[str, Event] = {}
        while not isinstance(name := self._begin(), MappingEndEvent):
            self._where, self._start = short(name.value) if isinstance(name, ScalarEvent) else "", None
            group = self._values.key(name, seen)
            value = self._next()
            if group == MERGE:
                self._flaw(name, "a merge (<<) is not possible between groups")
            if group is None or group == MERGE:
                self._values.skip(value)
            elif fault := self._fault_of_group(group):
                self._flaw(name, fault)
                for _ in self._group(number, group, value):
                    pass  # it may hold anchors, and mistakes of its own
            else:
                yield from self._group(number, group, value)

    def _group(self, number: int, group: str, value: Event) -> Iterator[Entry]:
        self._flawed = False
        if isinstance(value, SequenceStartEvent):
            yield from self._list(number, group, value)
            return
        items = self._values.value(value, 1) if isinstance(value, AliasEvent) else None
        if isinstance(items, list):
            for index, item in enumerate(items):
                yield from self._entry((number, group, index), value, item)
        elif not (self._flawed or _is_empty(value)):
            self._flaw(value, f"`{short(group)}` is a list of objects: each begins with a dash")
        self._values.skip(value)

    def _list(self, number: int, group: str, start: Event) -> Iterator[Entry]:
        kept: list[Any] | None = [] if start.anchor else None
        index = 0
        while not isinstance(event := self._begin(), SequenceEndEvent):
            self._where, self._start, self._flawed = f"{group}[{index}]", position_of(event), False
            value = self._values.value(event, 2)
            if kept is not None:
                kept.append(value)
            yield from self._entry((number, group, index), event, value)
            index += 1
        if kept is not None:
            self._values.anchors.define(start.anchor, kept)

    def _begin(self) -> Event:
        """The first event of another entry, or group."""
        event = self._next()
        self._stream.begin()
        self.last = position_of(event)
        return event

    def _entry(self, index: tuple[int, str, int], start: Event, value: Any) -> Iterator[Entry]:
        if isinstance(value, dict):
            yield Entry(index[1], value, self._source, index, position_of(start), self._flawed)
        elif not self._flawed:
            self._flaw(start, "an object is a map of fields to values")

    def _flaw(self, event: Event, message: str) -> None:
        self._flawed = True
        self._flaws += 1
        position = position_of(event)
        self._report(problem(self._source, position, message, self.path_to(position)))

    def path_to(self, position: Position) -> str:
        """The path of what is written there: the entry is read again. Not for flaws without end."""
        if self._start is None or self._flaws > _MOST_PATHS:
            return self._where
        with suppress(yaml.YAMLError, ValueError):
            for node in nodes(self._source, self._start):
                if position in (node.name, node.value):
                    return self._where + steps_text(node.path)
        return self._where


def nodes(source: Source, start: Position) -> Iterator[Node]:
    """Where the parts of the entry that begins at `start` are written: it is read again, alone."""
    with source.lines.stream_from(start.line) as stream:
        advance: Callable[[], Event] = CParser(_Indented(Bounded(stream), start)).get_event
        advance()
        advance()
        if (event := advance()) is not None:
            yield from _nodes(advance, event, (), None, start)


def _nodes(
    advance: Callable[[], Event], event: Event, path: tuple[Step, ...], key: Position | None, start: Position
) -> Iterator[Node]:
    yield Node(path, key, _moved(event, start))
    if isinstance(event, MappingStartEvent):
        while not isinstance(name := advance(), MappingEndEvent):
            if isinstance(name, ScalarEvent):
                yield from _nodes(advance, advance(), (*path, name.value), _moved(name, start), start)
            else:
                return
    elif isinstance(event, SequenceStartEvent):
        index = 0
        while not isinstance(item := advance(), SequenceEndEvent):
            yield from _nodes(advance, item, (*path, index), None, start)
            index += 1


def _moved(event: Event, start: Position) -> Position:
    """The place in the file of an event whose stream begins at the line of `start`."""
    return Position(start.line + event.start_mark.line, event.start_mark.column + 1)


class _Indented:
    """A file from the middle of a line on; what stands before, such as the dash, reads as spaces."""

    def __init__(self, stream: Bounded, start: Position) -> None:
        line = stream.readline().decode("utf-8-sig" if start.line == 1 else "utf-8", "replace")
        self._first: bytes = (" " * (start.column - 1) + line[start.column - 1 :]).encode()
        self._stream = stream

    def read(self, size: int = 16384, /) -> bytes:
        first, self._first = self._first[:size], self._first[size:]
        return first or self._stream.read(size)


def _is_empty(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and event.implicit[0] and event.value in NULLS
