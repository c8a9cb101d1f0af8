"""Who is in a team or an organisation, with what role, spend and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwctl.core import changes, sharing
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.rules.members import MEMBERSHIPS, USERS
from gwctl.rules.org_members import MEMBERSHIPS as ORG_MEMBERSHIPS

LIMITS = ("max_budget", "budget_duration", "budget_reset_at", "tpm_limit", "rpm_limit")
TABLES = {"team_id": MEMBERSHIPS, "organization_id": ORG_MEMBERSHIPS}


def of(stage: Stage, entity: Entity, row: Row) -> list[dict[str, Any]]:
    """A record for each member; the limits are those of the budget that counts for him, his own or the default."""
    listed = changes.ruled_fields(stage, entity, [row], ["members"])[row[entity.key]]["members"]
    memberships = {one["user_id"]: one for one in stage.load(TABLES[entity.key], entity.key, [row[entity.key]])}
    users = {one["user_id"]: one for one in stage.load(USERS, "user_id", [member["user"] for member in listed])}
    ids = [one["budget_id"] for one in memberships.values()]
    budgets = {one["budget_id"]: one for one in stage.load(sharing.BUDGETS, "budget_id", ids)}
    role = "user_role" if entity.key == "organization_id" else "role"
    return [
        _record(role, member, memberships.get(member["user"]), users.get(member["user"]), budgets) for member in listed
    ]


def _record(
    role: str, member: Mapping[str, Any], membership: Row | None, user: Row | None, budgets: Mapping[str, Row]
) -> dict[str, Any]:
    budget = budgets.get(membership["budget_id"]) if membership else None
    return {
        "user_id": user["user_id"] if user else member["user"],
        "user_email": user["user_email"] if user else None,
        role: member.get("role"),
        "spend": membership["spend"] if membership else None,
        **{name: budget[name] if budget else None for name in LIMITS},
        "budget_id": membership["budget_id"] if membership else None,
    }
