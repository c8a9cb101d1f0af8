"""A user under another id, and all that one user owns in the hands of another.

What moves are rights: keys, memberships, invitations, credentials, submissions, files and stores. What stays is
history: spend and its daily sums, archives, audit.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Conflict, Refused
from gwctl.rules import members, org_members, users
from gwctl.rules.key_secrets import KEYS

OWNED: tuple[tuple[str, str], ...] = (
    (KEYS, "user_id"),
    ("LiteLLM_InvitationLink", "user_id"),
    ("LiteLLM_InvitationLink", "created_by"),
    ("LiteLLM_InvitationLink", "updated_by"),
    ("LiteLLM_MCPUserCredentials", "user_id"),
    ("LiteLLM_MCPServerTable", "submitted_by"),
    ("LiteLLM_ManagedFileTable", "created_by"),
    ("LiteLLM_ManagedObjectTable", "created_by"),
    ("LiteLLM_ManagedVectorStoreTable", "created_by"),
    ("LiteLLM_ManagedVectorStoresTable", "user_id"),
)
"""Columns that give a right to the user whom they name."""

GUARDRAILS = "LiteLLM_GuardrailsTable"


def rename(stage: Stage, entity: Entity, row: Row, new: str) -> list[Change]:
    """Another id for a user, in every place that names him. Raises Conflict where the id is taken."""
    _refuse_reserved(row["user_id"])
    stage.unit.lock(f"user:{new}")
    if stage.get(users.USERS, new) is not None:
        raise Conflict(f"there is a user {new!r} already", "gwctl users reassign moves what one user owns to another.")
    change = Change("update", entity, {"user_id": new}, row, was={"user_id": row["user_id"]}, audited="updated")
    old = row["user_id"]
    _move_owned(stage, change, old, new)
    for table in (members.MEMBERSHIPS, org_members.MEMBERSHIPS):
        for membership in stage.load(table, "user_id", [old], change=True):
            stage.move(membership, {"user_id": new}, cause=change)
    for team in users.in_teams(stage, [old]):
        stage.update(team, _renamed_in(team, old, new), cause=change)
    stage.move(row, {"user_id": new}, cause=change, audited="updated")
    return [change]


def reassign(stage: Stage, entity: Entity, giver: Row, taker: Row) -> list[Change]:
    """All that one user owns to another. Where both are members, the taker's membership stays as it is."""
    _refuse_reserved(giver["user_id"])
    if giver is taker:
        raise Conflict("both names are the same user")
    old, new = giver["user_id"], taker["user_id"]
    change = Change("update", entity, {}, giver, audited="updated")
    _move_owned(stage, change, old, new)
    _move_memberships(stage, change, old, new)
    for team in users.in_teams(stage, [old]):
        stage.update(team, _given_in(team, giver, taker), cause=change)
    joined = [one for one in giver.items("teams") if one not in taker.items("teams")]
    stage.update(taker, {"teams": [*taker.items("teams"), *joined]}, cause=change, audited="updated")
    stage.update(giver, {"teams": []}, cause=change, audited="updated")
    return [change]


def _refuse_reserved(user_id: str) -> None:
    if user_id in users.RESERVED:
        raise Refused(f"user {user_id!r} is the gateway's own", "The proxy needs the row as it is.")


def _move_owned(stage: Stage, change: Change, old: str, new: str) -> None:
    for table, column in OWNED:
        for row in stage.load(table, column, [old], change=True):
            stage.update(row, {column: new}, cause=change, audited="updated" if table == KEYS else None)
    guardrails = stage.unit.table(GUARDRAILS)
    if guardrails is not None and "guardrail_info" in guardrails.c:
        asked = sa.cast(guardrails.c.guardrail_info["submitted_by_user_id"].astext, sa.Text) == old
        for row in stage.search(GUARDRAILS, asked, change=True):
            info = {**row.object("guardrail_info"), "submitted_by_user_id": new}
            stage.update(row, {"guardrail_info": info}, cause=change)


def _move_memberships(stage: Stage, change: Change, old: str, new: str) -> None:
    for table, column in ((members.MEMBERSHIPS, "team_id"), (org_members.MEMBERSHIPS, "organization_id")):
        known = {row[column] for row in stage.load(table, "user_id", [new], change=True)}
        for row in stage.load(table, "user_id", [old], change=True):
            if row[column] in known:
                stage.delete(row, cause=change)
            else:
                stage.move(row, {"user_id": new}, cause=change)


def _renamed_in(team: Row, old: str, new: str) -> dict[str, Any]:
    entries = [
        {**one, "user_id": new} if one.get("user_id") == old else one for one in team.items("members_with_roles")
    ]
    lists = {name: [new if one == old else one for one in team.items(name)] for name in ("members", "admins")}
    return {"members_with_roles": entries, **{name: value for name, value in lists.items() if new in value}}


def _given_in(team: Row, giver: Row, taker: Row) -> dict[str, Any]:
    """The giver's entry becomes the taker's; of two, the stronger role stays."""
    old, new = giver["user_id"], taker["user_id"]
    entries: dict[Any, dict[str, Any]] = {}
    for one in team.items("members_with_roles"):
        entry: dict[str, Any] = dict(one)
        if one.get("user_id") in (old, new):
            entry |= {"user_id": new, "user_email": taker["user_email"]}
        key = entry.get("user_id") or entry.get("user_email")
        if key in entries and "admin" in (entry.get("role"), entries[key].get("role")):
            entry["role"] = "admin"
        entries[key] = entry
    lists = {
        name: list(dict.fromkeys(new if one == old else one for one in team.items(name)))
        for name in ("members", "admins")
    }
    return {
        "members_with_roles": list(entries.values()),
        **{name: value for name, value in lists.items() if new in value},
    }
