"""`mcp` writes these rows (resources 2, 3.1-3.4, 17)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from gateway.literals import put
from gateway.rows import LONG_AGO, NOW, UUID, put_key, put_team, writes
from gateway.seals import ENV, OTHER, SECRET, seal, sealed
from support.database import Database
from support.program import Program
from support.values import JSON_NULL

Row = dict[str, Any]

SERVER: Row = {  # 3.1, where nothing is given
    "server_id": UUID, "server_name": None, "alias": "github", "description": None, "url": None, "spec_path": None,
    "transport": "sse", "auth_type": None, "credentials": {}, "mcp_info": {}, "mcp_access_groups": [],
    "allowed_tools": [], "tool_name_to_display_name": {}, "tool_name_to_description": {}, "extra_headers": [],
    "static_headers": {}, "status": "unknown", "last_health_check": None, "health_check_error": None, "command": None,
    "args": [], "env": {}, "authorization_url": None, "token_url": None, "registration_url": None,
    "allow_all_keys": False, "available_on_public_internet": True, "is_byok": False, "byok_description": [],
    "byok_api_key_help_url": None, "source_url": None, "approval_status": "active", "submitted_by": None,
    "submitted_at": None, "reviewed_at": None, "review_notes": None, "created_at": NOW, "updated_at": NOW,
    "created_by": "ann", "updated_by": "ann",
}  # fmt: skip


def put_server(database: Database, alias: str | None = "github", **columns: Any) -> Row:
    """A server as the proxy stored it a while ago."""
    old = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root"}
    rest = {"server_id": f"s-{alias}", "alias": alias, "url": "https://mcp.x.org", "transport": "http"}
    return database.insert("LiteLLM_MCPServerTable", **{**SERVER, **old, **rest, **columns})


def the_server(database: Database, **where: Any) -> Row:
    return database.row("LiteLLM_MCPServerTable", **where)


CREATED: dict[str, tuple[str, Row]] = {  # options; what differs from a bare server's columns
    "3.1 sse where nothing is said": ("--url https://mcp.x.org", {"url": "https://mcp.x.org"}),
    "3.1 http": (
        "--url https://mcp.x.org --transport http --server-id s-1 --server-name hub --description our --allow-all-keys",
        {"url": "https://mcp.x.org", "transport": "http", "server_id": "s-1", "server_name": "hub",
         "description": "our", "allow_all_keys": True},
    ),
    "3.1 a description of operations will do": ("--spec-path https://x.org/a.json --no-available-on-public-internet", {
        "spec_path": "https://x.org/a.json", "available_on_public_internet": False,
    }),
    "3.1 stdio": (
        """--transport stdio --command npx --args=-y,@x/mcp --env '{"TOKEN": "${X-Token}"}'""",
        {"transport": "stdio", "command": "npx", "args": ["-y", "@x/mcp"], "env": {"TOKEN": "${X-Token}"}},
    ),
    "2 six credentials are sealed, the others are not": (
        "--url https://x.org --auth-type oauth2 --credentials client_id=abc"
        " --credentials client_secret=env:PROVIDER_KEY"
        """ --credentials 'scopes:=["read"]' --credentials aws_region_name=eu-1""",
        {"url": "https://x.org", "auth_type": "oauth2", "credentials": {}},
    ),
    "3.1 the rest": (
        "--url https://x.org --mcp-access-groups dev,ops --allowed-tools a,b --extra-headers X-User --is-byok"
        """ --static-headers '{"X-Org": "acme"}' --byok-description "your key" --mcp-info '{"server_name": "Hub"}'""",
        {"url": "https://x.org", "mcp_access_groups": ["dev", "ops"], "allowed_tools": ["a", "b"],
         "extra_headers": ["X-User"], "static_headers": {"X-Org": "acme"}, "is_byok": True,
         "byok_description": ["your key"], "mcp_info": {"server_name": "Hub"}},
    ),
    "3.2 spaces of an alias become underscores": (
        "--url https://x.org --alias 'my hub'", {"url": "https://x.org", "alias": "my_hub"},
    ),
}  # fmt: skip
OAUTH = {"client_id": seal("abc"), "client_secret": seal(SECRET)}


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    name, options = (
        ("'my hub'", options.replace("--alias 'my hub'", "")) if "my hub" in options else ("github", options)
    )
    with writes(database, MCPServerTable="+1", AuditLog="+1"):
        gwctl(f"--actor ann mcp create {name} {options}", env=ENV)
    if columns.get("auth_type") == "oauth2":
        row = the_server(database)
        plain = {name: row["credentials"].pop(name) for name in ("scopes", "aws_region_name")}
        assert plain == {"scopes": ["read"], "aws_region_name": "eu-1"}
        assert row == {**SERVER, **columns, "credentials": sealed(client_id="abc", client_secret=SECRET)}
    else:
        assert the_server(database) == {**SERVER, **columns}


UPDATED: dict[str, tuple[Row, str, Row]] = {  # what it has; options; the columns that differ
    "3.3 what is left out stays, where the gateway resets it": ({}, "--description ours", {"description": "ours"}),
    "3.3 credentials are merged": (
        {"auth_type": "oauth2", "credentials": OAUTH},
        "--credentials client_id=xyz",
        {"credentials": sealed(client_id="xyz", client_secret=SECRET)},
    ),
    "3.3 another auth_type begins them anew": (
        {"auth_type": "oauth2", "credentials": OAUTH},
        "--auth-type api_key --credentials auth_value=env:OTHER_KEY",
        {"auth_type": "api_key", "credentials": sealed(auth_value=OTHER)},
    ),
    "3.3 another auth_type and no credentials: none, and no JSON null": (
        {"auth_type": "oauth2", "credentials": OAUTH},
        "--auth-type none",
        {"auth_type": "none", "credentials": {}},
    ),
    "from JSON null": (
        {"auth_type": "api_key", "credentials": JSON_NULL},
        "--credentials auth_value=env:OTHER_KEY",
        {"credentials": sealed(auth_value=OTHER)},
    ),
    "clearing, which the gateway cannot": (
        {"description": "old", "static_headers": {"A": "b"}, "mcp_access_groups": ["dev"]},
        "--set-null description --set-null static_headers --set-null mcp_access_groups",
        {"description": None, "static_headers": {}, "mcp_access_groups": []},
    ),
    "groups, add and remove": (
        {"mcp_access_groups": ["dev"]},
        "--add-mcp-access-groups ops --remove-mcp-access-groups dev",
        {"mcp_access_groups": ["ops"]},
    ),
    "flags, both ways": (
        {"allow_all_keys": True},
        "--no-allow-all-keys --no-available-on-public-internet",
        {"allow_all_keys": False, "available_on_public_internet": False},
    ),
}


@pytest.mark.parametrize(("had", "options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, columns: Row) -> None:
    old = put_server(database, **had)
    with writes(database, MCPServerTable="~1", AuditLog="+1"):
        gwctl(f"--actor ann mcp update github {options}", env=ENV)
    assert the_server(database) == {**old, **columns, "updated_at": NOW, "updated_by": "ann"}


REFUSED: dict[str, tuple[str, int, Row]] = {
    "3.2 the separator": ("create git-hub --url https://x.org", 5, ENV),
    "3.2 other signs": ("create git/hub --url https://x.org", 5, ENV),
    "3.2 a server_name with a space": ("create x --server-name 'a b' --url https://x.org", 5, ENV),
    "3.3 http without a url": ("create x --transport http", 5, ENV),
    "3.3 no transport and no url, which the gateway takes": ("create x", 5, ENV),
    "3.3 stdio without a command": ("create x --transport stdio --args a", 5, ENV),
    "3.3 stdio without arguments": ("create x --transport stdio --command npx", 5, ENV),
    "3.1 a reserved id": ("create x --server-id all-team-mcpservers --url https://x.org", 5, ENV),
    "3.3 id taken": ("create x --server-id s-github --url https://x.org", 4, ENV),
    "3.2 name taken": ("create github --url https://x.org", 4, ENV),
    "3.2 name taken in another case, as the other's server_name": ("create GITHUB2 --url https://x.org", 4, ENV),
    "3.2 server_name taken by an alias": ("create x --server-name GitHub --url https://x.org", 4, ENV),
    "3.1 a transport that is none": ("create x --transport ftp --url https://x.org", 5, ENV),
    "no salt key": ("create x --url https://x.org --credentials client_id=a", 5, {}),
    "a secret in the command line": ("create x --url https://x.org --credentials auth_value=a", 5, ENV),
    "3.3 update: no such server": ("update nobody --description x", 3, ENV),
    "3.3 update: url goes": ("update github --set-null url", 5, ENV),
    "3.3 delete: no such server": ("delete nobody --yes", 3, ENV),
    "3.3 approve: active already": ("approve github", 6, ENV),
    "3.4 a user's key that the server does not ask for": (
        "user-credentials set github ada --secret-from env:OTHER_KEY", 6, ENV,
    ),
    "3.4 no key there": ("user-credentials delete github ada --yes", 3, ENV),
    "grant to nobody": ("grant github --team nobody", 3, ENV),
    "grant to no one named": ("grant github", 2, ENV),
    "nothing to revoke": ("revoke github --team research --yes", 0, ENV),
}  # fmt: skip


@pytest.mark.parametrize(("command", "code", "env"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int, env: Row) -> None:
    put_server(database, server_name="github2")
    put_team(database, "research")
    with writes(database):
        gwctl(f"mcp {command}", code=code, env=env)


def test_approve_and_reject(gwctl: Program, database: Database) -> None:
    """3.3: rejected ones may be approved, active ones rejected; notes stay."""
    old = put_server(database, approval_status="pending_review", submitted_by="eve", submitted_at=LONG_AGO)
    with writes(database, MCPServerTable="~1"):
        gwctl("--actor ann mcp reject github --notes 'too broad'")
    reviewed = {"reviewed_at": NOW, "review_notes": "too broad", "updated_at": NOW, "updated_by": "ann"}
    assert the_server(database) == {**old, "approval_status": "rejected", **reviewed}
    gwctl("mcp reject github", code=6)
    gwctl("--actor ann mcp approve github")
    assert the_server(database) == {**old, "approval_status": "active", **reviewed}


def test_delete_takes_it_out_of_every_list(gwctl: Program, database: Database) -> None:
    """17: permissions, access groups, users' credentials, what is public."""
    put_server(database)
    put_server(database, "other")
    tools = {"s-github": ["read"], "s-other": ["x"]}
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-other", "s-github"],
        mcp_tool_permissions=tools)  # fmt: skip
    put_team(database, "research", object_permission_id="p")
    put(database, "AccessGroupTable", access_group_id="g", access_group_name="g", access_mcp_server_ids=["s-github"])
    for server in ("s-github", "s-other"):
        database.insert(
            "LiteLLM_MCPUserCredentials", id=f"u-{server}", user_id="ada", server_id=server, credential_b64="YQ==",
            updated_at=LONG_AGO,
        )  # fmt: skip
    settings = {"public_mcp_servers": ["s-github", "s-other"], "callbacks": ["x"]}
    database.insert("LiteLLM_Config", param_name="litellm_settings", param_value=settings)
    with writes(
        database, MCPServerTable="-1", ObjectPermissionTable="~1", AccessGroupTable="~1", MCPUserCredentials="-1",
        Config="~1", AuditLog="+1",
    ):  # fmt: skip
        gwctl("--actor ann mcp delete github --yes")
    permission = database.row("LiteLLM_ObjectPermissionTable")
    assert permission["mcp_servers"] == ["s-other"]
    assert permission["mcp_tool_permissions"] == {"s-other": ["x"]}
    assert database.row("LiteLLM_AccessGroupTable")["access_mcp_server_ids"] == []
    assert database.row("LiteLLM_Config")["param_value"] == {"public_mcp_servers": ["s-other"], "callbacks": ["x"]}


