"""What holds for every entity: it comes out of the database as it went in, can be taken back, and leaves no trace."""

from __future__ import annotations

import json

import pytest

from gwctl.cli import pickup
from gwctl.entities import INDEX, entity
from support.database import Database
from support.program import Program

HISTORY = ("LiteLLM_AuditLog", "LiteLLM_Deleted", "LiteLLM_SpendLogs", "LiteLLM_Daily", "LiteLLM_ErrorLogs")

WORLD = """
budgets: [{budget_id: shared-b, max_budget: 100}]
access-groups: [{access_group_name: wide, access_group_id: wide-id, access_model_names: [o1]}]
orgs: [{organization_alias: world, organization_id: world-id}]
users: [{user_id: somebody}]
teams: [{team_alias: home, team_id: home-id, org: world, mcp_servers: [srv]}]
"""

FLAGS = ("use_in_pass_through", "use_litellm_proxy", "merge_reasoning_content_in_choices")  # the gateway stores them

SAMPLES: dict[str, dict[str, object]] = {
    "budget": {
        "budget_id": "zz-one",
        "max_budget": 5,
        "soft_budget": 4,
        "budget_duration": "30d",
        "tpm_limit": 1,
        "rpm_limit": 2,
        "max_parallel_requests": 3,
        "model_max_budget": {"m": {"max_budget": 1, "budget_duration": "1d"}},
    },
    "org": {
        "organization_alias": "zz-one",
        "organization_id": "zz-id",
        "max_budget": 9,
        "budget_duration": "7d",
        "models": ["m"],
        "model_rpm_limit": {"m": 1},
        "metadata": {"a": 1},
        "members": [{"user": "somebody", "role": "org_admin", "max_budget": 1}],
        "vector_stores": ["v"],
    },
    "access_group": {
        "access_group_name": "zz-one",
        "access_group_id": "zz-id",
        "description": "d",
        "access_model_names": ["m"],
        "access_agent_ids": ["a"],
    },
    "team": {
        "team_alias": "zz-one",
        "team_id": "zz-id",
        "org": "world",
        "models": ["m"],
        "model_aliases": {"a": "m"},
        "max_budget": 9,
        "soft_budget": 3,
        "budget_duration": "30d",
        "tpm_limit": 5,
        "rpm_limit": 6,
        "blocked": True,
        "team_member_budget": 4,
        "team_member_permissions": ["/key/generate"],
        "access_groups": ["wide"],
        "metadata": {"a": [1, {"b": None}]},
        "tags": ["t"],
        "members": [{"user": "somebody", "role": "admin", "max_budget": 2, "budget_duration": "1d"}],
        "agents": ["x"],
    },
    "user": {
        "user_id": "zz-one",
        "user_email": "zz@x.org",
        "user_alias": "Z",
        "user_role": "internal_user",
        "models": ["m"],
        "max_budget": 3,
        "budget_duration": "7d",
        "tpm_limit": 1,
        "metadata": {"a": "b"},
        "vector_stores": ["v"],
    },
    "project": {
        "project_alias": "zz-one",
        "project_id": "zz-id",
        "team": "home",
        "max_budget": 2,
        "models": ["m"],
        "description": "d",
        "blocked": True,
        "model_rpm_limit": {"m": 4},
        "metadata": {"a": 1},
    },
    "customer": {"user_id": "zz-one", "alias": "Z", "max_budget": 3, "blocked": True, "allowed_model_region": "eu"},
    "tag": {"tag_name": "zz-one", "description": "d", "models": ["m"], "max_budget": 3, "budget_duration": "1d"},
    "key": {
        "key_alias": "zz-one",
        "team": "home",
        "user": "somebody",
        "org": "world",
        "budget": "shared-b",
        "models": ["m"],
        "aliases": {"a": "m"},
        "max_budget": 2,
        "budget_duration": "30d",
        "tpm_limit": 1,
        "rpm_limit": 2,
        "expires": "2031-01-01T00:00:00.000Z",
        "blocked": True,
        "allowed_routes": ["/chat/completions"],
        "access_groups": ["wide"],
        "auto_rotate": True,
        "rotation_interval": "30d",
        "metadata": {"a": {"b": 1}},
        "tags": ["t"],
        "mcp_servers": ["srv"],
        "temp_budget_increase": 1,
        "temp_budget_expiry": "2031-01-01T00:00:00",
        "spend_logs_metadata": {"cost": "c"},
        "cache": {"no-cache": True},
        "disable_fallbacks": True,
        "priority": "low",
        "max_iterations": 9,
    },
    "credential": {
        "credential_name": "zz-one",
        "credential_id": "zz-id",
        "credential_values": {"api_base": "http://c", "n": 5},
        "custom_llm_provider": "openai",
        "description": "d",
        "credential_info": {"a": 1},
    },
    "model": {
        "model_name": "zz-one",
        "model_id": "zz-id",
        "team": "home",
        "model": "openai/gpt-4o",
        "api_base": "http://m",
        "litellm_credential_name": "c",
        "litellm_params": {"rpm": 5, "tags": ["t"], **dict.fromkeys(FLAGS, False)},
        "base_model": "b",
        "mode": "chat",
        "tier": "paid",
        "access_groups": ["g"],
    },
    "mcp": {
        "alias": "zz_one",
        "server_name": "zz.one",
        "server_id": "zz-one",
        "description": "zz-one",
        "transport": "http",
        "url": "http://s",
        "auth_type": "oauth2",
        "credentials": {"client_id": "c", "scopes": ["r"]},
        "extra_headers": ["X"],
        "mcp_access_groups": ["g"],
        "allowed_tools": ["t"],
        "tool_name_to_display_name": {"t": "T"},
        "mcp_info": {"a": 1},
        "allow_all_keys": True,
        "available_on_public_internet": False,
        "is_byok": True,
        "byok_description": ["k"],
    },
    "agent": {
        "agent_name": "zz-one",
        "agent_id": "zz-id",
        "agent_card_params": {"name": "a", "url": "http://a"},
        "extra_headers": ["X"],
        "litellm_params": {"model": "m"},
        "static_headers": {"X-A": "os.environ/A"},
        "agent_access_groups": ["g"],
        "tpm_limit": 1,
        "session_rpm_limit": 2,
        "mcp_servers": ["srv"],
        "agents": ["b"],
    },
    "vector_store": {
        "vector_store_id": "zz-one",
        "custom_llm_provider": "openai",
        "vector_store_name": "zz",
        "team": "home",
        "user": "somebody",
        "vector_store_metadata": {"a": 1},
        "litellm_params": {"a": 1},
        "litellm_credential_name": "c",
    },
    "vector_store_index": {
        "index_name": "zz-one",
        "vector_store_index": "i",
        "vector_store_name": "v",
        "index_info": {"a": 1},
    },
    "search_tool": {
        "search_tool_name": "zz-one",
        "search_tool_id": "zz-id",
        "search_provider": "tavily",
        "search_tool_info": {"a": 1},
        "litellm_params": {"timeout": 5},
        "api_base": "http://s",
    },
    "prompt": {
        "prompt_id": "zz-one",
        "prompt_integration": "dotprompt",
        "dotprompt_content": "Hi {{x}}",
        "prompt_info": {"a": 1},
    },
    "guardrail": {
        "guardrail_name": "zz-one",
        "guardrail_id": "zz-id",
        "guardrail": "presidio",
        "mode": ["pre_call", "post_call"],
        "default_on": True,
        "guardrail_info": {"a": 1},
    },
    "tool": {"tool_name": "zz-one", "input_policy": "trusted", "output_policy": "trusted"},
    "policy": {
        "policy_name": "zz-one",
        "description": "d",
        "guardrails_add": ["g", "h"],
        "condition": {"model": ["m", "gpt-.*"]},
        "pipeline": {
            "mode": "pre_call",
            "steps": [
                {
                    "guardrail": "g",
                    "on_fail": "next",
                    "on_pass": "allow",
                    "pass_data": False,
                    "modify_response_message": None,
                }
            ],
        },
        "attachments": [{"teams": ["home"], "models": ["gpt-*"]}, {"scope": "*"}],
        "version_status": "draft",
    },
    "skill": {
        "display_title": "zz-one",
        "description": "d",
        "instructions": "i",
        "metadata": {"a": 1},
        "file_name": "zz.zip",
        "content": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
    },
    "plugin": {
        "name": "zz-one",
        "source": {"source": "url", "url": "http://x"},
        "version": "1",
        "description": "d",
        "enabled": False,
        "author": {"name": "A"},
        "homepage": "http://x",
        "keywords": ["k"],
        "category": "c",
    },
}
"""An object of each kind with every sort of field; a kind without one has no place in the index."""


