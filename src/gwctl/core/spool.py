"""Judged objects of manifests, a batch at a time. What does not fit into one batch waits in a temporary file.

So a manifest of any length needs the memory of one batch of each kind. The files have no name: they are gone with the
process. Secrets never go there: they stay in memory, and the file holds their numbers. Beside the objects lies an index
of names, which answers what has to be known of all objects at once: whether a name was told of before, and where.
"""

from __future__ import annotations

import io
import pickle  # of this process's own making, in a file without a name
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

from gwctl.core import aside
from gwctl.core.manifest import Entry
from gwctl.core.manifest.entry import Source
from gwctl.core.manifest.place import Position
from gwctl.describe import Entity
from gwctl.secrets import Secret

BATCH = 2000
"""How many objects are planned and written at once."""


class Wanted(NamedTuple):
    """One object of a manifest, judged."""

    entity: Entity
    fields: dict[str, Any]
    entry: Entry
    renamed_from: str | None = None

    @property
    def name(self) -> str | None:
        return self.fields.get(self.entity.identity) or self.fields.get(self.entity.key)


@dataclass
class _Kind:
    entity: Entity
    count: int = 0
    last: list[Wanted] = field(default_factory=list)
    """The batch that is not full yet: of a short manifest, all there is."""
    file: IO[bytes] | None = None


class Spool:
    """Objects by kind, in the order in which they are told of."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._sources: dict[int, Source] = {}
        self._secrets: list[Secret] = []

    def __len__(self) -> int:
        return sum(kind.count for kind in self._kinds.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many objects of each kind there are."""
        return {name: kind.count for name, kind in self._kinds.items()}

    @property
    def holds_secrets(self) -> bool:
        return bool(self._secrets)

    def add(self, wanted: Wanted) -> None:
        kind = self._kind(wanted.entity)
        if len(kind.last) == BATCH:
            self._put_away(kind)
        kind.last.append(wanted)
        kind.count += 1

    def packed(self) -> dict[str, tuple[int, bytes]]:
        """All objects, by kind: how many, and what another spool takes. They are one batch of each kind at most."""
        found = {}
        for name, kind in self._kinds.items():
            assert kind.file is None, "more than a batch"
            stream = io.BytesIO()
            self._pack(kind, stream)
            found[name] = (kind.count, stream.getvalue())
        return found

    def take(self, entity: Entity, source: Source, count: int, packed: bytes) -> None:
        """Objects out of a source that another spool packed."""
        kind = self._kind(entity)
        self._sources[source.number] = source
        if count < BATCH // 2:  # else batches would be small, and many
            for wanted in self._unpacked(entity, _Unpickler(io.BytesIO(packed), self._secrets).load()):
                self.add(wanted)
            return
        if kind.last:
            self._put_away(kind)
        with aside.writing():
            file = self._file(kind)
            file.write(packed)
            file.flush()
        kind.count += count

    def batches(self, name: str) -> Iterator[list[Wanted]]:
        """The objects of a kind, at most BATCH at a time; again and again, as often as they are asked for."""
        kind = self._kinds.get(name)
        if kind is None:
            return
        if kind.file is not None:
            place = 0
            while True:
                kind.file.seek(place)
                try:
                    packed = _Unpickler(kind.file, self._secrets).load()
                except EOFError:
                    break
                place = kind.file.tell()
                yield self._unpacked(kind.entity, packed)
        if kind.last:
            yield kind.last

    def _kind(self, entity: Entity) -> _Kind:
        if entity.name not in self._kinds:
            self._kinds[entity.name] = _Kind(entity)
        return self._kinds[entity.name]

    def _put_away(self, kind: _Kind) -> None:
        with aside.writing():
            file = self._file(kind)
            self._pack(kind, file)
            file.flush()
        kind.last = []

    def _file(self, kind: _Kind) -> IO[bytes]:
        """The file of what waits, at its end."""
        if kind.file is None:
            kind.file = tempfile.TemporaryFile(buffering=1 << 20)  # noqa: SIM115 - open as long as the spool lives
        kind.file.seek(0, 2)
        return kind.file

    def _pack(self, kind: _Kind, file: IO[bytes]) -> None:
        for wanted in kind.last:
            self._sources[wanted.entry.source.number] = wanted.entry.source
        _Pickler(file, self._secrets).dump([_packed(wanted) for wanted in kind.last])

    def _unpacked(self, entity: Entity, packed: list[tuple[Any, ...]]) -> list[Wanted]:
        """What the entry said is known by its fields; of its data only the names are still there."""
        return [
            Wanted(
                entity,
                fields,
                Entry(
                    group, dict.fromkeys(names), self._sources[source], (document, group, index), Position(line, column)
                ),
                renamed_from,
            )
            for fields, renamed_from, names, source, group, document, index, line, column in packed
        ]  # fmt: skip


