"""Rotation: another secret for the same key. Everything but the secret stays (regenerate_key_fn of the gateway)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gwctl import durations, secrets
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.rules import key_secrets
from gwctl.secrets import Secret


def rotate(
    stage: Stage,
    entity: Entity,
    rows: Sequence[Row],
    *,
    grace: str | None = None,
    own: Secret | None = None,
    due: bool = False,
) -> list[Change]:
    """New secrets for keys, minted or (for one) the person's own; `grace`: for how long the old ones stay valid.

    `due`: it is the rotation that the keys' own interval asked for, so it is counted and the next one dated, as the
    gateway's job does (key_rotation_manager.py).
    """
    changes = []
    for row in rows:
        secret = own if own is not None else Secret(secrets.mint())
        fields = {"key": secret, **({"grace": grace} if grace else {})}
        change = Change("update", entity, fields, row, was={"key": row["token"]}, audited="rotated")
        if due:
            change.columns |= _counted(row, stage.unit.now)
        changes.append(change)
    key_secrets.replace(stage, changes)
    for change in changes:
        if not change.troubles and change.row is not None:
            stage.move(
                change.row, {**change.columns, "settings_updated_at": stage.unit.now}, cause=change, audited="rotated"
            )
    return changes


def _counted(row: Row, now: datetime) -> dict[str, object]:
    interval = row["rotation_interval"]
    if not interval:
        return {}
    return {
        "rotation_count": (row["rotation_count"] or 0) + 1,
        "last_rotation_at": now,
        "key_rotation_at": durations.add(interval, now),
    }


def is_due(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Of keys, those whose automatic rotation is due, as the gateway's job finds them."""
    return [
        row for row in rows if row["auto_rotate"] and (row["key_rotation_at"] is None or row["key_rotation_at"] <= now)
    ]
