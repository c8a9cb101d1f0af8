"""What becomes of objects: create, update, delete, many at a time, as changes on a stage.

This is the one path that every way of changing something takes: a command, `apply`, a bulk change. It resolves
references, turns fields into columns, lets the entity's rules say what else moves, and stages the rows. It executes
nothing. What is wrong with a change is kept on it as a `Trouble`, so that all of them can be told at once.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gwctl.core import binding, references, sharing
from gwctl.core.binding import Edit
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Ref, Refs, Ruled, Through
from gwctl.errors import Conflict, GwctlError, Invalid, Refused
from gwctl.secrets import Secret


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a change cannot be made: which kind of error it is, and which field it is about."""

    kind: type[GwctlError]
    message: str
    hint: str = ""
    field: str | None = None


@dataclass(eq=False)
class Change:
    """One object on its way: what was asked, where it stands, and what will be written to its own row."""

    action: str
    """create, update or delete."""
    entity: Entity
    fields: dict[str, Any]
    """What was asked for, by field; references as ids."""
    row: Row | None = None
    """Its row: None until a new one is staged."""
    columns: dict[str, Any] = field(default_factory=dict)
    """The columns to be written, by binding and rules."""
    was: dict[str, Any] = field(default_factory=dict)
    """Its fields as they are now, of an update."""
    troubles: list[Trouble] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    secret: Secret | None = None
    """The plain secret of a key that is made or rotated."""
    audited: str = ""
    """The gateway's word for the action in its audit log."""
    spend: tuple[float, float] | None = None
    """Its spend before and after, where that is what changes."""
    origin: Any = None
    """Where it was asked for: the entry of a manifest."""

    def refuse(
        self, message: str, field: str | None = None, *, kind: type[GwctlError] = Refused, hint: str = ""
    ) -> None:
        self.troubles.append(Trouble(kind, message, hint, field))

    def warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)

    def value(self, column: str) -> Any:
        """A column of its row as it will be."""
        return self.columns[column] if column in self.columns else self.row[column] if self.row else None

    @property
    def id(self) -> str:
        return str(self.value(self.entity.key) or "")

    @property
    def name(self) -> str:
        label = self.entity.names[0] if self.entity.names else self.entity.key
        return str(self.value(label) or self.id)

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """For each field that was asked for: what it was and what it will be."""
        spend = {"spend": self.spend} if self.spend else {}
        return {name: (self.was.get(name), value) for name, value in self.fields.items()} | spend


Fields = Mapping[str, Any]


def create(
    stage: Stage, entity: Entity, wanted: Sequence[Fields], origins: Sequence[Any] | None = None
) -> list[Change]:
    """New objects. One that is there already is a Conflict."""
    changes = [
        Change(
            "create",
            entity,
            {name: value for name, value in fields.items() if value is not None},
            audited="created",
            origin=origin,
        )
        for fields, origin in zip(wanted, origins or [None] * len(wanted), strict=True)
    ]
    _resolve(stage, entity, changes)
    _names_are_free(stage, entity, changes)
    for change in changes:
        change.columns = _columns(stage, change)
        if not change.value(entity.key):
            change.columns[entity.key] = str(uuid.uuid4())
    _stamp_actor(stage, changes)
    _by_rules(stage, entity, "create", changes)
    for change in _sound(changes):
        _link(stage, change, {})
        change.row = stage.insert(entity.table, change.columns, cause=change, audited="created")
    return changes


def update(
    stage: Stage,
    entity: Entity,
    rows: Sequence[Row],
    wanted: Sequence[Fields],
    origins: Sequence[Any] | None = None,
    audited: str = "updated",
) -> list[Change]:
    """Other values for fields of objects; fields that have them already are left out, objects without any as well."""
    changes = [
        Change("update", entity, dict(fields), row, audited=audited, origin=origin)
        for row, fields, origin in zip(rows, wanted, origins or [None] * len(wanted), strict=True)
    ]
    _resolve(stage, entity, changes)
    _look(stage, entity, changes)
    for change in changes:
        _reduce(change)
    changes = [change for change in changes if change.fields or change.troubles]
    _renamed_are_free(stage, entity, changes)
    for change in changes:
        change.columns = _columns(stage, change)
    _stamp_actor(stage, changes)
    _by_rules(stage, entity, "update", changes)
    shared = _shared_permissions(stage, changes)
    for change in _sound(changes):
        _link(stage, change, shared)
        assert change.row is not None
        key = change.columns.get(entity.key, change.row[entity.key])
        staged = stage.move if key != change.row[entity.key] else stage.update
        staged(change.row, change.columns, cause=change, audited=audited)
    return changes


