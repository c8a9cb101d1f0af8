"""Which MCP servers an owner may reach, and what would open if one were taken from its list.

An owner's servers are those that its permission row names, those whose tools it names, and those in groups that it
names. Of a team, a customer or an agent an empty set is no limit at all; a key without servers of its own takes its
team's. Source: proxy/_experimental/mcp_server/auth/user_api_key_auth_mcp.py, mcp_server_manager.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import named_lists

KEYS = "LiteLLM_VerificationToken"
TEAMS = "LiteLLM_TeamTable"
LIMITED = {"LiteLLM_TeamTable": "team", "LiteLLM_EndUserTable": "customer", "LiteLLM_AgentsTable": "agent"}
"""Owners whose empty set limits nothing."""


def named(permission: Mapping[str, Any] | Row | None) -> set[str]:
    """The servers and groups of servers that a permission row names, the groups with a mark before them."""
    if permission is None:
        return set()
    servers = permission["mcp_servers"] or []
    tools = permission["mcp_tool_permissions"]
    groups = permission["mcp_access_groups"] or []
    return {*servers, *(tools if isinstance(tools, dict) else ()), *(f"group {group}" for group in groups)}


def naming(stage: Stage, servers: Iterable[str], *, change: bool = False) -> list[Row]:
    """The permission rows that name one of these servers, or tools of one."""
    table, wanted = stage.unit.table(sharing.PERMISSIONS), list(servers)
    if table is None or not wanted or "mcp_servers" not in table.c:
        return []
    ids = sa.literal(wanted, ARRAY(sa.Text()))
    clause = table.c.mcp_servers.overlap(ids)
    if "mcp_tool_permissions" in table.c:
        clause = sa.or_(clause, table.c.mcp_tool_permissions.has_any(ids))
    return stage.search(sharing.PERMISSIONS, clause, change=change)


def without(row: Row, servers: Iterable[str]) -> dict[str, Any]:
    """A permission row's lists without some servers; their tools go too, for they grant access by themselves."""
    gone = set(servers)
    tools = row["mcp_tool_permissions"]
    found: dict[str, Any] = {"mcp_servers": [one for one in row.items("mcp_servers") if one not in gone]}
    if isinstance(tools, dict):
        found["mcp_tool_permissions"] = {name: listed for name, listed in tools.items() if name not in gone}
    return found


def take_out(stage: Stage, causes: Mapping[str, Change]) -> None:
    """Takes servers out of every permission row; refuses where that would lift a limit."""
    rows = naming(stage, causes, change=True)
    owners = sharing.referring(stage, sharing.PERMISSIONS, [row["object_permission_id"] for row in rows])
    for row in rows:
        held = {*row.items("mcp_servers"), *row.object("mcp_tool_permissions")}
        cause = next((causes[name] for name in causes if name in held), None)
        if cause is None:  # its place was taken before
            continue
        left = {"mcp_access_groups": row["mcp_access_groups"], "mcp_tool_permissions": None, **without(row, causes)}
        if not named(left):
            refuse_opening(stage, cause, owners.get(row["object_permission_id"], []), named_lists.HINT)
        stage.update(row, without(row, causes), cause=cause)


def put_in(stage: Stage, moved: Mapping[str, tuple[str, Change]]) -> None:
    """Puts servers in the place of others in every permission row. The tools that were allowed of the one are those of
    the other, unless it was named there already."""
    for row in naming(stage, moved, change=True):
        servers, tools = row.items("mcp_servers"), row.object("mcp_tool_permissions")
        cause = next(change for name, (_, change) in moved.items() if name in {*servers, *tools})
        known = {*servers, *tools}
        values: dict[str, Any] = {"mcp_servers": named_lists.swapped(servers, moved)}
        if tools.keys() & moved.keys():
            kept = {name: listed for name, listed in tools.items() if name not in moved}
            new = {moved[name][0]: listed for name, listed in tools.items() if name in moved}
            fresh = {name: listed for name, listed in new.items() if name not in known}
            values["mcp_tool_permissions"] = {**kept, **fresh}
        stage.update(row, values, cause=cause)


def refuse_opening(
    stage: Stage, change: Change, owners: Iterable[Row], hint: str = "Grant it another server first, or use --force."
) -> None:
    """Refuses a change that leaves owners without any server, where that opens what was closed."""
    if stage.force:
        return
    for owner in owners:
        if owner.table in LIMITED:
            what = f"{named_lists.called(owner)} would have no MCP server left, which lifts its limit"
        elif owner.table == KEYS and owner["team_id"] and _team_reaches(stage, owner["team_id"]):
            what = f"{named_lists.called(owner)} would have no MCP server of its own left, and could reach its team's"
        else:
            continue
        change.refuse(what, hint=hint)


def _team_reaches(stage: Stage, team_id: str) -> bool:
    team = stage.get(TEAMS, team_id)
    permission = team["object_permission_id"] if team is not None else None
    return bool(permission and named(stage.get(sharing.PERMISSIONS, permission)))
