"""`convert` makes a manifest of a proxy's config.yaml that validates and applies, and shows no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from support.database import Database
from support.program import Program

CONFIG = """
include: [more.yaml]
model_list:
- model_name: gpt-4o
  litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, rpm: 6}
- model_name: gpt-4o
  litellm_params: {model: azure/gpt-4o, api_key: hush-azure, api_base: "https://x", aws_secret_access_key: hush-aws}
  model_info: {id: az-1, base_model: azure/gpt-4o, input_cost_per_token: 0.1}
guardrails:
- guardrail_name: pii
  litellm_params: {guardrail: presidio, mode: pre_call, default_on: true, api_key: hush-pii, language: en}
mcp_servers:
  github:
    url: https://mcp.example/github
    transport: http
    auth_type: bearer_token
    auth_value: hush-token
    scopes: [read]
    access_groups: [dev]
    disallowed_tools: [rm]
    static_headers: {X-Key: hush-header}
policies:
  base: {description: For all, guardrails: {add: [pii]}}
  strict:
    inherit: base
    guardrails: {remove: [pii]}
    condition: {model: "gpt-.*"}
policy_attachments:
- {policy: base, scope: "*"}
- {policy: gone, scope: "*"}
litellm_settings:
  drop_params: true
  default_team_settings:
  - team_id: t-1
    success_callback: [langfuse]
    failure_callback: [langfuse]
    langfuse_public_key: os.environ/PUBLIC
    langfuse_secret: hush-langfuse
general_settings: {master_key: hush-master}
"""
MORE = """
credential_list:
- credential_name: azure
  credential_values: {api_key: os.environ/AZURE, api_base: "https://x"}
  credential_info: {description: production}
"""

MANIFEST = {
    "models": [
        {
            "model_name": "gpt-4o", "model": "openai/gpt-4o", "api_key": "os.environ/OPENAI_API_KEY",
            "litellm_params": {"rpm": 6}, "model_id": "gpt-4o-1",
        },
        {
            "model_name": "gpt-4o", "model": "azure/gpt-4o", "api_key": {"env": "MODEL_GPT_4O_API_KEY"},
            "api_base": "https://x",
            "litellm_params": {"aws_secret_access_key": {"env": "MODEL_GPT_4O_AWS_SECRET_ACCESS_KEY"}},
            "model_id": "az-1", "base_model": "azure/gpt-4o", "model_info": {"input_cost_per_token": 0.1},
        },
    ],
    "guardrails": [
        {
            "guardrail_name": "pii", "guardrail": "presidio", "mode": "pre_call", "default_on": True,
            "api_key": {"env": "GUARDRAIL_PII_API_KEY"}, "litellm_params": {"language": "en"},
        },
    ],
    "mcp": [
        {
            "alias": "github", "server_name": "github", "url": "https://mcp.example/github", "transport": "http",
            "auth_type": "bearer_token", "mcp_access_groups": ["dev"],
            "credentials": {"auth_value": {"env": "MCP_GITHUB_AUTH_VALUE"}, "scopes": ["read"]},
            "static_headers": {"X-Key": {"env": "MCP_GITHUB_X_KEY"}},
        },
    ],
    "policies": [
        {
            "policy_name": "base", "description": "For all", "attachments": [{"scope": "*"}], "guardrails_add": ["pii"],
        },
        {
            "policy_name": "strict", "inherit": "base", "condition": {"model": "gpt-.*"}, "guardrails_remove": ["pii"],
        },
    ],
    "teams": [
        {
            "team_id": "t-1",
            "logging": [
                {
                    "callback_name": "langfuse", "callback_type": "success_and_failure",
                    "callback_vars": {"langfuse_public_key": "os.environ/PUBLIC"},
                },
            ],
        },
    ],
    "credentials": [
        {
            "credential_name": "azure", "credential_values": {"api_key": "os.environ/AZURE", "api_base": "https://x"},
            "description": "production",
        },
    ],
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "more.yaml").write_text(MORE)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


def test_file_becomes_a_manifest(bare_gwctl: Program, config: Path) -> None:
    result = bare_gwctl(f"convert {config}")
    assert yaml.safe_load(result.stdout) == MANIFEST
    assert "hush" not in result.text
    for told in (
        "disallowed_tools",
        "static_headers.X-Key",
        "langfuse_secret",
        "general_settings",
        "GUARDRAIL_PII",
        "'gone'",
        "litellm_settings",
    ):
        assert told in result.stderr, told


def test_manifest_applies(gwctl: Program, database: Database, config: Path, tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(gwctl(f"convert {config}").stdout)
    names = "MODEL_GPT_4O_API_KEY MODEL_GPT_4O_AWS_SECRET_ACCESS_KEY GUARDRAIL_PII_API_KEY MCP_GITHUB_AUTH_VALUE"
    names += " MCP_GITHUB_X_KEY"
    environment = {**dict.fromkeys(names.split(), "hush"), "LITELLM_SALT_KEY": "salt"}
    gwctl(f"apply -f {path} --yes", env=environment)
    gwctl(f"diff -f {path}", env=environment)
    counts = {table: count for table, count in database.counts().items() if count}
    assert counts["LiteLLM_ProxyModelTable"] == 2
    assert counts["LiteLLM_GuardrailsTable"] == counts["LiteLLM_MCPServerTable"] == 1
    assert {row["policy_name"] for row in database.rows("LiteLLM_PolicyTable")} == {"base", "strict"}
    assert database.row("LiteLLM_TeamTable")["team_id"] == "t-1"


@pytest.mark.parametrize("text", ["model_list: [\n", "- a\n- b\n", "1: x\n"], ids=["broken", "a list", "no names"])
def test_no_configuration_is_refused(bare_gwctl: Program, config: Path, text: str) -> None:
    config.write_text(text)
    bare_gwctl(f"convert {config}", code=5)
    bare_gwctl(f"convert {config.parent / 'nowhere.yaml'}", code=5)


def test_empty_file_is_an_empty_manifest(bare_gwctl: Program, config: Path) -> None:
    config.write_text("")
    assert bare_gwctl(f"convert {config}").stdout == ""
