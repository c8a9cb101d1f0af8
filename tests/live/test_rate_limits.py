"""Requests a minute. These run first: once a proxy has seen some 150 keys its memory drops the counters.

Each key of gwctl's has a twin that the gateway made; where the twin is not limited either, the proxy is past it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from live.gateway import Gateway
from live.program import LiveProgram
from live.turns import Name

pytestmark = pytest.mark.live

LIMITED = ["200", "200", "429"]


def calls(gateway: Gateway, key: str) -> list[str]:
    """Three calls, by status: the errors of limits have no type."""
    return [str(gateway.chat(key).status) for _ in range(3)]


def assert_limited(gateway: Gateway, key: str, twin: Mapping[str, Any]) -> None:
    found = calls(gateway, key)
    if found != LIMITED and calls(gateway, gateway.post("/key/generate", **twin)["key"]) != LIMITED:
        pytest.skip("this proxy limits no key any more: start it anew")
    assert found == LIMITED


def test_limit_of_a_key(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    key = live.key(["keys", "create", name("key"), "--rpm-limit", "2"])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "rpm_limit": 2})


def test_limit_of_a_budget_row(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    budget = name("budget")
    live(["budgets", "create", budget, "--rpm-limit", "2"])
    key = live.key(["keys", "create", name("key"), "--budget", budget])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "budget_id": budget})


def test_limit_of_a_team(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    teams = name("team"), name("team")
    for team in teams:
        live(["teams", "create", team, "--team-id", team, "--rpm-limit", "2"])
    key = live.key(["keys", "create", name("key"), "--team", teams[0]])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "team_id": teams[1]})


def test_limit_of_a_user(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    users = name("user"), name("user")
    for user in users:
        live(["users", "create", user, "--rpm-limit", "2"])
    key = live.key(["keys", "create", name("key"), "--user", users[0]])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "user_id": users[1]})


def test_limit_for_a_model(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    limits = {live_gateway.models[0]: 2}
    key = live.key(["keys", "create", name("key"), "--model-rpm-limit", str(limits).replace("'", '"')])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "model_rpm_limit": limits})
