"""Manifests judged without a database: groups, fields, names, doubles, secrets that lie elsewhere.

Reading is a pass of its own. What is well goes to a spool, from which it is planned kind by kind, once or twice; what
is wrong is collected and told at once, with file, line, column and path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from gwctl.core.beside import Beside
from gwctl.core.entry_judge import EntryJudge, First
from gwctl.core.kinds import Kinds
from gwctl.core.manifest import Part, Reader, Stretch
from gwctl.core.manifest.entry import Report
from gwctl.core.manifest.json_lines import Lines
from gwctl.core.spool import Name, Names, Spool, Told
from gwctl.errors import GwctlError, Invalid, Problem

MOST_PROBLEMS = 1000
"""How many problems are told; behind that the input is something else than was meant."""
Seen = Callable[[int], None]


@dataclass
class Manifest:
    """What manifests say: the objects that are well, and everything that is not."""

    reader: Reader
    spool: Spool = field(default_factory=Spool)
    names: Names = field(default_factory=Names)
    problems: list[Problem] = field(default_factory=list)
    flawed: set[tuple[str, str]] = field(default_factory=set)
    """The kind and name of objects that are told of, but not well."""

    def __len__(self) -> int:
        return len(self.spool)

    def names_object(self, kind: str, name: str) -> bool:
        """Whether an object of that kind and name, or id, is among them."""
        return (kind, name) in self.names

    def check(self) -> None:
        """Raises Invalid with all problems, if there are any."""
        if self.problems:
            raise invalid(self.problems)


def invalid(
    problems: Sequence[Problem], kind: type[GwctlError] = Invalid, hint: str = "Nothing was changed."
) -> GwctlError:
    if len(problems) == 1:
        return kind(str(problems[0]), hint, problems)
    return kind(f"{len(problems):,} problems in the manifests", hint, problems)


def judge(
    reader: Reader, kinds: Kinds, environ: Mapping[str, str] = os.environ, seen: Seen = lambda _: None
) -> Manifest:
    """Reads manifests and says what is wrong with them, as far as that can be known without a database.

    `seen` is told after each thousand objects how many were read.
    """
    judges = _Judges(reader, kinds, environ, seen)
    manifest = judges.manifest
    with closing(_in_turn(reader.parts(), judges)) as parts:
        for part, well in parts:
            judges.take(part, well)
            if len(manifest.problems) > MOST_PROBLEMS:
                break
    manifest.problems += reader.problems
    manifest.problems.sort(key=lambda problem: (problem.file, problem.line, problem.column))
    left = len(manifest.problems) - MOST_PROBLEMS
    if left > 0:
        manifest.problems[MOST_PROBLEMS:] = [Problem(f"and {left:,} more problems")]
    return manifest


def _in_turn(parts: Iterable[Part], judges: _Judges) -> Generator[tuple[Part, _Well | None], None, None]:
    """Parts in their order, long ones with what was found when they were judged apart: every other by a copy of this
    process, while the one before it is judged here."""
    beside: Beside[Lines, _Well | None] | None = None
    waited: tuple[Stretch, Callable[[], _Well | None]] | None = None
    try:
        for here, there in _in_pairs(parts):
            last = (waited[0], waited[1]()) if waited else None
            waited = None
            if there is not None:
                beside = beside or Beside(judges.apart)
                waited = (there, beside.give(there.parts))
            if last is not None:
                yield last
            yield here, judges.apart(here.parts) if isinstance(here, Stretch) and there is not None else None
        if waited is not None:
            yield waited[0], waited[1]()
    finally:
        if beside is not None:
            beside.close()


def _in_pairs(parts: Iterable[Part]) -> Iterator[tuple[Part, Stretch | None]]:
    """Parts in their order; long ones with the next, so that both are judged at a time."""
    long: Part | None = None
    for part in parts:
        if isinstance(part, Stretch) and part.is_full:
            if long is None:
                long = part
            else:
                yield long, part
                long = None
            continue
        if long is not None:
            yield long, None
            long = None
        yield part, None
    if long is not None:
        yield long, None


class _Well(NamedTuple):
    """Lines all of whose objects are well: as another spool takes them, their names, and how many there are."""

    packed: Mapping[str, tuple[int, bytes]]
    names: Mapping[Name, str]
    objects: int


class _Judges:
    """Judges entries, each by what it is."""

    def __init__(self, reader: Reader, kinds: Kinds, environ: Mapping[str, str], seen: Seen) -> None:
        self.manifest = Manifest(reader)
        self.kinds = kinds
        self.environ = environ
        self.seen = seen
        self.first: First = self.manifest.names.first
        self.report: Report | None = None
        self.count = 0
        self._by_group: dict[str, EntryJudge | None] = {}

    def judge(self, part: Part) -> None:
        """The entries of a part, until there are too many problems."""
        manifest, reader, judges = self.manifest, self.manifest.reader, self._by_group
        for entry in reader.entries_of(part, lambda name: _fault_of_group(name, self.kinds), self.report):
            if entry.group not in judges:
                entity = self.kinds.of_group(entry.group)
                judges[entry.group] = (
                    EntryJudge(manifest, entity, self.environ, self.first) if entity and entity.in_manifests else None
                )
            if (judged := judges[entry.group]) is not None:
                judged.judge(entry)
            else:
                manifest.problems.append(reader.problem(entry, (), _fault_of_group(entry.group, self.kinds)))
            self.count += 1
            if self.count % 1000 == 0:
                self.seen(self.count)
                if len(manifest.problems) > MOST_PROBLEMS:
                    break

    def apart(self, lines: Lines) -> _Well | None:
        """Judges lines by themselves, and notes nothing of them here; None where something is to be told of them, or
        to be kept that stays in memory."""
        number, first, before, texts = lines
        reader, names, told = self.manifest.reader, Told(), list[Problem]()
        judges = _Judges(reader, self.kinds, self.environ, lambda _: None)
        judges.first, judges.report = names.first, told.append
        judges.judge(Stretch(reader.source(number), first, before, texts))
        if told or judges.manifest.problems:
            return None
        packed = judges.manifest.spool.packed()
        return None if judges.manifest.spool.holds_secrets else _Well(packed, names.places, judges.count)

    def take(self, part: Part, well: _Well | None) -> None:
        """Takes over what was judged by itself; judges it now if it was not, or if something has to be told of it."""
        if not isinstance(part, Stretch) or well is None or not self.manifest.names.note(well.names):
            self.judge(part)
            return
        for kind, (count, packed) in well.packed.items():
            self.manifest.spool.take(self.kinds.entity(kind), part.source, count, packed)
        self.count += well.objects
        self.seen(self.count)


def _fault_of_group(name: str, kinds: Kinds) -> str:
    entity = kinds.of_group(name)
    if entity is not None and entity.in_manifests:
        return ""
    near = get_close_matches(name, kinds.groups(), n=1)
    return f"there is no group {name!r}" + (
        f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(kinds.groups())}"
    )