OWNERS: dict[str, tuple[str, Row, int]] = {  # 3.5: whose empty list opens something
    "a team: its keys' own lists count alone": ("TeamTable", {"team_id": "t", "team_alias": "t", "models": []}, 6),
    "a customer": ("EndUserTable", {"user_id": "c"}, 6),
    "an agent": ("AgentsTable", {"agent_id": "a", "agent_name": "a", "agent_card_params": {}}, 6),
    "a user's is not asked": ("UserTable", {"user_id": "u", "models": []}, 0),
}


@pytest.mark.parametrize(("table", "columns", "code"), OWNERS.values(), ids=OWNERS)
def test_delete_never_lifts_a_limit(gwctl: Program, database: Database, table: str, columns: Row, code: int) -> None:
    put_server(database)
    put(database, "ObjectPermissionTable", object_permission_id="p", mcp_servers=["s-github"])
    if table == "AgentsTable":
        columns = {**columns, "created_by": "root", "updated_by": "root"}
    database.insert(f"LiteLLM_{table}", **columns, object_permission_id="p")
    gwctl("mcp delete github --yes", code=code)
    assert database.row("LiteLLM_ObjectPermissionTable")["mcp_servers"] == (["s-github"] if code else [])
    if code:
        gwctl("mcp delete github --yes --force")
        assert database.row("LiteLLM_ObjectPermissionTable")["mcp_servers"] == []


