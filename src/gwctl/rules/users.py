"""Internal users: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/management_endpoints/internal_user_endpoints.py; each function names its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import references, sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.errors import Conflict
from gwctl.rules import keys, members, periods, proxy_defaults
from gwctl.rules.key_secrets import KEYS

USERS = "LiteLLM_UserTable"
TEAMS = "LiteLLM_TeamTable"
SHOWN = (("LiteLLM_ManagedVectorStoresTable", "user_id"), ("LiteLLM_MCPServerTable", "submitted_by"))
"""Columns in which a user is shown and has no right."""
LISTS = {"teams": "team"}
"""Columns that hold ids of another kind, where names are shown beside them."""
RESERVED = ("default_user_id", "litellm-proxy-budget")
"""The proxy's own administrator, and the row that older releases count all spend in."""


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_user. It makes no key: gwctl keys create does."""
    _emails_are_free(stage, changes)
    proxy_defaults.fill_users(stage, changes)
    periods.standard(stage.unit, changes)


def created(stage: Stage, changes: Sequence[Change]) -> None:
    """new_user makes the user a member of the teams that were named, and swallows what goes wrong."""
    for change in changes:
        names = change.fields.get("teams") or []
        if not names:
            continue
        found = references.find(stage, stage.unit.kinds.entity("team"), names, change=True)
        for error in found.errors.values():
            change.refuse(error.message, "teams", kind=type(error), hint=error.hint)
        for row in found.rows.values():
            budget = row.object("metadata").get("team_member_budget_id")
            team = members.Team(change, row["team_id"], [dict(one) for one in row.items("members_with_roles")], budget)
            members.put(stage, [(team, [{"user": change.id}])])
            stage.update(row, {"members_with_roles": team.members}, cause=change, audited="updated")


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """user_update, which cannot clear lists and objects; here null clears."""
    periods.warn_of_reset_job(stage.unit, changes)
    _emails_are_free(stage, changes)
    periods.standard(stage.unit, changes)
    for change in changes:
        if "user_email" in change.columns:
            _renamein_teams(stage, change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_user, which archives no key and leaves the user in the lists of teams that the user's row does not
    name."""
    ids = [change.id for change in changes if change.id not in RESERVED]
    for change in changes:
        if change.id in RESERVED:
            change.refuse(
                f"user {change.id!r} is the gateway's own",
                hint="The proxy needs the row; gwctl users update changes it.",
            )
    causes = {change.id: change for change in changes}
    keys.remove(stage, {row["token"]: causes[row["user_id"]] for row in stage.load(KEYS, "user_id", ids, change=True)})
    _leave_teams(stage, ids, causes)
    for table, column in SHOWN:
        for row in stage.load(table, column, ids, change=True):
            stage.update(row, {column: None}, cause=causes[row[column]])
    budgets = _drop_rows(stage, ids, causes)
    sharing.drop(stage, sharing.BUDGETS, budgets)


def hidden(_unit: Unit, table: sa.Table) -> sa.ColumnElement[bool]:
    """The rows that the proxy keeps for itself."""
    return table.c.user_id.in_(RESERVED)


def _emails_are_free(stage: Stage, changes: Sequence[Change]) -> None:
    """The endpoint compares addresses without regard to case; the database does not at all."""
    named = {change.columns["user_email"].lower(): change for change in changes if change.columns.get("user_email")}
    if not named:
        return
    stage.unit.lock(*(f"email:{email}" for email in named))
    table = stage.unit.needed(USERS)
    emails = sa.literal(list(named), ARRAY(sa.Text()))
    taken = {
        row["user_email"].lower(): row
        for row in stage.search(USERS, sa.func.lower(table.c.user_email) == sa.any_(emails))
    }
    seen: set[str] = set()
    for change in changes:
        email = (change.columns.get("user_email") or "").lower()
        other = taken.get(email)
        if email and (email in seen or (other is not None and other["user_id"] != change.id)):
            change.refuse(f"there is a user with the address {email!r} already", "user_email", kind=Conflict)
        seen.add(email)


def in_teams(stage: Stage, user_ids: Sequence[str]) -> list[Row]:
    """Teams that name one of the users anywhere: in the list of members, or in the older arrays."""
    table = stage.unit.table(TEAMS)
    if table is None or not user_ids:
        return []
    operand = sa.literal(list(user_ids), ARRAY(sa.Text()))
    named = sa.func.jsonb_path_query_array(
        table.c.members_with_roles, sa.literal_column("CAST('$[*].user_id' AS jsonpath)")
    )
    clause = sa.or_(named.op("?|")(operand), table.c.members.overlap(operand), table.c.admins.overlap(operand))
    return stage.search(TEAMS, clause, change=True)


def _leave_teams(stage: Stage, ids: Sequence[str], causes: dict[str, Change]) -> None:
    gone = set(ids)
    for team in in_teams(stage, ids):
        entries = team.items("members_with_roles")
        cause = next(
            (
                causes[one]
                for one in [*(e.get("user_id") for e in entries), *team.items("members"), *team.items("admins")]
                if one in gone
            ),
            None,
        )
        values: dict[str, object] = {
            "members_with_roles": [entry for entry in entries if entry.get("user_id") not in gone]
        }
        values |= {
            name: [one for one in team.items(name) if one not in gone]
            for name in ("members", "admins")
            if gone & set(team.items(name))
        }
        stage.update(team, values, cause=cause)


def _drop_rows(stage: Stage, ids: Sequence[str], causes: dict[str, Change]) -> dict[str, object]:
    """Membership, invitation, credential and notification rows of users; returns the budgets that memberships had."""
    budgets: dict[str, object] = {}
    places = [
        (members.MEMBERSHIPS, "user_id"), ("LiteLLM_OrganizationMembership", "user_id"),
        ("LiteLLM_InvitationLink", "user_id"), ("LiteLLM_InvitationLink", "created_by"),
        ("LiteLLM_InvitationLink", "updated_by"),
        ("LiteLLM_MCPUserCredentials", "user_id"), ("LiteLLM_UserNotifications", "user_id"),
    ]  # fmt: skip
    for table, column in places:
        for row in stage.load(table, column, ids, change=True):
            budgets[row["budget_id"]] = causes[row[column]]
            stage.delete(row, cause=causes[row[column]])
    return budgets


def _renamein_teams(stage: Stage, change: Change) -> None:
    """The list of a team's members holds addresses too."""
    for team in in_teams(stage, [change.id]):
        entries = [
            {**entry, "user_email": change.columns["user_email"]}
            if entry.get("user_id") == change.id and entry.get("user_email")
            else entry
            for entry in team.items("members_with_roles")
        ]
        stage.update(team, {"members_with_roles": entries}, cause=change)
