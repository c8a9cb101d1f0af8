"""Who is in a team, with what role, spend and limits."""

from __future__ import annotations

from typing import Any

from gwctl.core import sharing
from gwctl.core.stage import Row, Stage
from gwctl.rules.members import MEMBERSHIPS, USERS

LIMITS = ("max_budget", "budget_duration", "budget_reset_at", "tpm_limit", "rpm_limit")


def of_team(stage: Stage, team: Row) -> list[dict[str, Any]]:
    """A record for each member; the limits are those of the budget row that counts for him, his own or the team's
    default."""
    entries = team.items("members_with_roles")
    memberships = {row["user_id"]: row for row in stage.load(MEMBERSHIPS, "team_id", [team["team_id"]])}
    users = {row["user_id"]: row for row in stage.load(USERS, "user_id", [entry.get("user_id") for entry in entries])}
    budgets = {
        row["budget_id"]: row
        for row in stage.load(sharing.BUDGETS, "budget_id", [row["budget_id"] for row in memberships.values()])
    }
    return [
        _record(entry, memberships.get(entry.get("user_id")), users.get(entry.get("user_id")), budgets)
        for entry in entries
    ]


def _record(entry: dict[str, Any], membership: Row | None, user: Row | None, budgets: dict[str, Row]) -> dict[str, Any]:
    budget = budgets.get(membership["budget_id"]) if membership else None
    return {
        "user_id": entry.get("user_id"),
        "user_email": (user and user["user_email"]) or entry.get("user_email"),
        "role": entry.get("role"),
        "spend": membership["spend"] if membership else None,
        **{name: budget[name] if budget else None for name in LIMITS},
        "budget_id": membership["budget_id"] if membership else None,
    }