def _packed(wanted: Wanted) -> tuple[Any, ...]:
    entry = wanted.entry
    return (
        wanted.fields, wanted.renamed_from, tuple(entry.data), entry.source.number,
        entry.group, entry.index[0], entry.index[2], *entry.position,
    )  # fmt: skip


class _Pickler(pickle.Pickler):
    """Puts a number in the place of a secret."""

    def __init__(self, file: IO[bytes], kept: list[Secret]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept = kept

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Secret):
            return NotImplemented
        self._kept.append(value)
        return _Number, (len(self._kept) - 1,)


class _Number(int):
    """The place of a secret among those that are kept in memory."""


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], kept: list[Secret]) -> None:
        super().__init__(file)
        self._kept = kept

    def find_class(self, module: str, name: str) -> Any:
        return self._kept.__getitem__ if name == "_Number" else super().find_class(module, name)


Name = tuple[str, str, str]
"""A kind, a name, and what it is: `team_alias`, `team_id`."""
NOTE = "INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)"
FORGET = "DELETE FROM name WHERE kind = ? AND name = ? AND what = ? AND place = ?"


class Told:
    """The names of a few objects."""

    def __init__(self) -> None:
        self.places: dict[Name, str] = {}

    def first(self, kind: str, name: str, what: str, place: str) -> str | None:
        """As Names."""
        known = self.places.setdefault((kind, name, what), place)
        return None if known is place else known


class Names:
    """Names of all objects, and the place where each was first told of. SQLite keeps what memory should not."""

    def __init__(self) -> None:
        # "" is a database of this connection's alone: in memory while it is small, then in a file without a name.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("BEGIN")
        self._database.execute(
            "CREATE TABLE name (kind, name, what, place, PRIMARY KEY (kind, name, what)) WITHOUT ROWID"
        )
        self._cursor = self._database.cursor()

    def first(self, kind: str, name: str, what: str, place: str) -> str | None:
        """Notes what an object of a kind is called, by its `team_alias` or `team_id`; the place where it was before."""
        try:
            if self._cursor.execute(NOTE, (kind, name, what, place)).rowcount:
                return None
        except sqlite3.OperationalError as error:
            raise aside.refused(error) from error
        query = "SELECT place FROM name WHERE kind = ? AND name = ? AND what = ?"
        return str(self._database.execute(query, (kind, name, what)).fetchone()[0])

    def note(self, told: Mapping[Name, str]) -> bool:
        """Notes many names and their places, if none of them was told of before."""
        rows = [(*name, place) for name, place in told.items()]
        try:
            if self._cursor.executemany(NOTE, rows).rowcount == len(rows):
                return True
            self._cursor.executemany(FORGET, rows)
        except sqlite3.OperationalError as error:
            raise aside.refused(error) from error
        return False

    def __contains__(self, one: tuple[str, str]) -> bool:
        """Whether an object of a kind has that name, or that id."""
        found = self._database.execute("SELECT 1 FROM name WHERE kind = ? AND name = ? LIMIT 1", one)
        return found.fetchone() is not None
