"""A plan as a value: what will become of which objects. One renderer prints it, one shape is its JSON."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gwctl import secrets
from gwctl.core import naming, references
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.stage import Stage

CHANGED = "(changed)"
MOST_WARNINGS = 1000


@dataclass(frozen=True)
class Step:
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

    def add(self, text: bytes, id_: str) -> None:
        self._file.seek(0, 2)
        self._file.write(b"%s\t%s\n" % (text, json.dumps(id_).encode()))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Step]:
        place = 0
        while True:
            self._file.seek(place)
            lines = self._file.readlines(1 << 20)
            place = self._file.tell()
            if not lines:
                return
            yield from map(_read, lines)


def _read(line: bytes) -> Step:
    text, _, id_ = line.partition(b"\t")
    action, kind, name, fields, effects = json.loads(text)
    pairs = {field: (old, new) for field, (old, new) in fields.items()}
    return Step(action, kind, name, json.loads(id_), pairs, tuple((table, did, n) for table, did, n in effects))


class Plan:
    """What will become of which objects; it grows as the changes are planned."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.unchanged = 0
        self._warned: dict[str, None] = {}
        self._unsaid = 0
        self._counts: Counter[str] = Counter()
        self._digest = hashlib.sha256()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, step: Step) -> None:
        parts = [step.action, step.kind, step.name, step.fields, step.effects]
        text = json.dumps(parts, default=str).encode()
        self.steps.add(text, step.id)
        self._counts[step.action] += 1
        self._digest.update(text)
        if step.action != "create":
            self._digest.update(step.id.encode("utf-8", "surrogatepass"))

    def extend(self, stage: Stage, changes: Sequence[Change], unchanged: int = 0) -> None:
        """Adds what changes on a stage do."""
        for warning in (*stage.unit.warnings, *(warning for change in changes for warning in change.warnings)):
            self.warn(warning)
        stage.unit.warnings.clear()
        names = _names(stage, changes)
        for change in changes:
            self.add(_step(stage, change, names))
        self.unchanged += unchanged

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

    def as_json(self) -> dict[str, Any]:
        return {"changes": [step.as_json() for step in self.steps], "summary": self.summary, "checksum": self.checksum}


def of(stage: Stage, changes: Iterable[Change], unchanged: int = 0) -> Plan:
    """The plan that changes on a stage make."""
    plan = Plan()
    plan.extend(stage, list(changes), unchanged)
    return plan


def _names(stage: Stage, changes: Sequence[Change]) -> dict[str, Mapping[Any, str]]:
    """The names of what fields referred to before, by kind and id."""
    ids: dict[str, list[Any]] = defaultdict(list)
    for change in changes:
        for name, kind in naming.references_of(change.entity).items():
            if change.was.get(name) and name in change.fields and kind in stage.unit.kinds.index:
                old = change.was[name]
                ids[kind] += old if isinstance(old, list) else [old]
    return {kind: references.labels(stage, stage.unit.kinds.entity(kind), values) for kind, values in ids.items()}


def _step(stage: Stage, change: Change, names: Mapping[str, Mapping[Any, str]]) -> Step:
    main = (change.entity.table, {"create": "insert"}.get(change.action, change.action))
    effects = stage.effects_of(change).copy()
    effects[main] -= 1
    listed = tuple(sorted((table, action, count) for (table, action), count in effects.items() if count > 0))
    differing = change.differences()
    order = [name for name in (*change.entity.fields, "spend") if name in differing]
    fields = {name: _shown(change, name, differing[name], names) for name in order}
    return Step(change.action, change.entity.name, change.name, change.id, fields, listed)


def _shown(change: Change, name: str, pair: tuple[Any, Any], names: Mapping[str, Mapping[Any, str]]) -> tuple[Any, Any]:
    field = change.entity.fields.get(name)
    if field is None:
        return pair
    if field.masked:
        return (CHANGED if pair[0] else None, CHANGED)
    if name in change.spoken and name in naming.references_of(change.entity):
        known = names.get(naming.references_of(change.entity)[name], {})
        old = [known.get(one, one) for one in pair[0]] if isinstance(pair[0], list) else known.get(pair[0], pair[0])
        new = change.spoken[name]
        pair = (old, new.applied(list(old or [])) if isinstance(new, Edit) else new)
    if isinstance(pair[1], dict) and field.merged:
        pair = ({key: (pair[0] or {}).get(key) for key in pair[1]}, pair[1])
    if field.sealed is not None:
        pair = _changed(pair)
    return _plain(secrets.masked(pair[0])), _plain(secrets.masked(pair[1]))


def _changed(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """Secrets that become others: of neither is anything shown."""
    if isinstance(pair[1], dict):
        both = {key: _changed(((pair[0] or {}).get(key), value)) for key, value in pair[1].items()}
        return {key: old for key, (old, _) in both.items()}, {key: new for key, (_, new) in both.items()}
    if any(isinstance(one, secrets.Secret) for one in pair):
        return tuple(CHANGED if one is not None else None for one in pair)  # type: ignore[return-value]
    return pair


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
