"""Policies and what belongs to them, as the proxy reads them: its own resolution, and its lists."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from live.gateway import Gateway, eventually
from live.program import LiveProgram

pytestmark = pytest.mark.live

Name = Callable[[str], str]
POLL = 40.0
"""The proxy reads policies, guardrails, agents and prompts anew every 30 seconds."""

MODELS = ["gpt-4o", "gpt-3", "o3", None]
RAILS = ["g1", "g2", "g3"]


def resolved(gateway: Gateway, context: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = gateway.post("/policies/resolve?force_sync=true", **context)
    return body


def policies(chance: random.Random, prefix: str) -> list[str]:
    """Commands that make policies which inherit from one another, and say whom they apply to."""
    found = []
    for number in range(5):
        add = ",".join(chance.sample(RAILS, 2))
        parent = f"--inherit {prefix}-{chance.randrange(number)}" if number and chance.random() < 0.6 else ""
        gone = f"--guardrails-remove {chance.choice(RAILS)}" if chance.random() < 0.4 else ""
        condition = chance.choice(
            ["", "", """--condition '{"model": "gpt-.*"}'""", """--condition '{"model": "o3"}'"""]
        )
        found.append(f"policies create {prefix}-{number} --guardrails-add {add} {parent} {gone} {condition}")
    targets = ["--team 'research*'", "--team research", "--key night*", "--model 'gpt-*'", "--model o3", "--tag 'eu*'",
               "--tag x --team research", "--scope '*'", "--key '*'", "--team '*' --model gpt-4o"]  # fmt: skip
    found += [f"policies attach {prefix}-{chance.randrange(5)} {one}" for one in chance.sample(targets, 6)]
    return found


def contexts(chance: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "team_alias": chance.choice(["research", "research-2", "other", None]),
            "key_alias": chance.choice(["nightly", "day", None]),
            "model": chance.choice(MODELS),
            "tags": chance.sample(["eu", "eu-1", "x", "y"], chance.randrange(3)),
        }
        for _ in range(count)
    ]


def test_resolve_says_what_the_proxy_says(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    """Fifty random contexts. The endpoint shows neither what it falls back to nor what metadata brings."""
    prefix, chance = name("policy"), random.Random(7)
    for command in policies(chance, prefix):
        live(command)
    for alias in ("research", "research-2", "other"):
        live(f"teams create {alias} --if-not-exists")
    for alias in ("nightly", "day"):
        live(f"keys create {alias} --if-not-exists")
    brought = 0
    for context in contexts(chance, 50):
        theirs = resolved(live_gateway, {name: value for name, value in context.items() if value})
        words = [("--team", context["team_alias"]), ("--key", context["key_alias"]), ("--model", context["model"])]
        words += [("--tag", tag) for tag in context["tags"]]
        ours = live(["policies", "resolve", "-o", "json", *(word for pair in words if pair[1] for word in pair)]).json
        brought += len(theirs["effective_guardrails"])
        assert ours["endpoint_guardrails"] == theirs["effective_guardrails"], (context, theirs)
        via = {one["policy_name"]: one["matched_via"] for one in ours["policies"] if one["applies"]}
        assert via == {one["policy_name"]: one["matched_via"] for one in theirs["matched_policies"]}, context
    assert brought > 50, "these contexts ask for nothing"


def test_versions_as_the_proxy_lists_them(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    policy = name("policy")
    live(f"policies create {policy} --description one")
    live(f"policies update {policy} --description two --yes")
    live(f"policies update {policy} --description three --version-status draft --yes")
    found = live_gateway.get(f"/policies/name/{policy}/versions").body
    listed = found["policies"] if "policies" in found else found["versions"]
    assert sorted((one["version_number"], one["version_status"], one["description"]) for one in listed) == [
        (1, "published", "one"), (2, "production", "two"), (3, "draft", "three"),
    ]  # fmt: skip


def test_pipeline_is_read(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    policy = name("policy")
    live([
        "policies", "create", policy, "--guardrails-add", "g1",
        "--pipeline", '{"mode": "pre_call", "steps": [{"guardrail": "g1", "on_fail": "next"}]}',
    ])  # fmt: skip
    listed = live_gateway.get("/policies/list").body["policies"]
    [one] = [one for one in listed if one["policy_name"] == policy]
    assert one["pipeline"]["steps"][0]["on_fail"] == "next"
    assert one["pipeline"]["steps"][0]["on_pass"] == "allow"


def test_guardrail_is_loaded(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    guardrail = name("guardrail")
    live(f"guardrails create {guardrail} --guardrail hide-secrets --mode pre_call --default-on")
    [one] = [
        one for one in live_gateway.get("/v2/guardrails/list").body["guardrails"] if one["guardrail_name"] == guardrail
    ]
    assert one["litellm_params"]["mode"] == "pre_call"
    assert one["guardrail_definition_location"] == "db"


def test_agent_is_loaded(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    agent = name("agent")
    live([
        "agents", "create", agent, "--agent-card-params", "name=helper", "--agent-card-params", "url=http://127.0.0.1:9",
        "--agent-card-params", "version=1", "--agent-card-params", "capabilities:={}",
        "--agent-card-params", "skills:=[]", "--agent-card-params", 'defaultInputModes:=["text"]',
        "--agent-card-params", 'defaultOutputModes:=["text"]', "--agent-card-params", "description=d",
        "--agent-card-params", "protocolVersion=1.0",
    ])  # fmt: skip

    def listed() -> list[Any]:
        return [one for one in live_gateway.get("/v1/agents").body if one["agent_name"] == agent]

    [one] = eventually(listed, within=POLL)
    assert one["agent_card_params"]["name"] == "helper"


def test_prompt_is_loaded(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    prompt = name("prompt").replace("_v", "-").replace(".v", "-")
    live(["prompts", "create", prompt, "--prompt-integration", "dotprompt", "--dotprompt-content", "Say {{x}}"])
    live(["prompts", "update", prompt, "--dotprompt-content", "Say {{y}}", "--yes"])

    def listed() -> list[Any]:
        found = live_gateway.get("/prompts/list").body["prompts"]
        return [one for one in found if one["prompt_id"].split(".v")[0] == prompt]

    found = eventually(listed, within=POLL)
    assert any("{{y}}" in str(one["litellm_params"].get("dotprompt_content")) for one in found)


def test_search_tool_and_vector_store_are_listed(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    tool, store = name("search"), name("store")
    live(f"search-tools create {tool} --search-provider tavily")
    live(f"vector-stores create {store} --custom-llm-provider openai")
    tools = live_gateway.get("/search_tools/list").body["search_tools"]
    assert tool in {one["search_tool_name"] for one in tools}
    stores = live_gateway.get("/vector_store/list").body["data"]
    assert store in {one["vector_store_id"] for one in stores}
