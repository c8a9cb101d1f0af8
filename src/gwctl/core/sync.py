"""Manifests against the database: what each object should be, what it is, and the changes between the two.

Judging needs no database: groups, fields, names, doubles, secrets that lie elsewhere. Planning reads: it matches each
object with its row, and goes through the same `changes` as every command. Whatever is wrong, in the file or beside the
database, is collected and told at once, with file, line, column and path.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from gwctl.core import changes as engine
from gwctl.core import validation, versions
from gwctl.core.change import Change
from gwctl.core.kinds import Kinds
from gwctl.core.manifest import Entry, Reader, names_secret, resolve_secret
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Ruled
from gwctl.errors import Conflict, GwctlError, Invalid, NotFound, Problem
from gwctl.secrets import MASK

RENAMED = "renamed_from"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object of a manifest, judged."""

    entity: Entity
    fields: dict[str, Any]
    entry: Entry
    renamed_from: str | None = None

    @property
    def name(self) -> str | None:
        return self.fields.get(self.entity.identity) or self.fields.get(self.entity.key)


@dataclass
class Manifest:
    """What manifests say: the objects that are well, and everything that is not."""

    reader: Reader
    wanted: list[Wanted] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    declared: set[tuple[str, str]] = field(default_factory=set)
    """Every kind and name that is told of, well or not."""

    def __len__(self) -> int:
        return len(self.wanted)

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


def judge(reader: Reader, kinds: Kinds, environ: Mapping[str, str] = os.environ) -> Manifest:
    """Reads manifests and says what is wrong with them, as far as that can be known without a database."""
    manifest = Manifest(reader)
    seen: dict[tuple[str, str, str], Entry] = {}
    for entry in reader.entries(lambda name: _fault_of_group(name, kinds)):
        entity = kinds.of_group(entry.group)
        if entity is None or not entity.in_manifests:
            manifest.problems.append(reader.problem(entry, (), _fault_of_group(entry.group, kinds)))
            continue
        _judge(manifest, entity, entry, seen, environ)
    manifest.problems += reader.problems
    manifest.problems.sort(key=lambda problem: (problem.file, problem.line, problem.column))
    return manifest


def _fault_of_group(name: str, kinds: Kinds) -> str:
    entity = kinds.of_group(name)
    if entity is not None and entity.in_manifests:
        return ""
    near = get_close_matches(name, kinds.groups(), n=1)
    return f"there is no group {name!r}" + (
        f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(kinds.groups())}"
    )


def _judge(
    manifest: Manifest,
    entity: Entity,
    entry: Entry,
    seen: dict[tuple[str, str, str], Entry],
    environ: Mapping[str, str],
) -> None:
    reader, before = manifest.reader, len(manifest.problems)
    data = {name: value for name, value in entry.data.items() if name != RENAMED}
    renamed = entry.data.get(RENAMED)
    for name in (entity.identity, entity.key):
        if isinstance(data.get(name), str):
            manifest.declared.add((entity.name, data[name]))
    if renamed is not None and not isinstance(renamed, str):
        manifest.problems.append(reader.problem(entry, (RENAMED,), "should be text: the name that it had"))
    if entry.textual:
        data = _from_cells(entity, data)
    data = _placed_secrets(manifest, entity, entry, data, environ)
    for name in [name for name in data if name in entity.fields and entity.fields[name].elsewhere]:
        manifest.problems.append(reader.problem(entry, (name,), entity.fields[name].elsewhere, name=True))
        del data[name]
    masked = {name: data.pop(name) for name in list(data) if name in entity.fields and entity.fields[name].masked}
    fields, wrong = validation.fields(entity, data, textual=entry.textual)
    for one in wrong:
        manifest.problems.append(reader.problem(entry, one.parts, one.message, name=one.at_key))
    for name, value in masked.items():
        try:
            fields[name] = resolve_secret(value, entry.source.folder, environ)
            entity.fields[name].check_secret(fields[name].reveal())
        except Invalid as error:
            manifest.problems.append(reader.problem(entry, (name,), f"{error.message}. {error.hint}".rstrip(". ")))
    for path in _placeholders(data):
        manifest.problems.append(
            reader.problem(entry, path, "is a mask that an export put in the place of a secret: name the secret again")
        )
    _named(manifest, entity, entry, {**fields, **masked}, data, seen)
    if entry.flawed:
        _only_new(manifest, before)
    elif len(manifest.problems) == before:
        manifest.wanted.append(Wanted(entity, fields, entry, renamed))


