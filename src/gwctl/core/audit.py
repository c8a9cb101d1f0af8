"""What is kept of a change: the change set, the images of its rows, and the gateway's own audit rows.

One command is one change set: who, when, why and by which command. Below it lies an image of every row that changed,
in every table, so that a change can be shown and taken back whole. The gateway's `LiteLLM_AuditLog` gets a row for each
thing that its interface can show, in the form that its readers need (reference: enterprise audit_logging_endpoints.py
and the dashboard's audit page): objects or NULL, before and after with the same fields, the changed columns and what
identifies the row. All of it is written in the transaction of the change, so that there is no change without it.

What is secret in a row lies in none of these: passwords, and values under the names that `secrets.masked` knows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gwctl.core import images
from gwctl.core.stage import Row

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

Copy = Callable[["Unit", str, Sequence[str], Iterable[Sequence[Any]]], None]

AUDIT_LOG = "LiteLLM_AuditLog"
IDENTIFIERS = ("token", "team_id", "user_id")

CHANGE_SET = ("id", "gateway_schema", "at", "actor", "session_user", "reason", "command", "undo_of")
IMAGE = (
    "change_set_id", "seq", "gateway_schema", "table_name", "object_id", "action",
    "key_before", "key_after", "before", "after",
)  # fmt: skip
LOG = (
    "id", "updated_at", "changed_by", "changed_by_api_key", "action", "table_name", "object_id",
    "before_value", "updated_values",
)  # fmt: skip


def record(unit: Unit, rows: Sequence[Row], copy: Copy) -> None:
    """Writes the images of rows that changed, and the gateway's audit rows. The first of a change set writes it too."""
    own = "change_set" in unit.catalogue.own
    if own:
        _change_set(unit, copy)
        copy(unit, "gwctl.row_image", IMAGE, (_image(unit, row) for row in rows))
    if unit.has(AUDIT_LOG) and unit.settings.options.gateway_audit:
        copy(unit, f'"{AUDIT_LOG}"', LOG, (_log(unit, row, own) for row in rows if row.audited))


def _change_set(unit: Unit, copy: Copy) -> None:
    if unit.images:
        return
    who = unit.connection.scalar(sa.text("SELECT session_user"))
    command = unit.place.command_line or unit.place.command
    row = [
        unit.change_set,
        unit.catalogue.schema,
        unit.now,
        unit.actor,
        who,
        unit.settings.reason,
        command,
        unit.undo_of,
    ]
    copy(unit, "gwctl.change_set", CHANGE_SET, [row])


def _image(unit: Unit, row: Row) -> list[Any]:
    unit.images += 1
    key = unit.key_of(row.table)
    action = row.action or ""
    changed = row.changed() if action == "update" else None
    before = {name: (row.before or {}).get(name) for name in changed} if changed is not None else row.before
    told = row.after and {name: value for name, value in row.after.items() if _says(value)}
    after = changed if changed is not None else told
    return [
        unit.change_set, unit.images, unit.catalogue.schema, row.table, object_id(key, row.after or row.before), action,
        images.encoded(row.before and {name: row.before[name] for name in key}),
        images.encoded(row.after and {name: row.after[name] for name in key}),
        images.encoded(before, row.table), images.encoded(after, row.table),
    ]  # fmt: skip


def _says(value: Any) -> bool:
    """Of a new row, what is not simply empty."""
    return value is not None and value != [] and value != {}


def object_id(key: Sequence[str], values: dict[str, Any] | None) -> str:
    """The primary key of a row as text, its parts joined by a colon."""
    return ":".join(str((values or {})[name]) for name in key)


def _log(unit: Unit, row: Row, own: bool) -> list[Any]:
    before, after = row.before or {}, row.after or {}
    names = [*(name for name in IDENTIFIERS if name in (after or before))]
    if row.action == "update":
        names += [name for name in row.changed() if name not in names]
        old: dict[str, Any] | None = {name: before.get(name) for name in names}
        new: dict[str, Any] = {name: after.get(name) for name in names}
    else:
        old = row.before and {name: value for name, value in before.items() if value is not None}
        new = {name: value for name, value in after.items() if value is not None}
    if not own:
        new = {**new, "gwctl": {"change_set": unit.change_set, "actor": unit.actor, "reason": unit.settings.reason}}
    return [
        str(uuid.uuid4()), unit.now.astimezone(UTC).replace(tzinfo=None), unit.actor, "", row.audited, row.table,
        object_id(unit.key_of(row.table), row.before or row.after),
        images.encoded(old, row.table, shown=True), images.encoded(new, row.table, shown=True),
    ]  # fmt: skip
