"""What a key may not have beside its project and its team: the gateway's own rules are refusals, the rest is warned of.

Source: proxy/management_endpoints/key_management_endpoints.py (_check_project_key_limits, validate_key_team_change) and
proxy/auth/auth_checks.py for what is refused only when a request comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import bounds, model_lists

PROJECT_IN_TEAM = (1, 110)
"""From here on a key's project must belong to its team; the change lies between 1.82.4 and this."""
SERVICE_ACCOUNT_STAYS = (1, 110)
"""From here on nothing makes another key of a service account's; likewise."""

LICENSED = {"guardrails": "403", "policies": "403", "enforced_params": "500"}
"""Entries of `metadata` that make an unlicensed proxy refuse every call of the key, and with which status."""


def check(stage: Stage, changes: Sequence[Change], teams: Mapping[str, Row]) -> None:
    """Rules over levels, for keys that are made or changed."""
    _in_project(stage, changes)
    for change in changes:
        metadata = change.value("metadata") or {}
        held = change.row.object("metadata").get("service_account_id") if change.row else None
        if held and not metadata.get("service_account_id") and stage.unit.release >= SERVICE_ACCOUNT_STAYS:
            change.refuse("a service account's key stays one on this release", "service_account_id")
        if metadata.get("service_account_id") and not change.value("team_id"):
            change.refuse("the key of a service account needs a team", "service_account_id")
        warn_of_licence(stage, change)
        team = teams.get(change.value("team_id") or "")
        if team is not None:
            _beside_team(change, team)
        if change.value("config"):
            change.warn(f"{change.name} has a config: the proxy does not hold it to its models")


def check_move(changes: Sequence[Change], teams: Mapping[str, Row]) -> None:
    """validate_key_team_change: what a key brings into another team must fit there."""
    for change in changes:
        team = teams.get(change.columns.get("team_id") or "")
        if team is None or change.row is None or change.row["team_id"] == team["team_id"]:
            continue
        name = team["team_alias"] or team["team_id"]
        for model in model_lists.outside(team.items("models"), change.value("models") or []):
            change.refuse(f"team {name!r} has no model {model!r}", "models")
        if change.value("tpm_limit") is not None:
            for limit in ("tpm_limit", "rpm_limit"):
                mine, theirs = change.value(limit), team[limit]
                if mine is not None and theirs is not None and mine > theirs:
                    change.refuse(f"{limit} {mine} is above {theirs}, that of team {name!r}", limit)
        user = change.value("user_id")
        if user and user not in {member.get("user_id") for member in team.items("members_with_roles")}:
            change.refuse(
                f"user {user!r} is no member of team {name!r}", "team", hint="gwctl teams members add makes one."
            )


def _in_project(stage: Stage, changes: Iterable[Change]) -> None:
    asked = [
        change
        for change in changes
        if change.value("project_id") and {"project_id", "models", "max_budget"} & change.columns.keys()
    ]
    projects = {
        row["project_id"]: row
        for row in stage.load("LiteLLM_ProjectTable", "project_id", [change.value("project_id") for change in asked])
    }
    budgets = {
        row["budget_id"]: row
        for row in stage.load(sharing.BUDGETS, "budget_id", [row["budget_id"] for row in projects.values()])
    }
    for change in asked:
        project = projects.get(change.value("project_id"))
        if project is None:
            continue
        name, listed = project["project_alias"] or project["project_id"], project.items("models")
        if stage.unit.release >= PROJECT_IN_TEAM and project["team_id"] not in (None, change.value("team_id")):
            bounds.exceed(stage, change, f"project {name!r} belongs to another team", "project")
        for model in change.value("models") or []:
            if listed and model not in listed:
                message = f"model {model!r} is not among those of project {name!r}: {', '.join(listed)}"
                bounds.exceed(stage, change, message, "models")
        budget = budgets.get(project["budget_id"])
        bound, mine = budget["max_budget"] if budget else None, change.value("max_budget")
        if bound is not None and mine is not None and mine > bound:
            message = f"max_budget {mine:g} is above {bound:g}, that of project {name!r}"
            bounds.exceed(stage, change, message, "max_budget")


def _beside_team(change: Change, team: Row) -> None:
    name = team["team_alias"] or team["team_id"]
    if "models" in change.columns or "team_id" in change.columns:
        for model in model_lists.outside(team.items("models"), change.value("models") or []):
            change.warn(f"key {change.name}: team {name!r} has no model {model!r}, so the proxy will refuse it")
    bound, mine = team["max_budget"], change.value("max_budget")
    if bound is not None and mine is not None and mine > bound and {"max_budget", "team_id"} & change.columns.keys():
        change.warn(
            f"key {change.name}: max_budget {mine:g} is above {bound:g}, that of team {name!r}, which counts first"
        )
    for limit in ("tpm_limit", "rpm_limit"):
        bound, mine = team[limit], change.value(limit)
        if bound is not None and mine is not None and mine > bound and {limit, "team_id"} & change.columns.keys():
            change.warn(
                f"key {change.name}: {limit} {mine} is above {bound}, that of team {name!r}, which counts first"
            )
    if team["blocked"]:
        change.warn(f"key {change.name}: team {name!r} is blocked, so every call will be refused")


def warn_of_licence(stage: Stage, change: Change) -> None:
    """Says what an unlicensed proxy would do with entries of `metadata` that it takes from a database without a
    word."""
    if LICENSED.keys().isdisjoint(change.fields) or stage.unit.settings.options.licensed:
        return
    metadata = change.value("metadata") or {}
    for name, status in LICENSED.items():
        if metadata.get(name) and name in change.fields:
            change.warn(
                f"{change.entity.name} {change.name}: without a licence the proxy answers every call with "
                f"{status} because of {name}"
            )
