"""Who can reach an MCP server, and which users have credentials of their own for servers.

Source of the rules: proxy/_experimental/mcp_server/auth/user_api_key_auth_mcp.py. A team's servers limit its keys: a
key with servers of its own reaches those that both have, one without reaches the team's. Customers and agents limit
what is left further. Users, organisations and projects are not asked.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core import sharing
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit

KEYS, TEAMS = "LiteLLM_VerificationToken", "LiteLLM_TeamTable"
SERVERS = "LiteLLM_MCPServerTable"
LIMITING = {"LiteLLM_EndUserTable": ("customer", "user_id"), "LiteLLM_AgentsTable": ("agent", "agent_id")}

CREDENTIALS = """
    SELECT c.id, c.user_id, c.server_id, coalesce(s.alias, s.server_name) AS alias, c.credential_b64, c.created_at,
           c.updated_at
    FROM "LiteLLM_MCPUserCredentials" c LEFT JOIN "LiteLLM_MCPServerTable" s ON s.server_id = c.server_id
    WHERE (CAST(:server AS text) IS NULL OR c.server_id = :server)
      AND (CAST(:user AS text) IS NULL OR c.user_id = :user)
    ORDER BY alias, c.user_id, c.id
"""


def access(stage: Stage, server: Row) -> list[dict[str, Any]]:
    """A record for each team and key that can reach the server, and each customer and agent that narrows it down."""
    if stage.unit.has(server.table, "approval_status") and server["approval_status"] != "active":
        return []
    permissions = _permissions(stage, server)
    found = []
    if server["allow_all_keys"]:
        found.append(_record("every key", None, None, "allow_all_keys", None))
    owners = sharing.referring(stage, sharing.PERMISSIONS, permissions)
    by_owner = {(row.table, row[_key(row.table)]): permissions[one] for one, rows in owners.items() for row in rows}
    teams = {row["team_id"]: row for row in stage.load(TEAMS, "team_id", [key for t, key in by_owner if t == TEAMS])}
    for team_id, team in teams.items():
        tools = _tools(by_owner[TEAMS, team_id], server)
        found.append(_record("team", team["team_alias"], team_id, "its own list", tools))
    found += _keys(stage, server, by_owner, teams)
    for table, (kind, key) in LIMITING.items():
        for (owner_table, owner), permission in by_owner.items():
            if owner_table == table:
                row = next(iter(stage.load(table, key, [owner])))
                name = row["agent_name"] or row["alias"]
                found.append(_record(kind, name, owner, "its own list", _tools(permission, server)))
    return found


def _keys(
    stage: Stage, server: Row, by_owner: Mapping[tuple[str, str], Row], teams: Mapping[str, Row]
) -> Iterator[dict[str, Any]]:
    own = [key for table, key in by_owner if table == KEYS]
    rows = {row["token"]: row for row in [*stage.load(KEYS, "token", own), *stage.load(KEYS, "team_id", teams)]}
    held = _named(stage, rows.values())
    all_teams = {row["team_id"]: row for row in stage.load(TEAMS, "team_id", [row["team_id"] for row in rows.values()])}
    of_teams = _named(stage, all_teams.values())
    for token, row in rows.items():
        mine, team = bool(held.get(token)), all_teams.get(row["team_id"] or "")
        limited = team is not None and bool(of_teams.get(team["team_id"]))
        if limited and row["team_id"] not in teams:
            continue
        if mine and (KEYS, token) not in by_owner:
            continue
        if not mine and not limited:
            continue
        via = "its own list" if mine else "its team"
        both = _tools(by_owner.get((TEAMS, row["team_id"] or "")), server), _tools(by_owner.get((KEYS, token)), server)
        yield _record("key", row["key_alias"] or row["key_name"], token, via, _narrowed(*both))


def _narrowed(team: list[str] | None, key: list[str] | None) -> list[str] | None:
    """The tools that are left: an empty list of a team says nothing, one of a key leaves none."""
    if not team:
        return key
    return team if key is None else [name for name in key if name in team]


def _permissions(stage: Stage, server: Row) -> dict[str, Row]:
    """The permission rows that let their owners reach the server."""
    from sqlalchemy.dialects.postgresql import ARRAY

    table = stage.unit.table(sharing.PERMISSIONS)
    if table is None:
        return {}
    one = sa.literal([server["server_id"]], ARRAY(sa.Text()))
    groups = sa.literal(server.items("mcp_access_groups"), ARRAY(sa.Text()))
    clause = sa.or_(table.c.mcp_servers.overlap(one), table.c.mcp_access_groups.overlap(groups))
    if "mcp_tool_permissions" in table.c:
        clause = sa.or_(clause, table.c.mcp_tool_permissions.has_key(server["server_id"]))
    return {row["object_permission_id"]: row for row in stage.search(sharing.PERMISSIONS, clause)}


def _named(stage: Stage, owners: Any) -> dict[str, set[str]]:
    """For each owner what its permission row names, by its key."""
    from gwctl.rules.mcp_reach import named

    owners = list(owners)
    rows = {
        row["object_permission_id"]: row
        for row in stage.load(
            sharing.PERMISSIONS, "object_permission_id", [owner["object_permission_id"] for owner in owners]
        )
    }
    return {owner[_key(owner.table)]: named(rows.get(owner["object_permission_id"] or "")) for owner in owners}


def _key(table: str) -> str:
    return {KEYS: "token", TEAMS: "team_id"}.get(table) or LIMITING.get(table, ("", "object_permission_id"))[1]


def _tools(permission: Row | None, server: Row) -> list[str] | None:
    tools = permission.object("mcp_tool_permissions").get(server["server_id"]) if permission is not None else None
    return list(tools) if isinstance(tools, list) else None


def _record(kind: str, name: Any, identifier: Any, via: str, tools: Sequence[str] | None) -> dict[str, Any]:
    return {"kind": kind, "name": name, "id": identifier, "via": via, "tools": tools}


def user_credentials(unit: Unit, *, server: str | None, user: str | None) -> Iterator[dict[str, Any]]:
    """A record for each credential of a user, without its secret."""
    if not unit.has("LiteLLM_MCPUserCredentials"):
        return
    for row in unit.connection.execute(sa.text(CREDENTIALS), {"server": server, "user": user}).mappings():
        found = dict(row)
        token = _oauth(unit, found.pop("credential_b64"))
        kind = "oauth2" if token else "key"
        yield {**found, "type": kind, "expires_at": token.get("expires_at"), "scopes": token.get("scopes")}


def _oauth(unit: Unit, stored: str) -> dict[str, Any]:
    """What an OAuth token says of itself; of a user's key nothing."""
    from gwctl import sealing

    key = unit.vault.key
    plain = sealing.opens(stored, key.reveal()) if key is not None else None
    try:
        value = json.loads(plain if plain is not None else base64.urlsafe_b64decode(stored))
    except ValueError:
        return {}
    return value if isinstance(value, dict) and value.get("type") == "oauth2" else {}


def submissions(unit: Unit) -> list[dict[str, Any]]:
    """Servers that were submitted for review, the newest first (get_mcp_submissions)."""
    table = unit.table(SERVERS)
    if table is None or "submitted_at" not in table.c:
        return []
    names = ("server_id", "alias", "server_name", "url", "approval_status", "submitted_by", "submitted_at",
             "reviewed_at", "review_notes")  # fmt: skip
    columns = [table.c[name] for name in names if name in table.c]
    query = sa.select(*columns).where(table.c.submitted_at.is_not(None))
    return [dict(row) for row in unit.connection.execute(query.order_by(table.c.submitted_at.desc())).mappings()]
