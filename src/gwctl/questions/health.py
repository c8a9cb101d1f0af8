"""How each model was at its last check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit

CHECKS = "LiteLLM_HealthCheckTable"
LATEST = """
    SELECT DISTINCT ON (model_name, model_id) model_name, model_id, status, healthy_count, unhealthy_count,
           error_message, response_time_ms, checked_at, checked_by, health_check_id
    FROM "LiteLLM_HealthCheckTable" ORDER BY model_name, model_id, checked_at DESC, health_check_id DESC
"""


def latest(unit: Unit, *, unhealthy: bool = False) -> Iterator[dict[str, Any]]:
    """The newest check of each model, by name; with `unhealthy` only those that failed."""
    if not unit.has(CHECKS):
        return
    for row in unit.connection.execute(sa.text(LATEST)).mappings():
        if not unhealthy or row["status"] != "healthy":
            yield dict(row)
