"""A plan as a value: what will become of which objects. One renderer prints it, one shape is its JSON."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from gwctl import describe, secrets
from gwctl.core import aside, naming, references
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.encoders import json_text
from gwctl.core.images import moment
from gwctl.core.stage import Stage
from gwctl.describe import Entity

CHANGED = "(changed)"
MOST_WARNINGS = 1000


class Step(NamedTuple):
    """One object's change: fields old → new with references by name, and the rows that move in other tables."""

    action: str
    kind: str
    name: str
    id: str
    fields: dict[str, tuple[Any, Any]]
    effects: tuple[tuple[str, str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "kind": self.kind,
            "name": self.name,
            "id": self.id,
            "fields": {name: {"old": old, "new": new} for name, (old, new) in self.fields.items()},
            "effects": [{"table": table, "action": action, "count": count} for table, action, count in self.effects],
        }


class Steps:
    """Steps one after another. Where they are many they lie in a file without a name, so that memory stays flat."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - open as long as it is read
        self._count = 0
        self._was_read = False

    def add(self, lines: Sequence[bytes]) -> None:
        with aside.writing():
            if self._was_read:
                self._file.seek(0, 2)
                self._was_read = False
            self._file.write(b"".join(lines))
            self._file.flush()
        self._count += len(lines)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Step]:
        return map(_read, self._lines())

    def by_kind(self) -> Iterator[tuple[str, Iterator[Step]]]:
        for kind, lines in groupby(self._lines(), key=_kind):
            yield kind.decode(), map(_read, lines)

    def _lines(self) -> Iterator[bytes]:
        place, self._was_read = 0, True
        while True:
            self._file.seek(place)
            lines = self._file.readlines(1 << 20)
            place = self._file.tell()
            if not lines:
                return
            yield from lines


def _kind(line: bytes) -> bytes:
    """A line begins with the action and the kind."""
    return line.split(b'"', 4)[3]


def _line(step: Step) -> bytes:
    text = json_text([step.action, step.kind, step.name, step.fields, step.effects], str)
    return f"{text}\t{json_text(step.id)}\n".encode()


def _read(line: bytes) -> Step:
    text, _, id_ = line.partition(b"\t")
    action, kind, name, fields, effects = json.loads(text)
    pairs = {field: (old, new) for field, (old, new) in fields.items()}
    return Step(action, kind, name, json.loads(id_), pairs, tuple((table, did, n) for table, did, n in effects))


class Plan:
    """What will become of which objects; it grows as the changes are planned.

    `most_created`: how many new objects of a kind are kept as steps; None where all will be told of.
    """

    def __init__(self, most_created: int | None = None) -> None:
        self.steps = Steps()
        self._most_created = most_created
        self._created: Counter[str] = Counter()
        self.unchanged = 0
        self.touched: set[tuple[str, str]] = set()
        """What is done, by kind: pairs of kind and action."""
        self._warned: dict[str, None] = {}
        self._unsaid = 0
        self._counts: Counter[str] = Counter()
        self._digest = secrets.checksum()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, *steps: Step) -> None:
        lines = []
        for step in steps:
            line = _line(step)
            lines.append(line)
            self._count(step.action, step.kind, line)
        self.steps.add(lines)

    def extend(self, stage: Stage, changes: Sequence[Change], unchanged: int = 0) -> None:
        """Adds what changes on a stage do."""
        for warning in (*stage.unit.warnings, *(warning for change in changes for warning in change.warnings)):
            self.warn(warning)
        stage.unit.warnings.clear()
        names = _names(stage, changes)
        lines = []
        for change in changes:
            kind = change.entity.name
            if change.action == "create":
                self._count("create", kind, _gist(stage, change))
                if self._most_created is not None and self._created[kind] > self._most_created:
                    continue
            line = _line(_step(stage, change, names))
            lines.append(line)
            if change.action != "create":
                self._count(change.action, kind, line)
        self.steps.add(lines)
        self.unchanged += unchanged

    def _count(self, action: str, kind: str, digested: bytes) -> None:
        self._digest.update(digested)
        self._counts[action] += 1
        self._created[kind] += action == "create"
        self.touched.add((kind, action))

    def shortened(self, most: int) -> Iterator[Step | int]:
        """All that change or go, and of each kind the first of those that are made; behind them, how many more."""
        told = set()
        for kind, steps in self.steps.by_kind():
            created = 0
            for step in steps:
                created += step.action == "create"
                if step.action != "create" or created <= most:
                    yield step
            more = self._created[kind] - min(created, most)
            if more and kind not in told:
                yield more
            told.add(kind)

    def warn(self, warning: str) -> None:
        """Each warning is told once, and MOST_WARNINGS of them."""
        if len(self._warned) < MOST_WARNINGS:
            self._warned.setdefault(warning)
        else:
            self._unsaid += warning not in self._warned

    @property
    def warnings(self) -> list[str]:
        more = [f"and {self._unsaid:,} more warnings"] if self._unsaid else []
        return [*self._warned, *more]

    @property
    def summary(self) -> dict[str, int]:
        counts = {action: self._counts[action] for action in ("create", "update", "delete")}
        return counts | {"unchanged": self.unchanged}

    @property
    def checksum(self) -> str:
        """Of what will be done: nothing in it comes from the clock or was minted, so that it is the same tomorrow."""
        return self._digest.hexdigest()[:16]


def of(stage: Stage, changes: Iterable[Change], unchanged: int = 0) -> Plan:
    """The plan that changes on a stage make."""
    plan = Plan()
    plan.extend(stage, list(changes), unchanged)
    return plan


def _names(stage: Stage, changes: Sequence[Change]) -> dict[str, Mapping[Any, str]]:
    """The names of what fields referred to before, by kind and id."""
    ids: dict[str, list[Any]] = defaultdict(list)
    for change in changes:
        for name, kind in naming.references_of(change.entity).items() if change.was else ():
            if change.was.get(name) and name in change.fields and kind in stage.unit.kinds.index:
                old = change.was[name]
                ids[kind] += old if isinstance(old, list | dict) else [old]
    return {kind: references.labels(stage, stage.unit.kinds.entity(kind), values) for kind, values in ids.items()}


def _gist(stage: Stage, change: Change) -> bytes:
    """What a new object will be, for the checksum alone: references by name, and of secrets that they are some. Its id
    is not in it, for it may be minted anew."""
    asked = change.fields | change.spoken
    fields = {name: asked[name] for name, _ in _in_order(change.entity, tuple(change.fields))}
    return json_text([change.entity.name, change.name, fields, _effects(stage, change)], str).encode()


def _step(stage: Stage, change: Change, names: Mapping[str, Mapping[Any, str]]) -> Step:
    differing = change.differences()
    fields = {}
    for name, is_plain in _in_order(change.entity, tuple(differing)):
        old, new = differing[name]
        fields[name] = (_told(old), _told(new)) if is_plain else _shown(change, name, (old, new), names)
    return Step(change.action, change.entity.name, change.name, change.id, fields, _effects(stage, change))


@lru_cache(maxsize=4096)
def _in_order(entity: Entity, names: tuple[str, ...]) -> Sequence[tuple[str, bool]]:
    """Fields in the order in which they are declared, and whether each is shown as it is: neither a secret, nor a
    reference, nor a part of something."""
    references_of = naming.references_of(entity)
    plain = {
        name
        for name, one in entity.fields.items()
        if not (one.masked or one.merged or one.sealed or name in references_of)
    }
    return [(name, name in plain) for name in (*describe.fields(entity.spec), "spend") if name in names]


def _told(value: Any) -> Any:
    kind = type(value)
    if kind in _BARE:
        return value
    return moment(value) if kind is datetime else secrets.masked(value)


_BARE = frozenset({int, float, bool, type(None)})
_DONE = {"create": "insert", "update": "update", "delete": "delete"}
"""What becomes of an object's own row."""


def _effects(stage: Stage, change: Change) -> tuple[tuple[str, str, int], ...]:
    """The rows that move besides the object's own."""
    own = (change.entity.table, _DONE[change.action])
    effects = stage.effects_of(change)
    if len(effects) == 1 and effects.get(own) == 1:
        return ()
    counts = [(*place, count - (place == own)) for place, count in effects.items()]
    return tuple(sorted(one for one in counts if one[2] > 0))


def _shown(change: Change, name: str, pair: tuple[Any, Any], names: Mapping[str, Mapping[Any, str]]) -> tuple[Any, Any]:
    field = change.entity.fields.get(name)
    if field is None:
        return pair
    if field.masked:
        return (CHANGED if pair[0] else None, CHANGED)
    if name in change.spoken and (kind := naming.references_of(change.entity).get(name)):
        known = names.get(kind, {})
        old = references.named(pair[0], known)
        new = change.spoken[name]
        pair = (old, new.applied(list(old or [])) if isinstance(new, Edit) else new)
    if isinstance(pair[1], dict) and field.merged:
        pair = ({key: (pair[0] or {}).get(key) for key in pair[1]}, pair[1])
    if field.sealed is not None:
        pair = _changed(pair)
    return _told(pair[0]), _told(pair[1])


def _changed(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """Secrets that become others: of neither is anything shown."""
    if isinstance(pair[1], dict):
        was = pair[0] if isinstance(pair[0], dict) else {}
        both = {key: _changed((was.get(key), value)) for key, value in pair[1].items()}
        return {key: old for key, (old, _) in both.items()}, {key: new for key, (_, new) in both.items()}
    if any(isinstance(one, secrets.Secret) for one in pair):
        return tuple(CHANGED if one is not None else None for one in pair)  # type: ignore[return-value]
    return pair
