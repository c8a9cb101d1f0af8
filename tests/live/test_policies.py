"""Policies and what belongs to them, as the proxy reads them: its own resolution, and its lists."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from live.gateway import Gateway
from live.program import LiveProgram

pytestmark = pytest.mark.live

Name = Callable[[str], str]
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
