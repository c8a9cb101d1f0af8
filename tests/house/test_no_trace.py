"""Of what names an organisation, project, user, customer, tag, budget, team or key nothing is left once it is deleted,
and undo brings all of it back.

Everything that the schema has for naming one is put there, past the program where it has no command for it. History
stays: audit, archives, spend, and who made or changed a row.
"""

from __future__ import annotations

import json

import pytest

from support.database import Database
from support.program import Program

HISTORY = ("LiteLLM_AuditLog", "LiteLLM_Deleted", "LiteLLM_SpendLogs", "LiteLLM_Daily", "LiteLLM_ErrorLogs")
AUTHORS = ("created_by", "updated_by")

THINGS: dict[str, dict[str, object]] = {
    "teams": {
        "team_alias": "zz-one", "team_id": "zz-id", "model_aliases": {"a": "m"}, "team_member_budget": 3,
        "members": [{"user": "somebody", "max_budget": 2}], "access_groups": ["wide"], "agents": ["x"],
    },
    "keys": {"key_alias": "zz-one", "team": "home", "access_groups": ["wide"], "soft_budget": 1, "agents": ["x"]},
    "users": {"user_id": "zz-one", "user_email": "zz-one@example.com", "vector_stores": ["v"]},
    "orgs": {
        "organization_alias": "zz-one", "organization_id": "zz-id", "max_budget": 9, "vector_stores": ["v"],
        "members": [{"user": "somebody", "max_budget": 1}],
    },
    "projects": {"project_alias": "zz-one", "project_id": "zz-id", "team": "home", "max_budget": 2},
    "customers": {"user_id": "zz-one", "max_budget": 2, "vector_stores": ["v"]},
    "tags": {"tag_name": "zz-one", "max_budget": 2},
    "budgets": {"budget_id": "zz-one", "max_budget": 2},
}  # fmt: skip

WORLD = """
access-groups: [{access_group_name: wide, access_group_id: wide-id, access_model_names: [o1]}]
users: [{user_id: somebody}, {user_id: default_user_id}]
teams: [{team_alias: home, team_id: home-id, members: [{user: somebody, max_budget: 1}]}]
keys: [{key_alias: other, team: home, user: somebody}]
"""

PLACES: dict[str, list[str]] = {
    "teams": [
        """insert into "LiteLLM_VerificationToken" (token, key_alias, team_id, models) values
           ('t1', 'of-team', 'zz-id', '{}'), ('t2', 'of-team-too', 'zz-id', '{}')""",
        """insert into "LiteLLM_UserTable" (user_id, teams, team_id) values ('stray', '{zz-id, home-id}', 'zz-id')""",
        """insert into "LiteLLM_TeamMembership" (user_id, team_id) values ('stray', 'zz-id')""",
        """insert into "LiteLLM_ProjectTable" (project_id, team_id, created_by, updated_by)
           values ('p', 'zz-id', '', '')""",
        """insert into "LiteLLM_PolicyAttachmentTable" (attachment_id, policy_name, teams) values
           ('a1', 'p', '{zz-one}'), ('a2', 'p', '{zz-one, home}')""",
        """insert into "LiteLLM_ToolTable" (tool_id, tool_name, team_id) values ('tool', 'tool', 'zz-id')""",
    ],
    "keys": [
        """insert into "LiteLLM_JWTKeyMapping" (id, jwt_claim_name, jwt_claim_value, token)
           select 'j', 'sub', 'x', token from "LiteLLM_VerificationToken" where key_alias = 'zz-one'""",
        """insert into "LiteLLM_DeprecatedVerificationToken" (id, token, active_token_id, revoke_at)
           select 'd', 'older', token, now() from "LiteLLM_VerificationToken" where key_alias = 'zz-one'""",
        """insert into "LiteLLM_PolicyAttachmentTable" (attachment_id, policy_name, keys) values
           ('a1', 'p', '{zz-one}'), ('a2', 'p', '{zz-one, other}')""",
        """insert into "LiteLLM_ToolTable" (tool_id, tool_name, key_hash, key_alias)
           select 'tool', 'tool', token, key_alias from "LiteLLM_VerificationToken" where key_alias = 'zz-one'""",
    ],
    "users": [
        """update "LiteLLM_TeamTable" set admins = '{zz-one}', members = '{zz-one, somebody}',
           members_with_roles = members_with_roles || '[{"user_id": "zz-one", "user_email": "zz-one@example.com",
           "role": "user"}]' where team_id = 'home-id'""",
        """insert into "LiteLLM_TeamMembership" (user_id, team_id) values ('zz-one', 'home-id'), ('zz-one', 'gone')""",
        """insert into "LiteLLM_VerificationToken" (token, user_id, models) values ('t1', 'zz-one', '{}')""",
        """insert into "LiteLLM_InvitationLink"
           (id, user_id, created_by, updated_by, expires_at, created_at, updated_at) values
           ('i1', 'zz-one', 'default_user_id', 'default_user_id', now(), now(), now()),
           ('i2', 'somebody', 'zz-one', 'default_user_id', now(), now(), now()),
           ('i3', 'somebody', 'default_user_id', 'zz-one', now(), now(), now())""",
        """insert into "LiteLLM_MCPUserCredentials" (id, user_id, server_id, credential_b64)
           values ('c', 'zz-one', 's', '')""",
        """insert into "LiteLLM_MCPServerTable" (server_id, transport, submitted_by) values ('s', 'http', 'zz-one')""",
        """insert into "LiteLLM_ManagedVectorStoresTable" (vector_store_id, custom_llm_provider, user_id, updated_at)
           values ('v', 'openai', 'zz-one', now())""",
        """insert into "LiteLLM_UserNotifications" (request_id, user_id, models, justification, status)
           values ('n', 'zz-one', '{}', 'x', 'pending')""",
    ],
    "orgs": [
        """insert into "LiteLLM_TeamTable" (team_id, organization_id, models, admins, members) values
           ('of-org', 'zz-id', '{}', '{}', '{}')""",
        """insert into "LiteLLM_VerificationToken" (token, team_id, organization_id, models) values
           ('t1', 'of-org', NULL, '{}'), ('t2', NULL, 'zz-id', '{}')""",
        """update "LiteLLM_UserTable" set organization_id = 'zz-id' where user_id = 'somebody'""",
    ],
    "projects": [
        """update "LiteLLM_VerificationToken" set project_id = 'zz-id' where key_alias = 'other'""",
    ],
    "customers": [],
    "tags": [
        *(f"""update "LiteLLM_{table}" set metadata = '{{"tags": ["zz-one", "x"]}}'"""
          for table in ("VerificationToken", "TeamTable")),
        """insert into "LiteLLM_ProxyModelTable" (model_id, model_name, litellm_params, created_by, updated_by)
           values ('m', 'm', '{"model": "m", "tags": ["zz-one"]}', '', '')""",
        """insert into "LiteLLM_PolicyAttachmentTable" (attachment_id, policy_name, tags) values
           ('a1', 'p', '{zz-one}'), ('a2', 'p', '{zz-one, x}')""",
    ],
    "budgets": [
        """update "LiteLLM_VerificationToken" set budget_id = 'zz-one'""",
        """insert into "LiteLLM_TeamMembership" (user_id, team_id, budget_id) values ('stray', 'home-id', 'zz-one')""",
        """update "LiteLLM_TeamTable" set metadata = '{"team_member_budget_id": "zz-one"}'""",
        """insert into "LiteLLM_EndUserTable" (user_id, budget_id) values ('shop', 'zz-one')""",
        """insert into "LiteLLM_TagTable" (tag_name, budget_id) values ('t', 'zz-one')""",
        """insert into "LiteLLM_ProjectTable" (project_id, budget_id, created_by, updated_by)
           values ('p', 'zz-one', '', '')""",
    ],
}  # fmt: skip
"""For each group, rows that name its thing."""