ONE_ROW = ("setting", "ui_setting", "cache_setting", "sso_setting", "config_override")


def names() -> list[str]:
    """Sections of settings bear the gateway's own names: tests/gateway/test_settings_rows.py has them."""
    return [name for name in INDEX if entity(name).in_manifests and name not in ONE_ROW]


@pytest.fixture
def world(gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_SALT_KEY", "sk-salt-0123456789")
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)


@pytest.mark.parametrize("name", names())
def test_out_as_it_went_in_taken_back_and_without_a_trace(
    name: str, gwctl: Program, database: Database, world: None
) -> None:
    group, sample = INDEX[name][0], SAMPLES[name]
    before = stripped(database)
    gwctl("apply -f - --yes --secrets-to -", stdin=json.dumps({group: [sample]}))
    exported = gwctl(f"export {group} -o json").json
    [document] = [one for one in exported[group] if "zz-one" in one.values()]
    given = {field: value for field, value in sample.items() if field in document or not field.endswith("_id")}
    assert {field: document.get(field) for field in given} == given
    again = gwctl("apply -f - --yes -o json", stdin=gwctl(f"export {group}").stdout)
    assert again.json["changes"] == []
    gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert stripped(database) == before
    gwctl("apply -f - --yes --secrets-to -", stdin=json.dumps({group: [sample]}))
    gwctl(f"{group} delete zz-one --yes --force")
    assert traces(database) == []


