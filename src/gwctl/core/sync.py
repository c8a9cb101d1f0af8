"""Manifests against the database: what each object should be, what it is, and the changes between the two.

Objects come judged, a batch of one kind at a time (`core.spool`). Planning matches each with its row, and goes through
the same `changes` as every command. What is wrong beside the database is told like what is wrong in the file: with
file, line, column and path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from gwctl import secrets
from gwctl.core import changes as engine
from gwctl.core import versions
from gwctl.core.change import Change
from gwctl.core.judging import MOST_PROBLEMS, Manifest, invalid
from gwctl.core.manifest import Entry
from gwctl.core.spool import Wanted
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Ruled, Spec
from gwctl.describe import fields as fields_of
from gwctl.errors import Conflict, GwctlError, Invalid, NotFound, Problem, Refused


def plan(stage: Stage, wanted: Sequence[Wanted], *, create_only: bool = False) -> list[Change]:
    """The changes that make the database agree with a batch of objects of one kind."""
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
    once = _once(entity.spec)
    return {name: value for name, value in fields.items() if name not in once}


@cache
def _once(spec: type[Spec]) -> frozenset[str]:
    return frozenset(name for name, one in fields_of(spec).items() if isinstance(one.place, Ruled) and one.place.once)


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


class Faults:
    """Everything that is wrong: what manifests themselves are judged to be, and what comes to light beside the
    database."""

    def __init__(self, manifest: Manifest, *, strict: bool = False, need_place: bool = False) -> None:
        self.manifest = manifest
        self.strict = strict
        self.need_place = need_place
        self._found: list[tuple[type[GwctlError], Problem]] = []
        self._lost: list[Problem] = []

    @property
    def are_too_many(self) -> bool:
        return len(self._found) + len(self._lost) > MOST_PROBLEMS

    def look(self, changes: Iterable[Change]) -> None:
        """Collects what is wrong with changes, each with its place in the manifests."""
        for change in changes:
            for trouble in change.troubles:
                if not (trouble.kind is NotFound and self._is_told(trouble.message)):
                    kind = Invalid if trouble.kind is NotFound else trouble.kind
                    self._found.append((kind, self._placed(change, trouble.message, trouble.field)))
            if self.strict:
                self._found += [(Refused, self._placed(change, warning, None)) for warning in change.warnings]
            if self.need_place and is_minted(change):
                self._lost.append(self._placed(change, "its secret needs a place", None))

    def check(self) -> None:
        """Raises all of it at once; a secret that is minted and goes nowhere would be lost, and is told of last."""
        problems = [*self.manifest.problems, *(problem for _, problem in self._found)]
        problems.sort(key=lambda one: (one.file, one.line, one.column))
        if problems:
            kinds = [Invalid] * bool(self.manifest.problems) + [kind for kind, _ in self._found]
            raise invalid(problems, Invalid if Invalid in kinds else kinds[0])
        if self._lost:
            hint = "--secrets-to FILE writes new secrets there; key: {env: NAME} or {file: PATH} takes one of yours."
            raise invalid(self._lost, Invalid, hint)

    def _is_told(self, message: str) -> bool:
        """Whether what is missing is told of in the manifests, where it has problems of its own."""
        return any(repr(name) in message for kind, name in self.manifest.flawed if kind in message)

    def _placed(self, change: Change, message: str, name: str | None) -> Problem:
        if not isinstance(change.origin, Entry):
            return Problem(message, path=f"{change.entity.group}: {change.name}")
        path = (name,) if name and name in change.origin.data else ()
        return self.manifest.reader.problem(change.origin, path, message)


def is_minted(change: Change) -> bool:
    """Whether a change has a secret that nobody knows yet."""
    return change.secret is not None and "key" not in change.fields
