"""`mcp grant`, `revoke` and `access` (resources 3.5, 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.literals import put
from gateway.resource_rows import put_thing
from gateway.rows import PERMISSION, UUID, hash_of, put_key, put_team, writes
from gateway.test_mcp_rows import put_server
from support.database import Database
from support.program import Program

Row = dict[str, Any]


def permissions(database: Database) -> list[Row]:
    return database.rows("LiteLLM_ObjectPermissionTable")


def test_grant_makes_a_permission_row(gwctl: Program, database: Database) -> None:
    put_server(database)
    put_team(database, "research")
    with writes(database, ObjectPermissionTable="+1", TeamTable="~1", AuditLog="+1"):
        gwctl("--actor ann mcp grant github --team research --tools search,read")
    assert permissions(database) == [
        {**PERMISSION, "mcp_servers": ["s-github"], "mcp_tool_permissions": {"s-github": ["search", "read"]}}
    ]
    assert database.row("LiteLLM_TeamTable")["object_permission_id"] == permissions(database)[0]["object_permission_id"]
    with writes(database):
        gwctl("--actor ann mcp grant github --team research")


def test_grant_changes_the_owners_row_in_place(gwctl: Program, database: Database) -> None:
    put_server(database)
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-x"], agents=["a"],
        mcp_tool_permissions={"s-x": ["y"]})  # fmt: skip
    put_team(database, "research", object_permission_id="p")
    gwctl("mcp grant github --team research --tools search")
    assert permissions(database) == [
        {**PERMISSION, "object_permission_id": "p", "mcp_servers": ["s-x", "s-github"], "agents": ["a"],
         "mcp_tool_permissions": {"s-x": ["y"], "s-github": ["search"]}}
    ]  # fmt: skip


def test_grant_copies_a_row_that_others_share(gwctl: Program, database: Database) -> None:
    put_server(database)
    put(database, "ObjectPermissionTable", object_permission_id="p", agents=["a"])
    put_team(database, "research", object_permission_id="p")
    put_team(database, "ops", object_permission_id="p")
    with writes(database, ObjectPermissionTable="+1", TeamTable="~1", AuditLog="+1"):
        gwctl("mcp grant github --team research")
    assert database.row("LiteLLM_ObjectPermissionTable", object_permission_id="p")["mcp_servers"] == []
    mine = database.row("LiteLLM_TeamTable", team_alias="research")["object_permission_id"]
    assert mine == UUID
    assert database.row("LiteLLM_ObjectPermissionTable", object_permission_id=mine)["agents"] == ["a"]


@pytest.mark.parametrize("kind", ["user", "org"])
def test_grant_to_owners_that_are_not_asked_warns(gwctl: Program, database: Database, kind: str) -> None:
    put_server(database)
    gwctl(f"{kind}s create acme")
    told = gwctl(f"mcp grant github --{kind} acme")
    assert "does not ask" in told.stderr
    assert permissions(database)[0]["mcp_servers"] == ["s-github"]


def test_grant_to_a_key_stays_within_its_team(gwctl: Program, database: Database) -> None:
    """4: validate_key_mcp_servers_against_team"""
    put_server(database)
    put_server(database, "other")
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-github"])
    put_team(database, "research", object_permission_id="p")
    put_key(database, team_id="t-research")
    with writes(database):
        gwctl("mcp grant other --key nightly", code=6)
    gwctl("mcp grant github --key nightly")


def test_revoke_takes_its_tools_too(gwctl: Program, database: Database) -> None:
    """4: a server's tools grant access by themselves."""
    put_server(database)
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-x", "s-github"],
        mcp_tool_permissions={"s-x": ["y"], "s-github": ["search"]})  # fmt: skip
    put_team(database, "research", object_permission_id="p")
    gwctl("mcp revoke github --team research --yes")
    [row] = permissions(database)
    assert (row["mcp_servers"], row["mcp_tool_permissions"]) == (["s-x"], {"s-x": ["y"]})


def test_revoke_never_lifts_a_limit(gwctl: Program, database: Database) -> None:
    put_server(database)
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-github"])
    put_team(database, "research", object_permission_id="p")
    with writes(database):
        gwctl("mcp revoke github --team research --yes", code=6)
    gwctl("mcp revoke github --team research --yes --force")
    assert permissions(database)[0]["mcp_servers"] == []


