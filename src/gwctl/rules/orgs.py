"""Organisations: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/management_endpoints/organization_endpoints.py. Its delete removes teams without a copy and leaves their
keys; here nothing goes without being asked for, and what goes is archived.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict, Invalid
from gwctl.rules import keys, org_members, teams
from gwctl.rules.key_secrets import KEYS

ORGANISATIONS = "LiteLLM_OrganizationTable"


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_organization: an organisation always has a budget row, an empty one if nothing was said."""
    for change in changes:
        if not change.columns.get("organization_alias"):
            change.refuse("an organisation needs a name", "organization_alias", kind=Invalid)
        if not change.columns.get("budget_id"):
            change.linked.setdefault(sharing.BUDGETS, {})
    _members(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_organization, which cannot clear anything nor link another budget."""
    for change in changes:
        for name, column in (("budget", "budget_id"), ("organization_alias", "organization_alias")):
            if name in change.fields and change.fields[name] is None:
                change.refuse(f"an organisation must have its {column}", name, kind=Invalid)
    _members(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_organization. Teams and keys stand in the way, unless they are to go as well."""
    causes = {change.id: change for change in changes}
    own_teams = stage.load(teams.TEAMS, "organization_id", causes, change=True)
    own_keys = stage.load(KEYS, "organization_id", causes, change=True)
    for change in changes:
        held = [row["team_alias"] or row["team_id"] for row in own_teams if row["organization_id"] == change.id]
        count = sum(row["organization_id"] == change.id for row in own_keys)
        if (held or count) and not stage.force:
            what = ", ".join([*(f"team {name}" for name in held[:5]), *([f"{count} keys"] if count else [])])
            change.refuse(
                f"organisation {change.name!r} has {what}",
                kind=Conflict,
                hint="--force deletes them as well, with archives.",
            )
    if any(change.troubles for change in changes):
        return
    _delete_teams(stage, own_teams, causes)
    keys.remove(stage, {row["token"]: causes[row["organization_id"]] for row in own_keys if row.after is not None})
    budgets: dict[str, object] = {}
    for row in stage.load(org_members.MEMBERSHIPS, "organization_id", causes, change=True):
        budgets[row["budget_id"]] = causes[row["organization_id"]]
        stage.delete(row, cause=causes[row["organization_id"]])
    for user in stage.load("LiteLLM_UserTable", "organization_id", causes, change=True):
        stage.update(user, {"organization_id": None}, cause=causes[user["organization_id"]])
    sharing.drop(stage, sharing.BUDGETS, budgets)


def look(stage: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """Members, which lie in rows of their own."""
    listed = org_members.listed(stage, rows)
    return {row["organization_id"]: {"members": listed.get(row["organization_id"], [])} for row in rows}


def _delete_teams(stage: Stage, rows: Sequence[Row], causes: Mapping[str, Change]) -> None:
    if not rows:
        return
    entity = stage.unit.kinds.entity("team")
    going = [Change("delete", entity, {}, row, audited="deleted") for row in rows]
    teams.delete(stage, going)
    for change in going:
        assert change.row is not None
        cause = causes[change.row["organization_id"]]
        cause.troubles += change.troubles
        cause.warnings += change.warnings
        for (table, action), count in stage.effects_of(change).items():
            stage.effects.setdefault(id(cause), type(stage.effects_of(cause))())[table, action] += count
    sharing.drop(
        stage, sharing.PERMISSIONS, {row["object_permission_id"]: causes[row["organization_id"]] for row in rows}
    )


def _members(stage: Stage, changes: Sequence[Change]) -> None:
    org_members.put(stage, [(change, change.fields["members"]) for change in changes if change.fields.get("members")])


def take(stage: Stage, change: Change, people: Sequence[str]) -> None:
    """Ends memberships of an organisation."""
    org_members.take(stage, change, people)