def delete(stage: Stage, entity: Entity, rows: Sequence[Row], origins: Sequence[Any] | None = None) -> list[Change]:
    """Objects go, with everything that the gateway would leave behind and nothing else would use."""
    changes = [
        Change("delete", entity, {}, row, audited="deleted", origin=origin)
        for row, origin in zip(rows, origins or [None] * len(rows), strict=True)
    ]
    _by_rules(stage, entity, "delete", changes)
    for change in _sound(changes):
        assert change.row is not None
        stage.delete(change.row, cause=change, audited="deleted")
    for change in _sound(changes):
        before = (change.row and change.row.before) or {}
        sharing.drop(stage, sharing.PERMISSIONS, [before.get("object_permission_id")], cause=change)
        if entity.table != sharing.BUDGETS:
            sharing.drop(stage, sharing.BUDGETS, [before.get("budget_id")], cause=change)
    return changes


def raise_troubles(changes: Iterable[Change], *, strict: bool = False) -> None:
    """Raises what is wrong with changes: one trouble as the error that it is, several as one that lists them."""
    changes = list(changes)
    troubles = [(change, trouble) for change in changes for trouble in change.troubles]
    if strict:
        troubles += [
            (c, Trouble(Refused, warning, "Without --strict it is a warning."))
            for c in changes
            for warning in c.warnings
        ]
    if not troubles:
        return
    if len(troubles) == 1:
        raise troubles[0][1].kind(troubles[0][1].message, troubles[0][1].hint)
    from gwctl.errors import Problem

    kind = Invalid if any(trouble.kind is Invalid for _, trouble in troubles) else troubles[0][1].kind
    problems = [Problem(trouble.message, path=f"{change.entity.group}: {change.name}") for change, trouble in troubles]
    raise kind(f"{len(troubles)} problems; nothing was changed", troubles[0][1].hint, problems)


def _sound(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if not change.troubles]


def _by_rules(stage: Stage, entity: Entity, verb: str, changes: Sequence[Change]) -> None:
    rule = getattr(stage.unit.kinds.rules(entity), verb, None)
    sound = _sound(changes)
    if rule is not None and sound:
        rule(stage, sound)


def _stamp_actor(stage: Stage, changes: Sequence[Change]) -> None:
    """Where an endpoint writes its caller, gwctl writes the actor."""
    for change in _sound(changes):
        live = stage.unit.columns(change.entity.table)
        for column in ("created_by", "updated_by") if change.action == "create" else ("updated_by",):
            if column in live:
                change.columns.setdefault(column, stage.unit.actor)