def test_access(gwctl: Program, database: Database) -> None:
    """3.5: K and T are what key and team name; T limits, and an empty K takes T."""
    put_server(database, mcp_access_groups=["dev"])
    held: dict[str, Row] = {
        "p-team": {"mcp_servers": ["s-github"], "mcp_tool_permissions": {"s-github": ["a", "b"]}},
        "p-else": {"mcp_servers": ["s-else"]},
        "p-key": {"mcp_servers": ["s-github"]},
        "p-group": {"mcp_access_groups": ["dev"]},
        "p-tools": {"mcp_tool_permissions": {"s-github": ["b", "c"]}},
    }
    for name, lists in held.items():
        put(database, "ObjectPermissionTable", object_permission_id=name, **lists)
    put_team(database, "research", object_permission_id="p-team")
    put_team(database, "shut", object_permission_id="p-else")
    put_team(database, "free")
    keys: dict[str, tuple[str | None, str | None]] = {  # team, permission
        "takes-team": ("t-research", None),
        "within-team": ("t-research", "p-tools"),
        "elsewhere": ("t-research", "p-else"),
        "beyond-team": ("t-shut", "p-key"),
        "own": ("t-free", "p-key"),
        "by-group": (None, "p-group"),
        "nothing": (None, None),
    }
    for alias, (team, permission) in keys.items():
        put_key(database, f"sk-{alias}-0123456789", key_alias=alias, team_id=team, object_permission_id=permission)
    found = {(row["kind"], row["name"]): (row["via"], row["tools"]) for row in gwctl("mcp access github -o json").json}
    assert found == {
        ("team", "research"): ("its own list", ["a", "b"]),
        ("key", "takes-team"): ("its team", ["a", "b"]),
        ("key", "within-team"): ("its own list", ["b"]),
        ("key", "own"): ("its own list", None),
        ("key", "by-group"): ("its own list", None),
    }
    assert hash_of("sk-own-0123456789") in gwctl("mcp access github -o name").lines


def test_access_to_one_that_is_not_loaded(gwctl: Program, database: Database) -> None:
    put_server(database, approval_status="pending_review", allow_all_keys=True)
    assert gwctl("mcp access github -o json").json == []
    database.execute("""update "LiteLLM_MCPServerTable" set approval_status = 'active'""")
    assert [row["kind"] for row in gwctl("mcp access github -o json").json] == ["every key"]


def test_tools_are_given_by_the_servers_name(gwctl: Program, database: Database) -> None:
    """4: the keys of mcp_tool_permissions are ids of servers; a person names the server. A group of servers is no
    server, whatever it is called."""
    for name in ("github", "jira"):
        put(database, "MCPServerTable", server_id=f"s-{name}", alias=name, transport="http", url="http://s")
    put_thing(database, "AgentsTable", agent_id="a-1", agent_name="helper")
    team = {
        "team_alias": "ops", "mcp_servers": ["github"], "mcp_access_groups": ["jira"], "agents": ["helper"],
        "mcp_tool_permissions": {"github": ["read"], "s-jira": ["search"], "of-the-file": ["x"]},
    }  # fmt: skip
    result = gwctl("apply -f - --yes", stdin=json.dumps({"teams": [team]}))
    assert "no mcp 'of-the-file'" in result.stderr, "the proxy's own file may define it"
    row = database.row("LiteLLM_ObjectPermissionTable")
    assert row["mcp_tool_permissions"] == {"s-github": ["read"], "s-jira": ["search"], "of-the-file": ["x"]}
    assert (row["mcp_servers"], row["mcp_access_groups"], row["agents"]) == (["s-github"], ["jira"], ["a-1"])
    [exported] = gwctl("export teams -o json").json["teams"]
    assert exported["mcp_tool_permissions"] == {"github": ["read"], "jira": ["search"], "of-the-file": ["x"]}
    assert exported["agents"] == ["helper"]
    again = gwctl("apply -f - --yes -o json", stdin=json.dumps({"teams": [team]}))
    assert again.json["changes"] == []
