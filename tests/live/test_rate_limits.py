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


def calls(gateway: Gateway, key: str, **sent: Any) -> list[str]:
    """Three calls, by status: the errors of limits have no type."""
    return [str(gateway.chat(key, **sent).status) for _ in range(3)]


def assert_limited(gateway: Gateway, key: str, twin: Mapping[str, Any], **sent: Any) -> None:
    found = calls(gateway, key, **sent)
    if found != LIMITED and calls(gateway, gateway.post("/key/generate", **twin)["key"], **sent) != LIMITED:
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


def test_limit_of_an_organisation(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    """A key of a team bears its organisation, without which the limit is not asked."""
    org, team = name("org"), name("team")
    live(["orgs", "create", org, "--organization-id", org, "--rpm-limit", "2"])
    live(["teams", "create", team, "--org", org])
    key = live.key(["keys", "create", name("key"), "--team", team])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "rpm_limit": 2})


def test_limit_of_a_member_is_asked_of_no_key(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    """It is in the row, as /team/member_update writes it; this release holds none but members who come by a JWT to
    it."""
    team, user, twin = name("team"), name("user"), name("user")
    live(["teams", "create", team, "--team-id", team])
    live(["teams", "members", "add", team, user, "--rpm-limit", "2"])
    live_gateway.post("/team/member_add", team_id=team, member={"user_id": twin, "role": "user"})
    live_gateway.post("/team/member_update", team_id=team, user_id=twin, rpm_limit=2)
    memberships = live_gateway.get("/team/info", team_id=team).body["team_memberships"]
    limits = {one["user_id"]: one["litellm_budget_table"]["rpm_limit"] for one in memberships}
    assert limits == {user: 2, twin: 2}
    for one in (user, twin):
        key = live.key(["keys", "create", name("key"), "--team", team, "--user", one])
        assert calls(live_gateway, key) == ["200", "200", "200"]


def test_limit_of_a_customer(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    customer = name("customer")
    live(["customers", "create", customer, "--rpm-limit", "2"])
    key = live.key(["keys", "create", name("key")])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "rpm_limit": 2}, user=customer)


def test_limit_for_a_model(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    limits = {live_gateway.models[0]: 2}
    key = live.key(["keys", "create", name("key"), "--model-rpm-limit", str(limits).replace("'", '"')])
    assert_limited(live_gateway, key, {"key_alias": name("key"), "model_rpm_limit": limits})
