"""Projects: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/management_endpoints/project_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict, Invalid
from gwctl.rules import bounds, key_limits, named_lists
from gwctl.rules.key_secrets import KEYS

TEAMS = "LiteLLM_TeamTable"
NUMBERS = ("max_budget", "tpm_limit", "rpm_limit")


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_project: a budget row is always made where none is named."""
    for change in changes:
        if not change.columns.get("team_id"):
            _has_no_team(change)
        if not change.columns.get("budget_id"):
            change.linked.setdefault(sharing.BUDGETS, {})
        _limits_by_model(change)
    _check(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_project."""
    for change in changes:
        _limits_by_model(change)
    _check(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_project, which refuses while keys belong to it."""
    used: dict[str, list[Row]] = {}
    for row in stage.load(KEYS, "project_id", [change.id for change in changes], change=True):
        used.setdefault(row["project_id"], []).append(row)
    for change in changes:
        keys = used.get(change.id, [])
        if keys and not stage.force:
            named = ", ".join(str(row["key_alias"] or row["key_name"]) for row in keys[:5])
            hint = "--replace-with NAME puts them in another project; with --force they are in none."
            change.refuse(f"project {change.name!r} has {len(keys)} keys: {named}", kind=Conflict, hint=hint)
            continue
        for row in keys:
            stage.update(row, {"project_id": None}, cause=change, audited="updated")


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another project in the place of these, for their keys."""
    for change in changes:
        for row in stage.load(KEYS, "project_id", [change.id], change=True):
            if row["team_id"] == heir["team_id"]:
                stage.update(row, {"project_id": heir["project_id"]}, cause=change, audited="updated")
            else:
                hint = "A key's team is that of its project."
                change.refuse(f"{named_lists.called(row)} is of another team than {change.name}", hint=hint)


def _has_no_team(change: Change) -> None:
    """The gateway makes no such project, but leaves one behind where it deletes a team; so a manifest may say it."""
    if change.origin is None:
        change.refuse("a project belongs to a team", "team", kind=Invalid, hint="Name it with --team.")
    else:
        change.warn(f"project {change.name!r} belongs to no team, as one whose team was deleted")


def _limits_by_model(change: Change) -> None:
    """Limits for each model go into columns of their own as well."""
    for name in ("model_rpm_limit", "model_tpm_limit"):
        if name in change.fields:
            change.columns[name] = change.fields[name] or {}


def _check(stage: Stage, changes: Sequence[Change]) -> None:
    """_check_team_project_limits: within the team's models and numbers, and the soft budget below the hard one."""
    teams = {
        row["team_id"]: row for row in stage.load(TEAMS, "team_id", [change.value("team_id") for change in changes])
    }
    for change in changes:
        key_limits.warn_of_licence(stage, change)
        limits = {**change.was, **change.linked.get(sharing.BUDGETS, {})}
        soft, hard = limits.get("soft_budget"), limits.get("max_budget")
        if soft is not None and hard is not None and soft >= hard:
            change.refuse(f"soft_budget {soft:g} should be below max_budget {hard:g}", "soft_budget")
        team = teams.get(change.value("team_id") or "")
        if team is not None:
            _within(stage, change, team, limits)


def _within(stage: Stage, change: Change, team: Row, limits: dict[str, Any]) -> None:
    name, listed = team["team_alias"] or team["team_id"], team.items("models")
    if listed and "all-proxy-models" not in listed and {"models", "team_id"} & change.columns.keys():
        for model in change.value("models") or []:
            if model not in listed:
                message = f"model {model!r} is not among those of team {name!r}: {', '.join(listed)}"
                bounds.exceed(stage, change, message, "models")
    for column in NUMBERS:
        bound, mine = team[column], limits.get(column)
        if (
            bound is not None
            and mine is not None
            and mine > bound
            and (column in change.fields or "team" in change.fields)
        ):
            bounds.exceed(stage, change, f"{column} {mine:g} is above {bound:g}, that of team {name!r}", column)
