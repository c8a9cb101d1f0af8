"""Rows that belong to others: budgets and object permissions. Who refers to one, and when it goes with its owner."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gwctl import durations
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit

BUDGETS = "LiteLLM_BudgetTable"
PERMISSIONS = "LiteLLM_ObjectPermissionTable"

REFERRERS: Mapping[str, tuple[str, ...]] = {
    BUDGETS: (
        "LiteLLM_VerificationToken", "LiteLLM_OrganizationTable", "LiteLLM_OrganizationMembership",
        "LiteLLM_TeamMembership",
        "LiteLLM_ProjectTable", "LiteLLM_EndUserTable", "LiteLLM_TagTable",
    ),
    PERMISSIONS: (
        "LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable", "LiteLLM_OrganizationTable",
        "LiteLLM_ProjectTable", "LiteLLM_EndUserTable", "LiteLLM_AgentsTable",
    ),
}  # fmt: skip
"""The tables with a foreign key into each; a test holds them against the schema."""

COLUMN = {BUDGETS: "budget_id", PERMISSIONS: "object_permission_id"}

GENERATED = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|team-(.*-)?budget-[0-9a-f]{32}",
    re.IGNORECASE | re.DOTALL,
)
"""Ids that the gateway makes up: UUIDs, and those of teams' default member budgets."""


def referring(stage: Stage, table: str, ids: Iterable[str | None]) -> dict[str, list[Row]]:
    """For each budget or permission row the rows that will refer to it; teams' default member budgets count as well."""
    wanted = {one for one in ids if one}
    found: dict[str, list[Row]] = defaultdict(list)
    if not wanted:
        return found
    for referrer in REFERRERS[table]:
        for row in stage.load(referrer, COLUMN[table], wanted):
            found[row[COLUMN[table]]].append(row)
    if table == BUDGETS:
        for team in _teams_with_default(stage, wanted):
            found[team.object("metadata")["team_member_budget_id"]].append(team)
    return found


def _teams_with_default(stage: Stage, ids: set[str]) -> list[Row]:
    live = stage.unit.table("LiteLLM_TeamTable")
    if live is None:
        return []
    rows = stage.search("LiteLLM_TeamTable", live.c.metadata["team_member_budget_id"].astext.in_(ids))
    return [row for row in rows if row.object("metadata").get("team_member_budget_id") in ids]


def is_own(budget_id: str | None, referrers: Iterable[Row]) -> bool:
    """Whether a budget row is its one referrer's own: made up by the gateway's code, and nobody else's."""
    return bool(budget_id and GENERATED.fullmatch(budget_id)) and len(list(referrers)) <= 1


def drop(stage: Stage, table: str, causes: Mapping[str, object]) -> None:
    """Deletes those rows that nothing will refer to any more: permissions always, budgets where the id was made up.

    `causes`: the ids of the rows, each with the change on whose behalf it goes.
    """
    wanted = {one for one in causes if one and (table == PERMISSIONS or GENERATED.fullmatch(one))}
    used = referring(stage, table, wanted)
    free = sorted(one for one in wanted if not used.get(one))
    for row in stage.load(table, COLUMN[table], free, change=True):
        stage.delete(row, cause=causes[row[COLUMN[table]]])


def dated(unit: Unit, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a row as they are written: a budget's reset moment comes and goes with its duration."""
    if table != BUDGETS:
        return dict(values)
    moment = {"budget_reset_at": reset_of(unit, values["budget_duration"])} if "budget_duration" in values else {}
    return {**values, **moment, "updated_by": unit.actor}


def reset_of(unit: Unit, duration: str | None) -> datetime | None:
    """When a budget row with that period resets next, by the clock of the gateway's release."""
    if not duration:
        return None
    return durations.budget_reset(duration, unit.now, unit.settings.options.timezone, unit.release)


def signed(unit: Unit, table: str) -> dict[str, Any]:
    """Who made a new row, where the table keeps that."""
    return {"created_by": unit.actor, "updated_by": unit.actor} if table == BUDGETS else {}
