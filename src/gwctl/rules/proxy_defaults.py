"""What the proxy gives new teams and users that say nothing of it: `default_team_params` and
`default_internal_user_params` of its litellm_settings.

A context repeats what the proxy's own file says. Where it is silent, the settings that the interface keeps in the
database count, if the database says too that the proxy reads them there (store_model_in_db). Null is no silence.
Source: proxy/management_endpoints/team_endpoints.py, new_team; internal_user_endpoints.py,
_update_internal_new_user_params; proxy/ui_crud_endpoints/proxy_setting_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl import durations
from gwctl.core.change import Change
from gwctl.core.stage import Stage

CONFIG = "LiteLLM_Config"
TEAM = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit", "team_member_permissions")
USER = ("user_role", "max_budget", "budget_duration", "models")
NEWCOMER = ("max_budget", "budget_duration", "models")
"""What a user gets who is made by becoming a member."""
ADMIN = "proxy_admin"


def fill_teams(stage: Stage, changes: Sequence[Change]) -> None:
    """new_team, which does not give `models`."""
    given = _said(stage, "default_team_params")
    for change in changes:
        _fill(change, given, TEAM)


def fill_users(stage: Stage, changes: Sequence[Change]) -> None:
    """new_user: administrators get nothing. Teams are joined as if they had been named, but those that are gone."""
    given = _said(stage, "default_internal_user_params")
    if not given:
        return
    named = [_team(one) for one in given.get("teams") or ()]
    there = [row["team_id"] for row in stage.load("LiteLLM_TeamTable", "team_id", named)] if named else []
    for change in changes:
        if change.columns.get("user_role") == ADMIN:
            continue
        _fill(change, given, USER)
        if named and not change.fields.get("teams") and "teams" not in change.cleared:
            change.fields["teams"] = there
            for one in sorted(set(named) - set(there)):
                change.warn(f"there is no team {one!r}, which new users are to join")


def newcomer(stage: Stage) -> dict[str, Any]:
    """The columns of a user who is made by becoming a member; add_new_member forgets the moment of the reset."""
    given = _said(stage, "default_internal_user_params")
    found = {name: given[name] for name in NEWCOMER if given.get(name) is not None}
    if duration := found.get("budget_duration"):
        unit = stage.unit
        found["budget_reset_at"] = durations.next_reset(
            duration, unit.now, unit.settings.options.timezone, unit.release
        )
    return found


def _said(stage: Stage, name: str) -> Mapping[str, Any]:
    said: Mapping[str, Any] = getattr(stage.unit.settings.options, name)
    if said:
        return said
    rows = stage.load(CONFIG, "param_name", ("general_settings", "litellm_settings"))
    sections = {row["param_name"]: row.object("param_value") for row in rows}
    if sections.get("general_settings", {}).get("store_model_in_db") is not True:
        return {}
    found = sections.get("litellm_settings", {}).get(name)
    return found if isinstance(found, dict) else {}


def _fill(change: Change, given: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in names:
        value = given.get(name)
        if value is not None and change.columns.get(name) in (None, []) and name not in change.cleared:
            change.columns[name] = value


def _team(one: Any) -> str:
    """A team of the list: its id, or an object that has it; the limits beside it the endpoint does not heed."""
    return str(one.get("team_id", "")) if isinstance(one, dict) else str(one)
