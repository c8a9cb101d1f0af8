"""Spend set back by hand (proxy/management_endpoints/key_management_endpoints.py, reset_key_spend_fn).

The row is locked and the new value written against what was read; what a running proxy adds afterwards is added to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl import durations
from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Invalid


def reset(stage: Stage, entity: Entity, rows: Sequence[Row], to: float = 0.0) -> list[Change]:
    """Sets `spend`, never above what it is nor above the budget. The reset moment stays, unless it is past."""
    changes = []
    budgets = {
        row["budget_id"]: row for row in stage.load(sharing.BUDGETS, "budget_id", [row["budget_id"] for row in rows])
    }
    for row in rows:
        now = row["spend"] or 0.0
        if now == to:
            continue
        change = Change("update", entity, {}, row, audited="updated")
        limits = [row["max_budget"], budgets[row["budget_id"]]["max_budget"] if row["budget_id"] in budgets else None]
        bound = min((limit for limit in limits if limit is not None), default=None)
        if to > now:
            change.refuse(f"the spend of {change.name} is {now:g}; it can be set back, not to {to:g}", kind=Invalid)
        elif bound is not None and to > bound:
            change.refuse(f"{to:g} is above the budget of {change.name}, {bound:g}", kind=Invalid)
        else:
            stage.update(row, {"spend": to, **_next_reset(stage, row)}, cause=change, audited="updated")
        change.spend = (now, to)
        changes.append(change)
    return changes


def _next_reset(stage: Stage, row: Row) -> dict[str, object]:
    """A reset that is due already is this one: the next moment follows, or the gateway's job would reset again at
    once."""
    due, unit = row["budget_reset_at"], stage.unit
    if not row["budget_duration"] or due is None or due >= unit.now:
        return {}
    return {
        "budget_reset_at": durations.next_reset(
            row["budget_duration"], unit.now, unit.settings.options.timezone, unit.release
        )
    }
