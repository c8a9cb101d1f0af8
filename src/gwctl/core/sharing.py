"""Rows that belong to others: budgets and object permissions. Who refers to one, and when it goes with its owner."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from gwctl.core.stage import Row, Stage

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
    named = {one for one in ids if GENERATED.fullmatch(one)}
    if live is None or not named:
        return []
    rows = stage.search("LiteLLM_TeamTable", live.c.metadata["team_member_budget_id"].astext.in_(named))
    return [row for row in rows if row.object("metadata").get("team_member_budget_id") in ids]


def is_own(budget_id: str | None, referrers: Iterable[Row]) -> bool:
    """Whether a budget row is its one referrer's own: made up by the gateway's code, and nobody else's."""
    return bool(budget_id and GENERATED.fullmatch(budget_id)) and len(list(referrers)) <= 1


def drop(stage: Stage, table: str, ids: Iterable[str | None], *, cause: object = None) -> None:
    """Deletes those rows that nothing will refer to any more: permissions always, budgets where the id was made up."""
    wanted = {one for one in ids if one and (table == PERMISSIONS or GENERATED.fullmatch(one))}
    used = referring(stage, table, wanted)
    for row in stage.load(
        table, COLUMN[table], sorted(wanted - {one for one, rows in used.items() if rows}), change=True
    ):
        stage.delete(row, cause=cause)