def test_user_credentials(gwctl: Program, database: Database) -> None:
    """3.4: base64, not sealed; one for each user and server."""
    put_server(database, is_byok=True)
    put(database, "UserTable", user_id="ada")
    for text in (SECRET, OTHER):
        env = {**ENV, "MINE": text}
        gwctl("mcp user-credentials set github ada --secret-from env:MINE", env=env)
        row = database.row("LiteLLM_MCPUserCredentials")
        stored = base64.urlsafe_b64encode(text.encode()).decode()
        assert row == {"id": UUID, "user_id": "ada", "server_id": "s-github", "credential_b64": stored,
                       "created_at": NOW, "updated_at": NOW}  # fmt: skip
    token = json.dumps({"type": "oauth2", "access_token": "t", "expires_at": "2027-01-01T00:00:00+00:00"})
    database.insert(
        "LiteLLM_MCPUserCredentials", id="u-bob", user_id="bob", server_id="s-github", updated_at=LONG_AGO,
        credential_b64=base64.urlsafe_b64encode(token.encode()).decode(),
    )  # fmt: skip
    shown = gwctl("mcp user-credentials list --server github -o json")
    assert [(row["user_id"], row["type"], row["expires_at"]) for row in shown.json] == [
        ("ada", "key", None), ("bob", "oauth2", "2027-01-01T00:00:00+00:00"),
    ]  # fmt: skip
    assert "credential_b64" not in shown.stdout
    with writes(database, MCPUserCredentials="-1"):
        gwctl("mcp user-credentials delete github ada --yes")
    kept = repr(database.rows("gwctl.row_image"))
    assert base64.urlsafe_b64encode(SECRET.encode()).decode() not in kept