@pytest.mark.parametrize("group", THINGS)
def test_nothing_names_it_any_more(group: str, gwctl: Program, database: Database) -> None:
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)
    gwctl("apply -f - --yes --secrets-to -", stdin=json.dumps({group: [THINGS[group]]}))
    for statement in PLACES[group]:
        database.execute(statement)
    hashes = [row["token"] for row in database.rows("LiteLLM_VerificationToken", key_alias="zz-one")]
    named = traces(database, ["zz-one", "zz-id", *hashes])
    assert len(named) >= 1 + len(PLACES[group]), "not all of it was named by a row"
    before = kept(database)
    gwctl(f"{group} delete zz-one --yes --force")
    assert traces(database, ["zz-one", "zz-id", *hashes]) == []
    assert orphans(database) == []
    gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert kept(database) == before


def traces(database: Database, names: list[str]) -> list[str]:
    """Rows outside of history that name it, in whatever column but who wrote them."""
    dump = database.dump()
    return [
        f"{table}: {row}"
        for table in dump
        if table.startswith("LiteLLM_") and not table.startswith(HISTORY)
        for row in dump[table]
        if any(name in repr({k: v for k, v in row.items() if k not in AUTHORS}) for name in names)
    ]


def kept(database: Database) -> dict[str, list[str]]:
    """All rows but history, without who changed them last; what has secrets alone comes back with a salt key only."""
    dump = database.dump()
    return {
        table: sorted(repr({k: v for k, v in row.items() if k not in ("updated_at", "updated_by")}) for row in rows)
        for table, rows in dump.items()
        if table.startswith("LiteLLM_") and not table.startswith((*HISTORY, "LiteLLM_MCPUserCredentials"))
    }


def orphans(database: Database) -> list[str]:
    """Rows that nobody but their owner needed: budgets with made-up ids, permissions, alias maps."""
    parts = (
        ("BudgetTable", "budget_id", ("VerificationToken", "OrganizationTable", "OrganizationMembership",
                                      "TeamMembership", "ProjectTable", "EndUserTable", "TagTable")),
        ("ObjectPermissionTable", "object_permission_id", ("VerificationToken", "TeamTable", "UserTable",
                                                           "OrganizationTable", "ProjectTable", "EndUserTable")),
    )  # fmt: skip
    used = {row[key] for _, key, tables in parts for one in tables for row in database.rows(f"LiteLLM_{one}")}
    left = [f"{table} {row[key]}" for table, key, _ in parts for row in database.rows(f"LiteLLM_{table}")
            if row[key] not in used]  # fmt: skip
    maps = {row["model_id"] for row in database.rows("LiteLLM_TeamTable")}
    return left + [f"alias map {row['id']}" for row in database.rows("LiteLLM_ModelTable") if row["id"] not in maps]