def _resolve(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    """References to ids, with one query for each kind that is referred to."""
    names: dict[str, list[str]] = defaultdict(list)
    places = {name: field.place for name, field in entity.fields.items() if isinstance(field.place, Ref | Refs)}
    for change in changes:
        for name in places.keys() & change.fields.keys():
            names[places[name].entity] += _spoken(change.fields[name])
    for kind, spoken in names.items():
        if kind not in stage.unit.kinds.index:
            continue
        target = stage.unit.kinds.entity(kind)
        found = references.find(stage, target, spoken)
        for change in changes:
            for name, place in places.items():
                if place.entity == kind and name in change.fields:
                    change.fields[name] = _ids(change, name, target, found)


def _spoken(value: Any) -> list[str]:
    if isinstance(value, Edit):
        return [*value.add, *value.remove]
    return [value] if isinstance(value, str) else list(value or [])


def _ids(change: Change, name: str, target: Entity, found: references.Found) -> Any:
    value = change.fields[name]
    for spoken in _spoken(value):
        if spoken in found.errors:
            error = found.errors[spoken]
            change.refuse(error.message, name, kind=type(error), hint=error.hint)
    ids = {spoken: row[target.key] for spoken, row in found.rows.items()}
    match value:
        case Edit(add, remove):
            return Edit(tuple(ids.get(one, one) for one in add), tuple(ids.get(one, one) for one in remove))
        case str():
            return ids.get(value, value)
        case list():
            return [ids.get(one, one) for one in value]
    return value


def _names_are_free(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    column = entity.fields[entity.identity].column
    named = {
        str(change.fields[name])
        for change in changes
        for name in (entity.identity, entity.key)
        if change.fields.get(name)
    }
    stage.unit.lock(*(f"{entity.name}:{name}" for name in named))
    if column is None:
        return
    taken: dict[str, Row] = {}
    for one in {column, entity.key}:
        wanted = [
            change.fields[name]
            for change in changes
            for name in (entity.identity, entity.key)
            if entity.fields.get(name) and change.fields.get(name) and entity.fields[name].column == one
        ]
        taken |= {f"{one}:{row[one]}": row for row in stage.load(entity.table, one, wanted)}
    for change in changes:
        for name in dict.fromkeys((entity.identity, entity.key)):
            value = change.fields.get(name)
            where = entity.fields[name].column if name in entity.fields else None
            if value and f"{where}:{value}" in taken:
                change.refuse(
                    f"there is a {entity.name} {value!r} already", name, kind=Conflict, hint=_exists_hint(entity)
                )


def _exists_hint(entity: Entity) -> str:
    return f"gwctl {entity.group} update changes it; --if-not-exists leaves it as it is."


def _renamed_are_free(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    column = entity.fields[entity.identity].column
    renamed = [change for change in changes if change.fields.get(entity.identity)]
    if column is None or not renamed:
        return
    stage.unit.lock(*(f"{entity.name}:{change.fields[entity.identity]}" for change in renamed))
    for change in renamed:
        others = [
            row for row in stage.load(entity.table, column, [change.fields[entity.identity]]) if row is not change.row
        ]
        if others or sum(other.fields[entity.identity] == change.fields[entity.identity] for other in renamed) > 1:
            change.refuse(
                f"there is a {entity.name} {change.fields[entity.identity]!r} already", entity.identity, kind=Conflict
            )


def _look(stage: Stage, entity: Entity, changes: Sequence[Change]) -> None:
    """Reads what the objects' fields are now."""
    rows = [change.row for change in changes if change.row is not None]
    linked = permissions_of(stage, entity, rows)
    ruled = ruled_fields(stage, entity, rows, {name for change in changes for name in change.fields})
    for change in changes:
        assert change.row is not None
        change.was = binding.current(
            entity, change.row, linked.get(change.row["object_permission_id"]), ruled.get(change.row[entity.key], {})
        )


def permissions_of(stage: Stage, entity: Entity, rows: Sequence[Row]) -> dict[Any, Row]:
    """The object-permission rows that rows point at, by id; none for an entity without such fields."""
    if not any(isinstance(field.place, Through) for field in entity.fields.values()):
        return {}
    ids = [row["object_permission_id"] for row in rows]
    return {row["object_permission_id"]: row for row in stage.load(sharing.PERMISSIONS, "object_permission_id", ids)}


def ruled_fields(
    stage: Stage, entity: Entity, rows: Sequence[Row], names: Iterable[str]
) -> Mapping[Any, Mapping[str, Any]]:
    """What the rules alone can read of rows: fields by the row's key. Asked for only where one of `names` is theirs."""
    look = getattr(stage.unit.kinds.rules(entity), "look", None)
    if look is None or not any(isinstance(entity.fields[name].place, Ruled) for name in names):
        return {}
    found: Mapping[Any, Mapping[str, Any]] = look(stage, rows)
    return found


def _reduce(change: Change) -> None:
    """Leaves of what was asked for that which is not so already."""
    for name in list(change.fields):
        field = change.entity.fields[name]
        now, value = change.was.get(name), change.fields[name]
        if isinstance(value, Edit):
            value = change.fields[name] = value.applied(list(now or []))
        if isinstance(field.place, Ruled) and field.place.once:
            del change.fields[name]
        elif isinstance(field.place, Ruled) and field.place.by:
            change.fields[name] = _items_that_differ(field.place.by, now or [], value or [])
            if not change.fields[name]:
                del change.fields[name]
        elif binding.same(field, now, value):
            del change.fields[name]
        elif name in change.entity.fixed:
            change.refuse(f"{name} of a {change.entity.name} cannot change once it is made", name, kind=Invalid)


def _items_that_differ(by: str, now: Sequence[Fields], wanted: Sequence[Fields]) -> list[Fields]:
    known = {item[by]: item for item in now}
    return [item for item in wanted if any(known.get(item[by], {}).get(name) != value for name, value in item.items())]


def _columns(stage: Stage, change: Change) -> dict[str, Any]:
    try:
        return binding.columns(stage.unit, change.entity, change.fields, change.row)
    except GwctlError as error:
        change.refuse(error.message, kind=type(error), hint=error.hint)
        return {}


def _shared_permissions(stage: Stage, changes: Sequence[Change]) -> dict[str, list[Row]]:
    linked = [
        change
        for change in changes
        if any(isinstance(change.entity.fields[name].place, Through) for name in change.fields)
    ]
    return sharing.referring(
        stage, sharing.PERMISSIONS, [change.row["object_permission_id"] for change in linked if change.row]
    )


def _link(stage: Stage, change: Change, shared: Mapping[str, list[Row]]) -> None:
    """The object-permission row: made when the object has none, changed when it is the object's own, else copied first.

    Source: proxy/management_helpers/object_permission_utils.py; the endpoints never share a row, but nothing forbids it.
    """
    values = binding.linked(stage.unit, change.entity, change.fields)
    if not values:
        return
    known = change.row["object_permission_id"] if change.row else None
    row = stage.get(sharing.PERMISSIONS, known, change=True) if known else None
    if row is not None and len(shared.get(str(known), [])) <= 1:
        stage.update(row, values, cause=change)
        return
    copied = {**((row.after or {}) if row else {}), **values, "object_permission_id": str(uuid.uuid4())}
    stage.insert(sharing.PERMISSIONS, copied, cause=change)
    change.columns["object_permission_id"] = copied["object_permission_id"]