@pytest.mark.parametrize("name", names())
def test_each_change_says_when_a_running_proxy_acts_on_it(
    name: str, gwctl: Program, database: Database, world: None
) -> None:
    group, manifest = INDEX[name][0], json.dumps({INDEX[name][0]: [SAMPLES[name]]})
    made = gwctl("apply -f - --yes --secrets-to -", stdin=manifest).stderr
    gone = gwctl(f"{group} delete zz-one --yes --force").stderr
    assert pickup.SAID[name].get("create", "") in made
    assert pickup.SAID[name]["delete"] in gone


def test_every_kind_is_told_of() -> None:
    """One that a proxy acts on has a sentence for each thing that gwctl does to it, as far as there is one to say."""
    assert pickup.SAID.keys() | pickup.UNSEEN == INDEX.keys()
    assert not pickup.SAID.keys() & pickup.UNSEEN
    for name, said in pickup.SAID.items():
        assert said.keys() <= {"create", "update", "delete"}
        assert "delete" in said
        assert "update" in said or not entity(name).in_manifests


def stripped(database: Database) -> dict[str, list[str]]:
    """All rows but history, without the moment of their last change."""
    dump = database.dump()
    return {
        table: sorted(repr({name: value for name, value in row.items() if name != "updated_at"}) for row in dump[table])
        for table in dump
        if table.startswith("LiteLLM_") and not table.startswith(HISTORY)
    }


def traces(database: Database) -> list[str]:
    """Places outside of history that still name the object."""
    dump = database.dump()
    return [
        f"{table}: {row}"
        for table in dump
        if table.startswith("LiteLLM_") and not table.startswith(HISTORY)
        for row in dump[table]
        if "zz-one" in repr(row) or "zz-id" in repr(row)
    ]
