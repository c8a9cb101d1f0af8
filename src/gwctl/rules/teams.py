"""Teams: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/management_endpoints/team_endpoints.py; each function names its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gwctl.core import releases, sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import (
    archives,
    assignments,
    attachments,
    keys,
    members,
    periods,
    proxy_defaults,
    team_limits,
    team_models,
    team_places,
)
from gwctl.rules.key_secrets import KEYS

TEAMS = "LiteLLM_TeamTable"
ARCHIVE = "LiteLLM_DeletedTeamTable"
ALIASES = "LiteLLM_ModelTable"
DEFAULTS = {
    "team_member_budget": "max_budget",
    "team_member_budget_duration": "budget_duration",
    "team_member_tpm_limit": "tpm_limit",
    "team_member_rpm_limit": "rpm_limit",
}
"""Fields that lie in the budget row which members share, and its columns."""


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_team. The caller, whom the endpoint makes an admin of the team, is nobody here."""
    _needs_archive(stage)
    team_limits.check(stage, changes)
    proxy_defaults.fill_teams(stage, changes)
    periods.standard(stage.unit, changes)
    for change in changes:
        if change.id == keys.UI_SESSIONS:
            change.refuse(f"{change.id!r} is what the gateway calls the team of its interface's sessions", "team_id")
        change.columns["members_with_roles"] = []
        _aliases(stage, change)
        _default_budget(stage, change)
    _members(stage, changes)
    assignments.follow(stage, changes, "assigned_team_ids")


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_team, which loses metadata, clears no reset moment and serves no member that was there before."""
    _needs_archive(stage)
    periods.warn_of_reset_job(stage.unit, changes)
    team_limits.check(stage, changes)
    team_limits.check_move(stage, changes)
    periods.standard(stage.unit, changes)
    for change in changes:
        _aliases(stage, change)
        _default_budget(stage, change)
    _members(stage, changes)
    assignments.follow(stage, changes, "assigned_team_ids")
    attachments.follow_renames(stage, changes, "team_alias", "teams")


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_team, and what it leaves behind: places in lists, membership rows, alias maps, budgets, assignments."""
    ids = {change.id: change for change in changes}
    for change in changes:
        assert change.row is not None
        archives.copy(stage, change.row, ARCHIVE, cause=change)
    keys.remove(stage, {row["token"]: ids[row["team_id"]] for row in stage.load(KEYS, "team_id", ids, change=True)})
    for user in stage.load(members.USERS, "teams", ids, change=True):
        left = [one for one in user.items("teams") if one not in ids]
        stage.update(user, {"teams": left}, cause=_cause(ids, user.items("teams")))
    for user in stage.load(members.USERS, "team_id", ids, change=True):
        stage.update(user, {"team_id": None}, cause=ids[user["team_id"]])
    budgets: dict[str, object] = {}
    for membership in stage.load(members.MEMBERSHIPS, "team_id", ids, change=True):
        budgets[membership["budget_id"]] = ids[membership["team_id"]]
        stage.delete(membership, cause=ids[membership["team_id"]])
    team_places.forget(stage, ids)
    team_models.go(stage, ids)
    assignments.forget(stage, "assigned_team_ids", ids)
    for change in changes:
        assert change.row is not None
        budgets[change.row.object("metadata").get("team_member_budget_id") or ""] = change
        for aliases in stage.load(ALIASES, "id", [change.row["model_id"]], change=True):
            stage.delete(aliases, cause=change)
        stage.delete(change.row, cause=change, audited="deleted")
    sharing.drop(stage, sharing.BUDGETS, budgets)


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another team in the place of these, wherever they are named; their keys and members go with them."""
    team_places.replace(stage, {change.id: change for change in changes}, heir)


def look(stage: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """Members, model aliases and the members' default budget, which lie in rows of their own."""
    listed = members.listed(stage, rows)
    aliases = {row["id"]: row["aliases"] for row in stage.load(ALIASES, "id", [row["model_id"] for row in rows])}
    ids = [row.object("metadata").get("team_member_budget_id") for row in rows]
    budgets = {row["budget_id"]: row for row in stage.load(sharing.BUDGETS, "budget_id", ids)}
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        budget = budgets.get(row.object("metadata").get("team_member_budget_id"))
        defaults = {name: budget[column] if budget else None for name, column in DEFAULTS.items()}
        metadata = {key: value for key, value in row.object("metadata").items() if key != "team_member_budget_id"}
        found[row["team_id"]] = {
            "members": listed.get(row["team_id"], []),
            "model_aliases": aliases.get(row["model_id"]) or None,
            **defaults,
        }
        found[row["team_id"]] |= (
            {"metadata": _free(metadata)} if "team_member_budget_id" in row.object("metadata") else {}
        )
    return found


