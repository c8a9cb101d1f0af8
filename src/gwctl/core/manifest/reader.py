"""Reads manifests: entries as a stream, and everything that is wrong with their syntax."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO, TextIO

from gwctl.core.manifest import json_document, json_lines, json_values, table, yamls
from gwctl.core.manifest.entry import Entry, GroupFault, Report, Source, problem
from gwctl.core.manifest.json_lines import Stretch
from gwctl.core.manifest.place import Node, Position, Step, find
from gwctl.core.manifest.sources import sources
from gwctl.errors import Invalid, Problem

MOST_PROBLEMS = 1000
"""How many problems are kept; behind that the input is something else than was meant."""

Part = Source | Stretch


class Reader:
    """Manifests as one stream, whatever number of files and documents they are.

    `entries` may be called again; stdin and pipes are read the first time and kept in a temporary file. What is wrong
    is collected in `problems`, while the entries that are well go on coming, so that the caller can judge those too
    and say everything at once.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        stdin: TextIO | BinaryIO | None = None,
        format: str | None = None,  # noqa: A002
        kind: str | None = None,
    ) -> None:
        self._paths = tuple(paths)
        self._stdin = stdin
        self._format = format
        self._kind = kind
        self._sources: list[Source] | None = None
        self._found: list[Problem] = []
        self._source_problems: list[Problem] = []
        self._left_out = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Complete once `entries` is exhausted."""
        found = (*self._source_problems, *self._found)
        if self._left_out:
            found += (Problem(f"and {self._left_out:,} more problems"),)
        return found

    def entries(self, fault_of_group: GroupFault = lambda _: "") -> Iterator[Entry]:
        """Those included that something is wrong with (`Entry.flawed`); not those of groups that have a fault."""
        for part in self.parts():
            yield from self.entries_of(part, fault_of_group)

    def source(self, number: int) -> Source:
        """One of the inputs, once they have been looked for."""
        assert self._sources is not None
        return self._sources[number]

    def parts(self) -> Iterator[Part]:
        """All that there is to read, in parts that can be read apart: some lines of JSON Lines, and any other file."""
        self._found, self._left_out = [], 0
        if self._sources is None:
            found = sources(self._paths, stdin=self._stdin, form=self._format, report=self._source_problems.append)
            self._sources = [replace(source, number=number) for number, source in enumerate(found)]
        for source in self._sources:
            if source.format == "jsonl":
                with self._readable(source):
                    yield from json_lines.stretches(source)
            else:
                yield source

    def entries_of(
        self, part: Part, fault_of_group: GroupFault = lambda _: "", report: Report | None = None
    ) -> Iterator[Entry]:
        """The entries of a part. What is wrong with lines is told to `report`, if that is given, and not noted here."""
        if isinstance(part, Stretch):
            yield from json_lines.entries(part, self._kind, report or self._report)
            return
        with self._readable(part):
            match part.format:
                case "yaml":
                    yield from yamls.entries(part, self._report, fault_of_group)
                case "json":
                    yield from json_document.entries(part, self._report, fault_of_group)
                case _:
                    yield from table.entries(part, self._kind, self._report)

    def locate(self, entry: Entry, path: Sequence[Step] = (), *, name: bool = False) -> Position:
        """Where a field of an entry is written: its value, or its name. Reads that entry again."""
        if not path:
            return entry.position
        try:
            return find(_nodes(entry), path, name=name, default=entry.position)
        except Exception:  # noqa: BLE001 - the file may have changed meanwhile; a place is not worth an error
            return entry.position

    def problem(self, entry: Entry, path: Sequence[Step], message: str, *, name: bool = False) -> Problem:
        """A problem of the caller's, with its place."""
        return problem(entry.source, self.locate(entry, path, name=name), message, entry.path_text(path))

    def check(self) -> None:
        """Raises Invalid with all problems, if there are any."""
        if self.problems:
            raise Invalid(_summary(self.problems), "Nothing was changed.", self.problems)

    @contextmanager
    def _readable(self, source: Source) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._report(Problem(f"cannot be read: {(error.strerror or 'unknown reason').lower()}", source.name))

    def _report(self, found: Problem) -> None:
        if len(self._found) < MOST_PROBLEMS:
            self._found.append(found)
        else:
            self._left_out += 1


def read(
    paths: Sequence[str],
    *,
    stdin: TextIO | BinaryIO | None = None,
    format: str | None = None,  # noqa: A002
    kind: str | None = None,
) -> Iterator[Entry]:
    """All entries that are well; raises Invalid at the end if anything was wrong."""
    reader = Reader(paths, stdin=stdin, format=format, kind=kind)
    yield from (entry for entry in reader.entries() if not entry.flawed)
    reader.check()


def _nodes(entry: Entry) -> Iterator[Node]:
    match entry.source.format:
        case "yaml":
            return yamls.nodes(entry.source, entry.position)
        case "csv":
            return table.nodes(entry.source, entry.position)
        case _:
            return json_values.nodes(entry.source, entry.position)


def _summary(problems: Sequence[Problem]) -> str:
    return str(problems[0]) if len(problems) == 1 else f"{len(problems):,} problems in the manifests"