def _placed_secrets(
    manifest: Manifest, entity: Entity, entry: Entry, data: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, Any]:
    """Of fields that are stored sealed: the secrets that lie elsewhere, in the place of where they lie."""
    found = dict(data)
    for name, value in data.items():
        if name not in entity.fields or entity.fields[name].sealed is None:
            continue
        inside = {name: value} if entity.fields[name].is_source or not isinstance(value, dict) else dict(value)
        for key in [key for key, item in inside.items() if names_secret(item)]:
            try:
                inside[key] = resolve_secret(inside[key], entry.source.folder, environ)
            except Invalid as error:
                path = (name,) if inside is not value and key == name else (name, key)
                message = f"{error.message}. {error.hint}".rstrip(". ")
                manifest.problems.append(manifest.reader.problem(entry, path, message))
        found[name] = inside if isinstance(value, dict) and not entity.fields[name].is_source else inside[name]
    return found


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


def _placeholders(value: Any, path: tuple[str | int, ...] = ()) -> Iterable[tuple[str | int, ...]]:
    if value == MASK:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _placeholders(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _placeholders(item, (*path, index))


def _named(
    manifest: Manifest,
    entity: Entity,
    entry: Entry,
    fields: Mapping[str, Any],
    data: Mapping[str, Any],
    seen: dict[tuple[str, str, str], Entry],
) -> None:
    """Each object has a name of its own, or an id, or (a key) a secret that it is known by."""
    given = [name for name in dict.fromkeys((entity.identity, entity.key)) if data.get(name)]
    masked = [name for name in fields if entity.fields[name].masked]
    unnamed = all(data.get(name) is None for name in (entity.identity, entity.key))
    if unnamed and not masked and not entry.flawed:
        ids = f", {entity.key}" if entity.key != entity.identity else ""
        manifest.problems.append(
            manifest.reader.problem(entry, (), f"a {entity.name} needs a name: {entity.identity}{ids}")
        )
    for name in given:
        if not isinstance(data[name], str) or (entity.shared_names and name != entity.key and entity.key in given):
            continue
        part = versions.part(entity.versions, data) if entity.versions else None
        known = seen.setdefault((entity.name, f"{name} {part}" if part else name, data[name]), entry)
        if known is not entry:
            where = f"{known.source.name}:{known.position.line}"
            manifest.problems.append(
                manifest.reader.problem(entry, (name,), f"{data[name]!r} is told of twice, first in {where}")
            )


# Planning


def plan(stage: Stage, manifest: Manifest, *, create_only: bool = False) -> tuple[list[Change], int]:
    """The changes that make the database agree with the manifests, and how many objects need none."""
    by_kind: dict[str, list[Wanted]] = defaultdict(list)
    for wanted in manifest.wanted:
        by_kind[wanted.entity.name].append(wanted)
    changes: list[Change] = []
    for kind in stage.unit.kinds.in_reference_order(set(by_kind)):
        changes += _plan_kind(stage, by_kind[kind], create_only)
    return changes, len(manifest.wanted) - len(changes)


def _plan_kind(stage: Stage, wanted: Sequence[Wanted], create_only: bool) -> list[Change]:
    entity = wanted[0].entity
    rows, troubled = _match(stage, entity, wanted)
    new = [one for one in wanted if id(one) not in rows and id(one) not in troubled]
    there = [] if create_only else [one for one in wanted if id(one) in rows]
    created = engine.create(stage, entity, [one.fields for one in new], [one.entry for one in new]) if new else []
    fields = [_managed(entity, one.fields) for one in there]
    if entity.versions and entity.versions.state:
        for one in fields:
            one.setdefault(entity.versions.state, entity.versions.ruling)
    updated = (
        engine.update(stage, entity, [rows[id(one)] for one in there], fields, [one.entry for one in there])
        if there
        else []
    )
    return [*troubled.values(), *created, *updated]


def _managed(entity: Entity, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared with an object that is there: not what counts at creation alone."""
    once = {name for name, one in entity.fields.items() if isinstance(one.place, Ruled) and one.place.once}
    return {name: value for name, value in fields.items() if name not in once}


def _match(stage: Stage, entity: Entity, wanted: Sequence[Wanted]) -> tuple[dict[int, Row], dict[int, Change]]:
    """The row that each object stands for, by its id where it gives one, else by its name; and those that are in
    doubt."""
    ids = stage.load(entity.table, entity.key, [_id(one) for one in wanted], change=True)
    by_id = {row[entity.key]: row for row in ids}
    column = entity.fields[entity.identity].column or entity.key
    names = [name for one in wanted for name in (one.fields.get(entity.identity), one.renamed_from) if name]
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in stage.load(entity.table, column, names, change=True):
        by_name[row[column]].append(row)
    rows: dict[int, Row] = {}
    troubled: dict[int, Change] = {}
    for one in wanted:
        found = _candidates(entity, one, by_id, by_name)
        if not found:
            continue
        change = Change("update", entity, {}, found[0], origin=one.entry)
        if len(found) > 1:
            _doubt_name(change, one, found)
        elif _has_other_id(one, found[0]):
            _doubt_id(change, one, found[0])
        if change.troubles:
            troubled[id(one)] = change
        else:
            rows[id(one)] = found[0]
    return rows, troubled


def _doubt_name(change: Change, one: Wanted, found: Sequence[Row]) -> None:
    ids = ", ".join(str(row[one.entity.key]) for row in found)
    message = f"{one.name!r} is the name of {len(found)} {one.entity.group}: {ids}"
    change.refuse(message, one.entity.identity, kind=Conflict, hint=f"Give {one.entity.key}.")


def _has_other_id(one: Wanted, row: Row) -> bool:
    """The id that is given names nothing, while the name is another's. A key's id, its secret's hash, may change."""
    key = one.entity.key
    return key in one.entity.fixed and one.fields.get(key) not in (None, row[key])


def _doubt_id(change: Change, one: Wanted, row: Row) -> None:
    entity, given = one.entity, one.fields[one.entity.key]
    name = one.fields.get(entity.identity) or one.renamed_from
    message = f"there is no {entity.name} {given!r}, but {name!r} is the name of {row[entity.key]!r}"
    change.refuse(message, entity.key, kind=Conflict, hint=f"Leave {entity.key} out, or give the one that it has.")


def _id(one: Wanted) -> str | None:
    """The id that an object gives; of a secret, its hash."""
    if one.fields.get(one.entity.key):
        return str(one.fields[one.entity.key])
    if one.fields.get(one.entity.identity) is None:
        from gwctl import secrets

        return next(
            (secrets.digest(one.fields[name].reveal()) for name in one.fields if one.entity.fields[name].masked), None
        )
    return None


def _candidates(entity: Entity, one: Wanted, by_id: Mapping[Any, Row], by_name: Mapping[str, list[Row]]) -> list[Row]:
    if (known := by_id.get(_id(one))) is not None:
        return [known]
    if one.entity.shared_names and one.fields.get(entity.key):
        return []
    found = by_name.get(one.fields.get(entity.identity) or "", [])
    if not found and one.renamed_from:
        found = by_name.get(one.renamed_from, [])
    return versions.meant(entity, one.fields, found) if entity.versions and found else found


# Troubles


def problems_of(
    manifest: Manifest, changes: Iterable[Change], *, strict: bool = False
) -> list[tuple[type[GwctlError], Problem]]:
    """What is wrong with changes, each with its place in the manifests."""
    found = []
    for change in changes:
        for trouble in change.troubles:
            if trouble.kind is NotFound and any(
                repr(name) in trouble.message for kind, name in manifest.declared if kind in trouble.message
            ):
                continue  # it is told of in the manifests, where it has problems of its own
            kind = Invalid if trouble.kind is NotFound else trouble.kind
            found.append((kind, _placed(manifest, change, trouble.message, trouble.field)))
        if strict:
            from gwctl.errors import Refused

            found += [(Refused, _placed(manifest, change, warning, None)) for warning in change.warnings]
    return found


def _placed(manifest: Manifest, change: Change, message: str, name: str | None) -> Problem:
    if not isinstance(change.origin, Entry):
        return Problem(message, path=f"{change.entity.group}: {change.name}")
    return manifest.reader.problem(change.origin, (name,) if name and name in change.origin.data else (), message)


def check(manifest: Manifest, changes: Sequence[Change], *, strict: bool = False) -> None:
    """Raises everything that is wrong, of manifests and changes together."""
    found = problems_of(manifest, changes, strict=strict)
    problems = sorted(
        [*manifest.problems, *(problem for _, problem in found)], key=lambda one: (one.file, one.line, one.column)
    )
    if not problems:
        return
    kinds = [Invalid] * bool(manifest.problems) + [kind for kind, _ in found]
    raise invalid(problems, Invalid if Invalid in kinds else kinds[0])


def need_place_for_secrets(manifest: Manifest, changes: Iterable[Change]) -> None:
    """A secret that is minted and goes nowhere would be lost: raises Invalid for the keys that it is about."""
    minted = [change for change in changes if change.secret is not None and "key" not in change.fields]
    if minted:
        problems = [_placed(manifest, change, "its secret needs a place", None) for change in minted]
        raise invalid(
            problems,
            Invalid,
            "--secrets-to FILE writes new secrets there; key: {env: NAME} or {file: PATH} takes one of yours.",
        )
