"""Which MCP servers a key may be given: those of its team, and those that are open to all keys.

Source: proxy/management_helpers/object_permission_utils.py, validate_key_mcp_servers_against_team.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import bounds

SERVERS = "LiteLLM_MCPServerTable"
ASKED = frozenset({"mcp_servers", "mcp_access_groups", "mcp_tool_permissions"})


def check(stage: Stage, changes: Sequence[Change], teams: dict[str, Row]) -> None:
    """Refuses keys that name servers or groups of servers outside their team's."""
    asked = [
        change
        for change in changes
        if not ASKED.isdisjoint(change.fields) and any(change.fields.get(name) for name in ASKED)
    ]
    if not asked:
        return
    owners = [team["object_permission_id"] for team in teams.values()]
    permissions = {
        row["object_permission_id"]: row for row in stage.load(sharing.PERMISSIONS, "object_permission_id", owners)
    }
    for_all = _open_to_all(stage)
    for change in asked:
        team = teams.get(change.value("team_id") or "")
        granted = permissions.get(team["object_permission_id"]) if team is not None else None
        servers = for_all | _servers(granted)
        groups = set(granted.items("mcp_access_groups")) if granted else set()
        for name in sorted(_wanted(change) - servers):
            _beyond(stage, change, f"MCP server {name!r}", "mcp_servers", team)
        for name in sorted(set(change.fields.get("mcp_access_groups") or ()) - groups):
            _beyond(stage, change, f"MCP access group {name!r}", "mcp_access_groups", team)


def _beyond(stage: Stage, change: Change, what: str, field: str, team: Row | None) -> None:
    where = "not open to all keys, and the key has no team"
    if team is not None:
        where = f"not among those of team {team['team_alias'] or team['team_id']!r}"
    bounds.exceed(stage, change, f"{what} is {where}", field)


def _open_to_all(stage: Stage) -> set[str]:
    table = stage.unit.table(SERVERS)
    if table is None or "allow_all_keys" not in table.c:
        return set()
    return {row["server_id"] for row in stage.search(SERVERS, sa.cast(table.c.allow_all_keys, sa.Boolean))}


def _wanted(change: Change) -> set[str]:
    return set(change.fields.get("mcp_servers") or ()) | set(change.fields.get("mcp_tool_permissions") or ())


def _servers(permission: Row | None) -> set[Any]:
    return (
        set(permission.items("mcp_servers")) | set(permission.object("mcp_tool_permissions")) if permission else set()
    )
