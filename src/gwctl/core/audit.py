"""What is kept of a change: the change set, the images of its rows, and the gateway's own audit rows.

One command is one change set: who, when, why and by which command. Below it lies an image of every row that changed,
in every table, so that a change can be shown and taken back whole. The gateway's `LiteLLM_AuditLog` gets a row for each
thing that its interface can show, in the form that its readers need (reference: enterprise audit_logging_endpoints.py
and the dashboard's audit page): objects or NULL, before and after with the same fields, the changed columns and what
identifies the row. All of it is written in the transaction of the change, so that there is no change without it.

What is secret in a row, passwords and values under the names that `secrets.masked` knows, lies in images alone, under
the salt key's seal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gwctl.core import hidden, images, sealed
from gwctl.core.encoders import new_ids
from gwctl.core.sending import Rows
from gwctl.core.stage import Row

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

AUDIT_LOG = "LiteLLM_AuditLog"
MANY = 1000
"""From how many rows on nobody waits until they are sent."""
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


def record(unit: Unit, rows: Sequence[Row]) -> None:
    """Writes the images of rows that changed, and the gateway's audit rows. The first of a change set writes it too.

    Of many rows that is done by and by, while the next ones are looked at: nobody reads it in the same transaction,
    unless it has what is on its way finished before.
    """
    own = "change_set" in unit.catalogue.own
    if own and not unit.images:
        unit.sending.send(_change_set(unit))
    made = _made(unit, rows, own)
    unit.images += len(rows)
    if len(rows) >= MANY:
        unit.sending.finish()
        unit.sending.put(made)
        unit.sending.go_on()
    else:
        for one in made:
            unit.sending.send(one)


def _made(unit: Unit, rows: Sequence[Row], own: bool) -> Sequence[Rows]:
    found = []
    told = {id(row): images.encoded(said(row), row.table) for row in rows if row.before is None}
    if own:
        seal = hidden.seal_of(unit)
        kept = [_image(unit, row, seq, told, seal) for seq, row in enumerate(rows, unit.images + 1)]
        found.append(Rows("gwctl.row_image", IMAGE, kept))
    if unit.has(AUDIT_LOG) and unit.settings.options.gateway_audit:
        at = unit.now.astimezone(UTC).replace(tzinfo=None)
        audited = [row for row in rows if row.audited]
        ids = new_ids(len(audited))
        log = [_log(unit, id_, at, row, told, own) for id_, row in zip(ids, audited, strict=True)]
        found.append(Rows(f'"{AUDIT_LOG}"', LOG, log))
    return [one for one in found if one.values]


def _change_set(unit: Unit) -> Rows:
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
    return Rows("gwctl.change_set", CHANGE_SET, [row])


def _image(unit: Unit, row: Row, seq: int, told: Mapping[int, str | None], seal: hidden.Seal) -> list[Any]:
    key = unit.key_of(row.table)
    action = row.action or ""
    before, after = None, told.get(id(row))
    if after is not None and images.hides(row.after or {}, after):
        after = images.encoded(said(row), row.table, seal=seal)
    if action == "delete":
        before = _whole(row.before or {}, row.table, seal)
    elif action == "update":
        changed = row.changed()
        before = _whole({name: (row.before or {}).get(name) for name in changed}, row.table, seal)
        after = _whole(changed, row.table, seal)
    return [
        unit.change_set, seq, unit.catalogue.schema, row.table, object_id(key, row.after or row.before), action,
        images.encoded(row.before and {name: row.before[name] for name in key}),
        images.encoded(row.after and {name: row.after[name] for name in key}),
        before, after,
    ]  # fmt: skip


def _whole(values: Mapping[str, Any], table: str, seal: hidden.Seal) -> str | None:
    """The image of columns, with their secrets."""
    text = images.encoded(values, table)
    return images.encoded(values, table, seal=seal) if text and images.hides(values, text) else text


def said(row: Row) -> dict[str, Any] | None:
    """Of a row as it will be, what is not simply empty."""
    if row.after is None:
        return None
    return {
        name: value
        for name, value in row.after.items()
        if value or (value is not None and not isinstance(value, (list, dict)))
    }


def object_id(key: Sequence[str], values: dict[str, Any] | None) -> str:
    """The primary key of a row as text, its parts joined by a colon."""
    known = values or {}
    return str(known[key[0]]) if len(key) == 1 else ":".join(str(known[name]) for name in key)


def _log(unit: Unit, id_: str, at: datetime, row: Row, told: Mapping[int, str | None], own: bool) -> list[Any]:
    if row.before is None and own and row.table not in sealed.COLUMNS:
        before, after = None, told[id(row)]
    else:
        before, after = _compared(unit, row, own)
    return [
        id_, at, unit.actor, "", row.audited, row.table,
        object_id(unit.key_of(row.table), row.before or row.after), before, after,
    ]  # fmt: skip


def _compared(unit: Unit, row: Row, own: bool) -> tuple[str | None, str | None]:
    """A row before and after; of a changed one the columns that differ, and what tells which it is."""
    old, new = row.before, row.after or {}
    if row.action == "update" and old is not None:
        names = dict.fromkeys((*(name for name in IDENTIFIERS if name in new), *row.changed()))
        old, new = {name: old.get(name) for name in names}, {name: new.get(name) for name in names}
    else:
        old = old and {name: value for name, value in old.items() if value is not None}
        new = said(row) or {}
    if not own:
        new = {**new, "gwctl": {"change_set": unit.change_set, "actor": unit.actor, "reason": unit.settings.reason}}
    return images.encoded(old, row.table, shown=True), images.encoded(new, row.table, shown=True)
