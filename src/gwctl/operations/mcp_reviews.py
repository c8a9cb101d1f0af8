"""Submitted MCP servers are approved or rejected (proxy/management_endpoints/mcp_management_endpoints.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gwctl.core import releases
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity

WORDS = {"active": "approved", "rejected": "rejected"}


def review(stage: Stage, entity: Entity, rows: Sequence[Row], status: str, notes: str | None = None) -> list[Change]:
    """Servers become active or rejected, whatever they were; one that is so already is refused, as there."""
    if not stage.unit.has(entity.table, "approval_status"):
        raise releases.lacking(entity.table, "approval_status", "in which submissions are judged")
    made = []
    for row in rows:
        change = Change("update", entity, {}, row)
        made.append(change)
        if row["approval_status"] == status:
            change.refuse(f"MCP server {change.name!r} is {WORDS[status]} already")
            continue
        columns: dict[str, Any] = {
            "approval_status": status, "reviewed_at": stage.unit.now, "updated_by": stage.unit.actor,
        }  # fmt: skip
        if notes is not None:
            columns["review_notes"] = notes
        stage.update(row, columns, cause=change)
    return made
