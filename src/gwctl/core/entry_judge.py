"""One entry of a manifest, judged without a database: its fields, its names, and the secrets that lie elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gwctl import secrets
from gwctl.core import validation, versions
from gwctl.core.manifest import Entry, names_secret, resolve_secret
from gwctl.core.spool import Wanted
from gwctl.describe import Entity
from gwctl.errors import Invalid
from gwctl.secrets import MASK, Secret

if TYPE_CHECKING:
    from gwctl.core.judging import Manifest

RENAMED = "renamed_from"
First = Callable[[str, str, str, str], str | None]
"""Notes a name of a kind, what name it is and where; the place where it was told of before."""


@dataclass
class EntryJudge:
    """Judges the entries of one kind; what has to be known of its fields is looked up once."""

    manifest: Manifest
    entity: Entity
    environ: Mapping[str, str]
    first: First

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        return frozenset(name for name, one in self.entity.fields.items() if one.elsewhere)

    @cached_property
    def masked(self) -> frozenset[str]:
        return frozenset(name for name, one in self.entity.fields.items() if one.masked)

    @cached_property
    def sealed(self) -> frozenset[str]:
        return frozenset(name for name, one in self.entity.fields.items() if one.sealed is not None)

    @cached_property
    def special(self) -> frozenset[str]:
        """The fields that are not judged by their values alone."""
        return frozenset({RENAMED, *self.elsewhere, *self.masked})

    @cached_property
    def naming(self) -> tuple[str, ...]:
        """The fields that name an object: its identity and its id."""
        return tuple(dict.fromkeys((self.entity.identity, self.entity.key)))

    def judge(self, entry: Entry) -> None:
        problems = self.manifest.problems
        before = len(problems)
        data = _from_cells(self.entity, entry.data) if entry.textual else dict(entry.data)
        renamed, masked = None, {}
        if not self.special.isdisjoint(data):
            renamed = self._renamed(entry, data)
            masked = self._taken_out(entry, data)
        if _names_secrets(data.values()):
            data = {name: self._placed(entry, (name,), value) for name, value in data.items()}
        fields, wrong = validation.fields(self.entity, data, textual=entry.textual)
        for one in wrong:
            self._report(entry, one.parts, one.message, name=one.at_key)
        for name, value in masked.items():
            self._resolve(entry, name, value, fields)
        if _has_mask(data.values()):
            for path in _placeholders(data):
                message = "is a mask that an export put in the place of a secret: name the secret again"
                self._report(entry, path, message)
        self._named(entry, masked, data, fields)
        if entry.flawed:
            _only_new(self.manifest, before)
        elif len(problems) == before:
            self.manifest.spool.add(Wanted(self.entity, fields, entry, renamed))
            return
        self.manifest.flawed.update((self.entity.name, data[name]) for name in self.naming if _is_text(data, name))

    def _renamed(self, entry: Entry, data: dict[str, Any]) -> Any:
        renamed = data.pop(RENAMED, None)
        if renamed is not None and not isinstance(renamed, str):
            self._report(entry, (RENAMED,), "should be text: the name that it had")
        return renamed

    def _taken_out(self, entry: Entry, data: dict[str, Any]) -> dict[str, Any]:
        """What an object's own secrets are said to be, taken out of the rest."""
        for name in self.elsewhere & data.keys():
            self._report(entry, (name,), self.entity.fields[name].elsewhere, name=True)
            del data[name]
        return {name: data.pop(name) for name in self.masked & data.keys()}

    def _report(self, entry: Entry, path: Sequence[str | int], message: str, *, name: bool = False) -> None:
        self.manifest.problems.append(self.manifest.reader.problem(entry, tuple(path), message, name=name))

    def _resolve(self, entry: Entry, name: str, value: Any, fields: dict[str, Any]) -> None:
        """A secret that is an object's own, from where it lies."""
        try:
            fields[name] = resolve_secret(value, entry.source.folder, self.environ)
            self.entity.fields[name].check_secret(fields[name].reveal())
        except Invalid as error:
            self._report(entry, (name,), f"{error.message}. {error.hint}".rstrip(". "))

    def _placed(self, entry: Entry, path: tuple[str | int, ...], value: Any) -> Any:
        """A value with the secrets that lie elsewhere in the place of where they lie."""
        if names_secret(value) and self._is_hidden(path):
            try:
                return resolve_secret(value, entry.source.folder, self.environ)
            except Invalid as error:
                self._report(entry, path, f"{error.message}. {error.hint}".rstrip(". "))
                return value
        if isinstance(value, dict):
            return {key: self._placed(entry, (*path, key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._placed(entry, (*path, place), item) for place, item in enumerate(value)]
        return value

    def _is_hidden(self, path: tuple[str | int, ...]) -> bool:
        """Whether a secret may lie there: in what is stored sealed under any of the first names, elsewhere where an
        export would mask it. Any other `env: prod` is a value."""
        return (path[0] in self.sealed and len(path) < 3) or (len(path) > 1 and secrets.is_masked_at(path))

    def _named(
        self, entry: Entry, masked: Mapping[str, Any], data: Mapping[str, Any], fields: Mapping[str, Any]
    ) -> None:
        """Each object has a name of its own, or an id, or (a key) a secret that it is known by."""
        entity = self.entity
        told = [name for name in self.naming if data.get(name) is not None]
        if not told and not masked and not entry.flawed:
            ids = f", {entity.key}" if entity.key != entity.identity else ""
            self._report(entry, (), f"a {entity.name} needs a name: {entity.identity}{ids}")
        for name in told:
            if not _is_text(data, name) or (entity.shared_names and name != entity.key and data.get(entity.key)):
                continue
            part = versions.part(entity.versions, data) if entity.versions else None
            self._once(entry, name, data[name], f"{name} {part}" if part else name, repr(data[name]))
        if masked and not data.get(entity.identity):
            for name in masked:
                if isinstance(secret := fields.get(name), Secret):
                    self._once(entry, name, secrets.digest(secret.reveal()), name, "this secret")

    def _once(self, entry: Entry, field_name: str, value: str, what: str, said: str) -> None:
        """A name is told of once; of versions, once in each part."""
        where = f"{entry.source.name}:{entry.position.line}"
        known = self.first(self.entity.name, value, what, where)
        if known is not None:
            self._report(entry, (field_name,), f"{said} is told of twice, first in {known}")


def _is_text(data: Mapping[str, Any], name: str) -> bool:
    return bool(data.get(name)) and isinstance(data[name], str)


def _only_new(manifest: Manifest, start: int) -> None:
    """What could not be read has been told of; that it is missing, too, is nothing new."""
    told = {(one.file, one.line, one.column) for one in manifest.reader.problems}
    manifest.problems[start:] = [
        one for one in manifest.problems[start:] if (one.file, one.line, one.column) not in told
    ]


def _from_cells(entity: Entity, data: Mapping[str, Any]) -> dict[str, Any]:
    """Cells of a table: lists and objects are told by their fields."""
    from gwctl.core.manifest import split_cell

    found: dict[str, Any] = {}
    for name, value in data.items():
        known = entity.fields.get(name)
        found[name] = (
            split_cell(value) if isinstance(value, str) and known is not None and known.kind in (list, dict) else value
        )
    return found


def _has_mask(values: Iterable[Any]) -> bool:
    for item in values:
        kind = type(item)
        if kind is str:
            if item == MASK:
                return True
        elif (kind is dict and _has_mask(item.values())) or (kind is list and _has_mask(item)):
            return True
    return False


def _names_secrets(values: Iterable[Any]) -> bool:
    """Whether what might name a secret lies somewhere among them."""
    for item in values:
        kind = type(item)
        if kind is dict:
            if (len(item) == 1 and names_secret(item)) or _names_secrets(item.values()):
                return True
        elif kind is list and _names_secrets(item):
            return True
    return False


def _placeholders(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if value == MASK:
        yield path
    elif isinstance(value, dict | list):
        items: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _placeholders(item, (*path, key))
