"""Whatever names a thing lets go of it when the thing is deleted, wherever the gateway keeps such names.

One object of each kind is made, everything else that can name it does, and after its deletion no text, array or JSON
column of any table does, but history's. A place for which the gateway has no endpoint is written past the program.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from gwctl.entities import INDEX
from house.test_every_entity import SAMPLES, WORLD, names, traces
from support.database import Database
from support.program import Program

ONE, ID = "zz-one", "zz-id"
Others = dict[str, list[dict[str, Any]]]


def holders(**fields: Any) -> Others:
    """Somebody of each kind that has object permissions, with these."""
    return {
        "keys": [{"key_alias": "h", **fields}], "teams": [{"team_alias": "h", **fields}],
        "orgs": [{"organization_alias": "h", **fields}], "projects": [{"project_alias": "h", "team": "home", **fields}],
        "customers": [{"user_id": "h", **fields}],
        "agents": [{"agent_name": "h", "agent_card_params": {"name": "h", "url": "http://h"}, **fields}],
    }  # fmt: skip


def only(groups: str, **fields: Any) -> Others:
    return {group: objects for group, objects in holders(**fields).items() if group in groups.split()}


NAMED: dict[str, Others] = {
    "budget": only("keys projects customers", budget=ONE)
    | {"tags": [{"tag_name": "h", "budget": ONE}]},
    "org": only("keys teams", org=ONE),
    "access_group": only("keys teams", access_groups=[ONE]),
    "team": only("keys projects", team=ONE) | {
        "vector-stores": [{"vector_store_id": "h", "custom_llm_provider": "openai", "team": ONE}],
        "policies": [{"policy_name": "h", "guardrails_add": ["g"], "attachments": [{"teams": [ONE, "home"]}]}],
        "models": [{"model_name": "h", "model": "a/b", "team": ONE}],
        "settings": [{"param_name": "litellm_settings", "param_value": {
            "default_internal_user_params": {"teams": [{"team_id": ID}, "home-id"]}}}],
    },
    "user": only("keys", user=ONE) | {
        "teams": [{"team_alias": "h", "members": [{"user": ONE, "max_budget": 1}]}],
        "orgs": [{"organization_alias": "h", "members": [{"user": ONE, "max_budget": 1}]}],
        "vector-stores": [{"vector_store_id": "h", "custom_llm_provider": "openai", "user": ONE}],
    },
    "project": {},
    "customer": {},
    "tag": only("keys teams projects", tags=[ONE, "t"]) | {
        "models": [{"model_name": "h", "model": "a/b", "litellm_params": {"tags": [ONE]}}],
        "policies": [{"policy_name": "h", "guardrails_add": ["g"], "attachments": [{"tags": [ONE, "t"]}]}],
    },
    "key": {"policies": [{"policy_name": "h", "guardrails_add": ["g"], "attachments": [{"keys": [ONE, "k"]}]}]},
    "credential": {},
    "model": only("keys teams orgs projects", models=[ONE, "o"], model_rpm_limit={ONE: 1, "o": 2})
    | {
        "users": [{"user_id": "h", "models": [ONE, "o"], "model_max_budget": {ONE: {"max_budget": 1}}}],
        "tags": [{"tag_name": "h", "models": [ONE, ID]}],
        "access-groups": [{"access_group_name": "h", "access_model_names": [ONE, "o"]}],
        "budgets": [{"budget_id": "h", "model_max_budget": {ONE: {"max_budget": 1, "budget_duration": "1d"}}}],
        "customers": [{"user_id": "h", "default_model": ONE}],
        "policies": [{"policy_name": "h", "guardrails_add": ["g"], "attachments": [{"models": [ONE, "o"]}]}],
        "settings": [
            {"param_name": "router_settings", "param_value": {
                "fallbacks": [{ONE: ["o"]}, {"o": [ONE, "p"]}], "model_group_alias": {"x": ONE, "y": {"model": ONE}},
                "model_group_retry_policy": {ONE: {"TimeoutErrorRetries": 1}},
                "context_window_fallbacks": [{ONE: ["o"]}],
            }},
            {"param_name": "litellm_settings", "param_value": {
                "public_model_groups": [ONE], "default_fallbacks": [ONE],
                "default_internal_user_params": {"models": [ONE, "o"]}, "default_team_params": {"models": [ONE, "o"]},
            }},
        ],
    },
    "mcp": holders(mcp_servers=[ONE, "srv"], mcp_tool_permissions={ONE: ["a"], "srv": ["b"]})
    | {"access-groups": [{"access_group_name": "h", "access_mcp_server_ids": [ONE, "srv"]}],
       "settings": [{"param_name": "litellm_settings", "param_value": {"public_mcp_servers": [ONE]}}]},
    "agent": only("teams orgs projects customers", agents=[ID, "x"]) | {
        "keys": [{"key_alias": "h", "agents": [ID, "x"], "agent_id": ID}],
        "access-groups": [{"access_group_name": "h", "access_agent_ids": [ID, "x"]}],
        "settings": [{"param_name": "litellm_settings", "param_value": {"public_agent_groups": [ID]}}],
    },
    "vector_store": only("keys teams orgs projects customers", vector_stores=[ONE, "v"])
    | {"users": [{"user_id": "h", "vector_stores": [ONE, "v"]}]},
    "vector_store_index": only(
        "keys teams", allowed_vector_store_indexes=[{"index_name": ONE, "index_permissions": ["read"]}]),
    "search_tool": {},
    "prompt": only("keys teams projects", prompts=[ONE, "p"]),
    "guardrail": only("keys teams projects", guardrails=[ONE, "g"]) | {
        "policies": [
            {"policy_name": "h", "guardrails_add": [ONE, "g"], "guardrails_remove": [ONE]},
            {"policy_name": "i", "guardrails_add": [ONE, "g"],
             "pipeline": {"mode": "pre_call", "steps": [
                 {"guardrail": ONE, "on_fail": "block", "on_pass": "next"},
                 {"guardrail": "g", "on_fail": "block", "on_pass": "allow"}]}},
        ],
    },
    "tool": {},
    "policy": only("keys teams", policies=[ONE, "p"]) | {
        "policies": [{"policy_name": "h", "inherit": ONE, "guardrails_add": ["g"]}],
    },
    "skill": {},
    "plugin": {},
}  # fmt: skip
"""What else is applied, so that it names the object of that kind."""

WRITTEN: dict[str, tuple[str, ...]] = {
    "budget": ("update \"LiteLLM_TeamMembership\" set budget_id = 'zz-one'",),
    "team": (
        "insert into \"LiteLLM_ToolTable\" (tool_id, tool_name, team_id, updated_at) values ('h', 'h', 'zz-id', now())",
        'insert into "LiteLLM_GuardrailsTable" (guardrail_id, guardrail_name, litellm_params, team_id, updated_at) '
        "values ('h', 'h', '{}', 'zz-id', now())",
    ),
    "user": (
        'insert into "LiteLLM_InvitationLink" (id, user_id, expires_at, created_at, updated_at, created_by, '
        "updated_by) values ('h', 'zz-one', now(), now(), now(), 'zz-one', 'zz-one')",
        'insert into "LiteLLM_MCPUserCredentials" (id, user_id, server_id, credential_b64, updated_at) '
        "values ('h', 'zz-one', 'srv', 'YQ==', now())",
        "insert into \"LiteLLM_MCPServerTable\" (server_id, submitted_by) values ('h', 'zz-one')",
    ),
    "key": (
        'insert into "LiteLLM_ToolTable" (tool_id, tool_name, key_alias, key_hash, updated_at) '
        "select 'h', 'h', key_alias, token, now() from \"LiteLLM_VerificationToken\" where key_alias = 'zz-one'",
        'insert into "LiteLLM_JWTKeyMapping" (id, jwt_claim_name, jwt_claim_value, token, updated_at) '
        "select 'h', 'sub', 'a', token, now() from \"LiteLLM_VerificationToken\" where key_alias = 'zz-one'",
    ),
    "model": (
        'insert into "LiteLLM_HealthCheckTable" (health_check_id, model_name, model_id, status, updated_at) '
        "values ('h', 'zz-one', 'zz-id', 'healthy', now()), ('i', 'zz-one', null, 'healthy', now())",
        'update "LiteLLM_VerificationToken" set aliases = \'{"a": "zz-one"}\', '
        'router_settings = \'{"fallbacks": [{"zz-one": ["o"]}]}\'',
        "insert into \"LiteLLM_ObjectPermissionTable\" (object_permission_id, models) values ('h', '{zz-one}')",
    ),
    "mcp": (
        'insert into "LiteLLM_MCPUserCredentials" (id, user_id, server_id, credential_b64, updated_at) '
        "values ('h', 'somebody', 'zz-one', 'YQ==', now())",
    ),
    "tool": ("update \"LiteLLM_ObjectPermissionTable\" set blocked_tools = '{zz-one,t}'",),
}


@pytest.fixture
def world(gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_SALT_KEY", "sk-salt-0123456789")
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)


def test_each_kind_is_here() -> None:
    assert NAMED.keys() == set(names())


@pytest.mark.parametrize("name", names())
def test_nothing_names_it_any_more(name: str, gwctl: Program, database: Database, world: None) -> None:
    group = INDEX[name][0]
    sample = {field: value for field, value in SAMPLES[name].items() if field != "team" or name != "model"}
    gwctl("apply -f - --yes --secrets-to -", stdin=json.dumps({group: [sample]}))
    if NAMED[name]:
        gwctl("apply -f - --yes --force --secrets-to -", stdin=json.dumps(NAMED[name]))
    for statement in WRITTEN.get(name, ()):
        database.execute(statement)
    naming = len(traces(database))
    assert naming > 1 or not (NAMED[name] or name in WRITTEN)
    gwctl(f"{group} delete zz-one --yes --force")
    assert traces(database) == []