def test_manifests(gwctl: Program, database: Database) -> None:
    """Export, apply, no change."""
    gwctl("mcp create hub --url https://x.org --no-available-on-public-internet --mcp-access-groups dev")
    gwctl("""mcp create tool --transport stdio --command npx --args=-y,x --env '{"A": "${X-B}"}' --allow-all-keys""")
    gwctl("teams create research --mcp-servers hub")
    exported = gwctl("export mcp teams").stdout
    assert "- hub" in exported
    assert "available_on_public_internet: false" in exported
    applied = exported.replace("A: '********'", "A: ${X-B}").replace('A: "********"', "A: ${X-B}")
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=applied).json["changes"] == []


def test_names_in_lists(gwctl: Program, database: Database) -> None:
    """A name stands for the server; what the proxy's own file may define is kept, with a warning."""
    put_server(database)
    told = gwctl("teams create research --mcp-servers github,0123456789abcdef").stderr
    assert "0123456789abcdef" in told
    assert database.row("LiteLLM_ObjectPermissionTable")["mcp_servers"] == ["s-github", "0123456789abcdef"]
    put_key(database, team_id=database.row("LiteLLM_TeamTable")["team_id"])
    gwctl("keys update nightly --add-mcp-servers github")
    gwctl("keys update nightly --remove-mcp-servers github")


def test_secrets_in_plain_text_are_hidden_from_the_eye(gwctl: Program, database: Database) -> None:
    """2: env and headers are not sealed; they come from a place like others, and nothing shows them."""
    gwctl(
        "mcp create hub --url https://x.org --static-headers Authorization=env:PROVIDER_KEY --static-headers X-Org=acme"
        " --env TOKEN='${X-Token}'",
        env=ENV,
    )
    row = the_server(database)
    assert row["static_headers"] == {"Authorization": SECRET, "X-Org": "acme"}
    assert row["env"] == {"TOKEN": "${X-Token}"}
    shown = [gwctl(f"{command} -o json", env=ENV).stdout for command in ("mcp get hub", "mcp list", "export mcp")]
    shown.append(repr(database.rows("gwctl.row_image")) + repr(database.rows("LiteLLM_AuditLog")))
    assert [one for one in shown if SECRET in one] == []
    gwctl("mcp create x --url https://y.org --static-headers Authorization=abc", env=ENV, code=5)
