"""A plan as a value: what will become of which objects. One renderer prints it, one shape is its JSON."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gwctl import secrets
from gwctl.core import naming, references
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.stage import Stage

CHANGED = "(changed)"


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


@dataclass(frozen=True)
class Plan:
    steps: Sequence[Step] = ()
    unchanged: int = 0
    warnings: Sequence[str] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def summary(self) -> dict[str, int]:
        counts = Counter(step.action for step in self.steps)
        return {action: counts[action] for action in ("create", "update", "delete")} | {"unchanged": self.unchanged}

    @property
    def checksum(self) -> str:
        """Of what will be done: nothing in it comes from the clock or was minted, so that it is the same tomorrow."""
        parts = [
            [
                step.action,
                step.kind,
                step.name,
                "" if step.action == "create" else step.id,
                _plain(step.fields),
                step.effects,
            ]
            for step in self.steps
        ]
        return secrets.digest(json.dumps(parts, sort_keys=True, default=str))[:16]

    def as_json(self) -> dict[str, Any]:
        return {"changes": [step.as_json() for step in self.steps], "summary": self.summary, "checksum": self.checksum}


def of(stage: Stage, changes: Iterable[Change], unchanged: int = 0) -> Plan:
    """The plan that changes on a stage make."""
    changes = list(changes)
    warnings = [*stage.unit.warnings, *(warning for change in changes for warning in change.warnings)]
    names = _names(stage, changes)
    return Plan([_step(stage, change, names) for change in changes], unchanged, tuple(dict.fromkeys(warnings)))


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
