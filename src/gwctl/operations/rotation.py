"""Rotation: another secret for the same key. Everything but the secret stays.

Source: proxy/management_endpoints/key_management_endpoints.py, regenerate_key_fn. Where the endpoint lets earlier grace
rows die and forgets access groups, both follow here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from gwctl import durations, secrets
from gwctl.core.changes import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Conflict, SchemaMismatch
from gwctl.rules import archives, assignments
from gwctl.rules.keys import ARCHIVE, GRACE, KEYS, MAPPINGS
from gwctl.secrets import Secret

GRACE_WORKS_FROM = (1, 105)


def rotate(
    stage: Stage,
    entity: Entity,
    rows: Sequence[Row],
    *,
    grace: str | None = None,
    own: Secret | None = None,
    origins: Sequence[Any] = (),
) -> list[Change]:
    """New secrets for keys, minted or (for one) the person's own; `grace`: for how long the old ones stay valid.

    Raises Conflict where a secret is taken, SchemaMismatch where the database cannot keep the old hash.
    """
    unit = stage.unit
    if grace and not unit.has(GRACE):
        raise SchemaMismatch(
            f"this database has no {GRACE}: an old secret cannot stay valid", "It needs gateway 1.81.16 or later."
        )
    changes = []
    for index, row in enumerate(rows):
        secret = own if own is not None else Secret(secrets.mint())
        secrets.check_custom(secret.reveal())
        new = secrets.digest(secret.reveal())
        if stage.get(KEYS, new) is not None:
            raise Conflict("a key with this secret exists already", "Rotation needs a new one.")
        changes.append(_one(stage, entity, row, new, secret, grace, origins[index] if origins else None))
    return changes


def _one(stage: Stage, entity: Entity, row: Row, new: str, secret: Secret, grace: str | None, origin: Any) -> Change:
    old = row["token"]
    change = Change(
        "update", entity, {"key": new}, row, was={"key": old}, audited="rotated", secret=secret, origin=origin
    )
    archives.copy(stage, row, ARCHIVE, cause=change)
    now = stage.unit.now
    values: dict[str, Any] = {
        "token": new,
        "key_name": secrets.abbreviation(secret.reveal()),
        "settings_updated_at": now,
    }
    stage.move(row, values, cause=change, audited="rotated")
    for mapping in stage.load(MAPPINGS, "token", [old], change=True):
        stage.update(mapping, {"token": new}, cause=change)
    for earlier in stage.load(GRACE, "active_token_id", [old], change=True):
        stage.update(earlier, {"active_token_id": new}, cause=change)
    if grace:
        deprecated = {
            "id": str(uuid.uuid4()),
            "token": old,
            "active_token_id": new,
            "revoke_at": durations.add(grace, now),
        }
        stage.insert(GRACE, deprecated, cause=change)
        if stage.unit.release < GRACE_WORKS_FROM:
            change.warn(
                "this gateway's release ignores the grace period: the old secret is refused as soon as caches end"
            )
    assignments.rename(stage, "assigned_key_ids", old, new, cause=change)
    if row["expires"] is not None and row["expires"] < now:
        change.warn(f"{change.name} has expired and stays so; gwctl keys update --duration gives it time")
    return change


def due(rows: Sequence[Row], now: Any) -> list[Row]:
    """Of keys, those whose automatic rotation is due, as the gateway's job finds them."""
    return [
        row for row in rows if row["auto_rotate"] and (row["key_rotation_at"] is None or row["key_rotation_at"] <= now)
    ]
