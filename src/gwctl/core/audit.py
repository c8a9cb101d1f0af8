"""What is kept of a change: the change set, the images of its rows, and the gateway's own audit rows.

One command is one change set: who, when, why and by which command. Below it lies an image of every row that changed,
in every table, so that a change can be shown and taken back whole. The gateway's `LiteLLM_AuditLog` gets a row for each
thing that its interface can show, in the form that its readers need (reference: enterprise audit_logging_endpoints.py
and the dashboard's audit page): objects or NULL, before and after with the same fields, the changed columns and what
identifies the row. All of it is written in the transaction of the change, so that there is no change without it.

What is secret in a row lies in none of these: passwords, and values under the names that `secrets.masked` knows.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gwctl import secrets
from gwctl.core.stage import Row
from gwctl.core.values import JSON_NULL

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

Copy = Callable[["Unit", str, Sequence[str], Iterable[Sequence[Any]]], None]

AUDIT_LOG = "LiteLLM_AuditLog"
IDENTIFIERS = ("token", "team_id", "user_id")
HIDDEN_COLUMNS = frozenset({"password"})

CHANGE_SET = ("id", "gateway_schema", "at", "actor", "session_user", "reason", "command")
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
    row = [unit.change_set, unit.catalogue.schema, unit.now, unit.actor, who, unit.settings.reason, command]
    copy(unit, "gwctl.change_set", CHANGE_SET, [row])


def _image(unit: Unit, row: Row) -> list[Any]:
    unit.images += 1
    key = unit.key_of(row.table)
    action = row.action or ""
    changed = row.changed() if action == "update" else None
    before = {name: (row.before or {}).get(name) for name in changed} if changed is not None else row.before
    after = changed if changed is not None else row.after
    return [
        unit.change_set, unit.images, unit.catalogue.schema, row.table, object_id(key, row), action,
        _object(row.before and {name: row.before[name] for name in key}),
        _object(row.after and {name: row.after[name] for name in key}),
        _object(before), _object(after),
    ]  # fmt: skip


def object_id(key: Sequence[str], row: Row) -> str:
    """The primary key of a row as text, its parts joined by a colon."""
    values = row.before or row.after or {}
    return ":".join(str(values[name]) for name in key)


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
        object_id(unit.key_of(row.table), row), _object(old), _object(new),
    ]  # fmt: skip


def _object(values: Mapping[str, Any] | None) -> str | None:
    """Columns as one JSON object. JSON `null` is told from SQL NULL: it comes as {"json": null}."""
    if values is None:
        return None
    shown = {
        name: secrets.masked(value) if isinstance(value, dict | list) else value
        for name, value in values.items()
        if name not in HIDDEN_COLUMNS
    }
    return json.dumps(shown, ensure_ascii=False, default=encoded)


def encoded(value: Any) -> Any:
    """A value of a column that JSON has no form for."""
    if value is JSON_NULL:
        return {"json": None}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Decimal):
        return str(value)
    return str(value)
