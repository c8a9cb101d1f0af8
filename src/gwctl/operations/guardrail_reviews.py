"""Guardrails that teams submitted: approved or rejected, once.

Source: proxy/guardrails/guardrail_endpoints.py (approve_guardrail_submission, reject_guardrail_submission).
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Refused

PENDING = "pending_review"


def review(stage: Stage, entity: Entity, rows: Sequence[Row], status: str) -> list[Change]:
    """Submissions become `active` or `rejected`. Raises Refused for one that was reviewed already."""
    return [_review(stage, entity, row, status) for row in rows]


def _review(stage: Stage, entity: Entity, row: Row, status: str) -> Change:
    if row["status"] != PENDING:
        raise Refused(
            f"guardrail {row['guardrail_name']!r} is {row['status']}: there is nothing to review",
            "A submission is reviewed once; gwctl guardrails create makes another.",
        )
    change = Change("update", entity, {"status": status}, row, was={"status": PENDING}, audited="updated")
    stage.update(row, {"status": status, "reviewed_at": stage.unit.now}, cause=change)
    return change
