"""Fields that lie in a row which the object's own row points at: its object permission, its budget.

A permission row is copied for the owner that changes when others share it. A budget row that others share, or that has
a name, is a thing of its own and never changed through an owner; one that the gateway's code would have made up and
that has one owner is the owner's: changed in place, and gone with it.
Source: proxy/management_helpers/object_permission_utils.py, organization_endpoints.py (handle_budget_for_entity).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity, Through
from gwctl.errors import Invalid


def places(entity: Entity) -> list[Through]:
    """The rows that an entity's fields may lie in, each once."""
    found = [field.place.row for field in entity.fields.values() if isinstance(field.place, Through)]
    return list(dict.fromkeys(found))


def looked_at(stage: Stage, entity: Entity, rows: Sequence[Row]) -> dict[int, dict[str, Row]]:
    """For each row (by its identity) the rows that hold fields of it, by table; a budget only if it is its own."""
    found: dict[int, dict[str, Row]] = defaultdict(dict)
    for place in places(entity):
        ids = [row[place.column] for row in rows]
        targets = {row[place.key]: row for row in stage.load(place.table, place.key, ids)}
        used = sharing.referring(stage, place.table, ids) if place.table == sharing.BUDGETS else {}
        for row in rows:
            target = targets.get(row[place.column])
            if target is not None and (
                place.table != sharing.BUDGETS or sharing.is_own(row[place.column], used.get(row[place.column], []))
            ):
                found[id(row)][place.table] = target
    return found


def link(stage: Stage, changes: Sequence[Change]) -> None:
    """Stages the rows that hold fields of changing objects, made where there is none yet."""
    for place in places(changes[0].entity) if changes else []:
        asked = [change for change in changes if place.table in change.linked]
        known = [change.row[place.column] for change in asked if change.row]
        used = sharing.referring(stage, place.table, known)
        for change in asked:
            current = change.row[place.column] if change.row else None
            _link(stage, change, place, current, used.get(str(current), []))


def _link(stage: Stage, change: Change, place: Through, current: str | None, used: Sequence[Row]) -> None:
    values = sharing.dated(stage.unit, place.table, change.linked[place.table])
    row = stage.get(place.table, current, change=True) if current else None
    if place.table == sharing.BUDGETS and not _may_limit(change, place, current, used):
        return
    if row is not None and (len(used) <= 1 or place.table == sharing.BUDGETS):
        stage.update(row, values, cause=change)
        return
    made = {**sharing.signed(stage.unit, place.table), **((row.after or {}) if row else {}), **values}
    made[place.key] = str(uuid.uuid4())
    stage.insert(place.table, made, cause=change)
    change.columns[place.column] = made[place.key]


def _may_limit(change: Change, place: Through, current: str | None, used: Sequence[Row]) -> bool:
    """Whether limits may be set through the owner: on no budget yet, or on its own."""
    limits = ", ".join(change.linked[place.table]) or "limits"
    if change.columns.get(place.column):
        change.refuse(
            f"budget and {limits} contradict each other: a budget that has a name has its own limits",
            "budget",
            kind=Invalid,
        )
        return False
    if current and not sharing.is_own(current, used):
        hint = f"gwctl budgets update {current} changes it for all that share it; --budget links another."
        change.refuse(f"{limits} of {change.name} are those of budget {current!r}", "budget", kind=Invalid, hint=hint)
        return False
    return True


def replaced(changes: Iterable[Change], place_column: str) -> dict[str, Change]:
    """The ids that objects no longer point at, each with the change that let go of it."""
    found = {}
    for change in changes:
        before = (change.row and change.row.before) or {}
        if before.get(place_column) and (
            change.action == "delete" or change.value(place_column) != before[place_column]
        ):
            found[before[place_column]] = change
    return found


def let_go(stage: Stage, changes: Sequence[Change]) -> None:
    """Deletes the permission and budget rows that were an object's own and that nobody points at any more."""
    for table, column in sharing.COLUMN.items():
        causes: Mapping[str, Any] = replaced(changes, column)
        if changes and changes[0].entity.table != table:
            sharing.drop(stage, table, causes)