def _free(metadata: Mapping[str, Any]) -> dict[str, Any]:
    from gwctl.describe import Inside
    from gwctl.entities.team import TEAM

    return {
        key: value
        for key, value in metadata.items()
        if not (key in TEAM.fields and isinstance(TEAM.fields[key].place, Inside))
    }


def exported(_stage: Stage, found: Sequence[tuple[Row, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The members' default budget has the team's period where it is made without one, so that none has to be said."""
    for _, document in found:
        if "budget_duration" in document and DEFAULTS.keys() & document.keys():
            document.setdefault("team_member_budget_duration", None)
        yield document


def default_budget_of(change: Change) -> str | None:
    """The budget row that members share, as the team's metadata will name it."""
    found = (change.value("metadata") or {}).get("team_member_budget_id")
    return str(found) if found else None


def as_team(change: Change) -> members.Team:
    """A changing team as its members see it."""
    listed = change.value("members_with_roles")
    entries = [dict(entry) for entry in listed] if isinstance(listed, list) else []
    return members.Team(change, change.id, entries, default_budget_of(change))


def _members(stage: Stage, changes: Sequence[Change]) -> None:
    named = [(as_team(change), change.fields["members"]) for change in changes if change.fields.get("members")]
    members.put(stage, named)
    for team, _ in named:
        team.change.columns["members_with_roles"] = team.members


def _aliases(stage: Stage, change: Change) -> None:
    """The alias map is a row of its own, numbered by a sequence; an update of it overwrites both actors."""
    if "model_aliases" not in change.fields:
        return
    actor = {"created_by": stage.unit.actor, "updated_by": stage.unit.actor}
    values = {"aliases": change.fields["model_aliases"] or {}, **actor}
    row = stage.get(ALIASES, change.value("model_id"), change=True) if change.value("model_id") else None
    if row is not None:
        stage.update(row, values, cause=change)
        return
    number = stage.later()
    stage.insert(ALIASES, {"id": number, **values}, cause=change)
    change.columns["model_id"] = number


def _default_budget(stage: Stage, change: Change) -> None:
    """upsert_team_member_budget_table: the row that members share, named in the team's metadata, which stays whole."""
    asked = {column: change.fields[name] for name, column in DEFAULTS.items() if name in change.fields}
    if not asked:
        return
    known = default_budget_of(change)
    row = stage.get(sharing.BUDGETS, known, change=True) if known else None
    if row is None and "budget_duration" not in asked and "team_member_budget_duration" not in change.cleared:
        asked["budget_duration"] = change.value("budget_duration")
    if "budget_duration" in asked:
        asked["budget_reset_at"] = sharing.reset_of(stage.unit, asked["budget_duration"])
    asked["updated_by"] = stage.unit.actor
    if row is not None:
        stage.update(row, asked, cause=change)
        return
    alias = change.value("team_alias")
    budget_id = (
        f"team-{alias.replace(' ', '-')}-budget-{uuid.uuid4().hex}" if alias else f"team-budget-{uuid.uuid4().hex}"
    )
    stage.insert(sharing.BUDGETS, {**asked, "budget_id": budget_id, "created_by": stage.unit.actor}, cause=change)
    change.columns["metadata"] = {**(change.value("metadata") or {}), "team_member_budget_id": budget_id}
    if change.row is not None:
        _serve_members(stage, change, budget_id)


def _serve_members(stage: Stage, change: Change, budget_id: str) -> None:
    """Members that were there before the default get it too, unless they have limits of their own."""
    team = as_team(change)
    rows = {row["user_id"]: row for row in stage.load(members.MEMBERSHIPS, "team_id", [team.team_id], change=True)}
    for entry in team.members:
        row = rows.get(entry.get("user_id"))
        if row is None and entry.get("user_id"):
            stage.insert(
                members.MEMBERSHIPS,
                {"user_id": entry["user_id"], "team_id": team.team_id, "budget_id": budget_id},
                cause=change,
            )
        elif row is not None and row["budget_id"] is None:
            stage.update(row, {"budget_id": budget_id}, cause=change)


def _cause(causes: Mapping[str, Change], names: Sequence[str]) -> Change:
    return next((causes[name] for name in names if name in causes), next(iter(causes.values())))


def _needs_archive(stage: Stage) -> None:
    if not stage.unit.has(ARCHIVE):
        raise releases.lacking(ARCHIVE, purpose="so that a deletion could not be archived")


def take(stage: Stage, change: Change, people: Sequence[str]) -> None:
    """Ends memberships of a team. It is seized first: a key that is being made for one who leaves is waited for."""
    if change.row is not None:
        stage.seize([change.row])
    leaving = as_team(change)
    members.take(stage, leaving, people)
    change.columns["members_with_roles"] = leaving.members
