"""Keys that have had their time: those that nobody uses expire now, and those that have expired can go."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core import changes
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity


def expire(stage: Stage, entity: Entity, rows: Sequence[Row]) -> list[Change]:
    """From this moment on the keys are refused; what has expired before stays as it is."""
    now = stage.unit.now
    live = [row for row in rows if row["expires"] is None or row["expires"] > now]
    return changes.update(stage, entity, live, [{"expires": now}] * len(live))
