"""Either side works on the other's rows: gwctl on what the gateway's endpoints made, and they on what gwctl made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from live.gateway import Gateway, settle
from live.program import LiveProgram
from live.turns import Name

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class Made:
    """A team with a member, its key, and a budget."""

    team: str
    user: str
    budget: str
    alias: str
    key: str


@pytest.fixture
def theirs(live_gateway: Gateway, name: Name) -> Made:
    post = live_gateway.post
    team, user, budget, alias = name("team"), name("user"), name("budget"), name("key")
    post("/budget/new", budget_id=budget, max_budget=50, budget_duration="30d")
    post("/user/new", user_id=user, user_email=f"{user}@example.com", user_role="internal_user", auto_create_key=False)
    limits = {"max_budget": 100, "budget_duration": "30d", "rpm_limit": 100, "team_member_budget": 7}
    things = {"model_aliases": {"swift": live_gateway.models[0]}, "object_permission": {"vector_stores": ["v"]}}
    post("/team/new", team_id=team, team_alias=team, metadata={"owner": "ada"}, **limits, **things)
    post("/team/member_add", team_id=team, member={"user_id": user, "role": "user"}, max_budget_in_team=5)
    key = post(
        "/key/generate", key_alias=alias, team_id=team, user_id=user, budget_id=budget, duration="30d",
        models=[live_gateway.models[0]], aliases={"a": live_gateway.models[0]}, model_rpm_limit={"m": 5},
        metadata={"owner": "ada", "tags": ["x"]}, object_permission={"agents": ["a"]}, budget_duration="7d",
    )["key"]  # fmt: skip
    return Made(team, user, budget, alias, key)


@pytest.fixture
def ours(live_gateway: Gateway, live: LiveProgram, name: Name) -> Made:
    team, user, budget, alias = name("team"), name("user"), name("budget"), name("key")
    live(["budgets", "create", budget, "--max-budget", "50", "--budget-duration", "30d"])
    live(["users", "create", user, "--user-email", f"{user}@example.com", "--max-budget", "5"])
    live(["teams", "create", team, "--team-id", team, "--max-budget", "100", "--metadata", "owner=ada"])
    live(["teams", "members", "add", team, user, "--max-budget", "5"])
    key = live.key([
        "keys", "create", alias, "--team", team, "--user", user, "--budget", budget, "--vector-stores", "v",
        "--metadata", "owner=ada", "--duration", "30d",
    ])  # fmt: skip
    return Made(team, user, budget, alias, key)


NAMED: dict[str, Callable[[Made], tuple[str, dict[str, str]]]] = {
    "keys": lambda made: ("/key/info", {"key": made.key}),
    "teams": lambda made: ("/team/info", {"team_id": made.team}),
    "users": lambda made: ("/user/info", {"user_id": made.user}),
}
"""Where the gateway shows one object."""
SHOWN = {"keys": "info", "teams": "team_info", "users": "user_info"}


def name_of(made: Made, group: str) -> str:
    return {"keys": made.alias, "teams": made.team, "users": made.user, "budgets": made.budget}[group]


def test_both_show_the_same(live_gateway: Gateway, live: LiveProgram, theirs: Made, ours: Made) -> None:
    for made in (theirs, ours):
        for group, place in NAMED.items():
            path, query = place(made)
            shown = live_gateway.get(path, **query).body[SHOWN[group]]
            got = live([group, "get", name_of(made, group), "-o", "json"]).json
            both = {column for column in got.keys() & shown.keys() if column not in ("metadata", "members")}
            assert len(both) > 15, both
            assert {name: _plain(got[name]) for name in both} == {name: _plain(shown[name]) for name in both}
    found = live_gateway.post("/budget/info", budgets=[ours.budget])
    assert [(one["max_budget"], one["budget_duration"]) for one in found] == [(50, "30d")]


def _plain(value: Any) -> Any:
    """Moments without how they are written."""
    is_moment = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value)
    return datetime.fromisoformat(value) if is_moment else value


def test_gateways_rows_are_changed(live_gateway: Gateway, live: LiveProgram, theirs: Made) -> None:
    assert live_gateway.chat(theirs.key).verdict == "200"
    live(["keys", "update", theirs.alias, "--models", live_gateway.models[1], "--metadata", "owner=bob"])
    live(["teams", "update", theirs.team, "--max-budget", "200", "--team-member-budget", "9"])
    live(["teams", "members", "update", theirs.team, theirs.user, "--max-budget", "6"])
    live(["users", "update", theirs.user, "--user-alias", "Ada"])
    live(["budgets", "update", theirs.budget, "--max-budget", "60", "--yes"])
    settle()
    assert live_gateway.chat(theirs.key).verdict == "401 key_model_access_denied"
    assert live_gateway.chat(theirs.key, live_gateway.models[1]).verdict == "200"
    info = live_gateway.get("/key/info", key=theirs.key).body["info"]
    assert info["models"] == [live_gateway.models[1]]
    assert (info["metadata"]["owner"], info["metadata"]["tags"]) == ("bob", ["x"])
    team = live_gateway.get("/team/info", team_id=theirs.team).body
    assert team["team_info"]["max_budget"] == 200
    assert team["team_info"]["metadata"]["owner"] == "ada"
    budgets = {one["user_id"]: one["litellm_budget_table"]["max_budget"] for one in team["team_memberships"]}
    assert budgets[theirs.user] == 6


def test_gateways_rows_are_exported(live: LiveProgram, theirs: Made, tmp_path: Path) -> None:
    """Everything that is there, whoever made it, applied to where it came from: nothing changes."""
    file = tmp_path / "all.yaml"
    file.write_text(live("export budgets users teams keys --with-hashes").stdout)
    assert theirs.alias in file.read_text()
    plan = live(["apply", "-f", file, "--yes", "-o", "json"]).json
    assert plan["changes"] == []
    live(["diff", "-f", file])


def test_gateways_rows_are_deleted(live_gateway: Gateway, live: LiveProgram, theirs: Made) -> None:
    assert live_gateway.chat(theirs.key).verdict == "200"
    for group in ("keys", "teams", "users", "budgets"):
        live([group, "delete", name_of(theirs, group), "--yes"])
    settle()
    assert live_gateway.chat(theirs.key).verdict == "401 token_not_found_in_db"
    for place in NAMED.values():
        path, query = place(theirs)
        assert live_gateway.get(path, **query).status == 404, path
    assert live_gateway.post("/budget/info", budgets=[theirs.budget]) == []


def test_gateway_lists_gwctls_rows(live_gateway: Gateway, live: LiveProgram, ours: Made) -> None:
    keys = live_gateway.get("/key/list", team_id=ours.team, return_full_object="true").body["keys"]
    assert [one["key_alias"] for one in keys] == [ours.alias]
    assert ours.alias in live_gateway.get("/key/aliases").body["aliases"]
    assert ours.team in {one["team_id"] for one in live_gateway.get("/team/list").body}
    teams = live_gateway.get("/v2/team/list", team_id=ours.team).body["teams"]
    assert [one["team_alias"] for one in teams] == [ours.team]
    users = live_gateway.get("/user/list", user_ids=ours.user).body["users"]
    assert [(one["user_id"], one["user_email"]) for one in users] == [(ours.user, f"{ours.user}@example.com")]
    assert ours.budget in {one["budget_id"] for one in live_gateway.get("/budget/list").body}


def test_gateway_changes_gwctls_rows(live_gateway: Gateway, live: LiveProgram, ours: Made, name: Name) -> None:
    post, other = live_gateway.post, name("user")
    post("/key/update", key=ours.key, max_budget=9, metadata={"owner": "bob"})
    post("/team/update", team_id=ours.team, max_budget=300, models=live_gateway.models[:1])
    post("/user/update", user_id=ours.user, user_alias="Ada")
    post("/budget/update", budget_id=ours.budget, max_budget=70)
    post("/team/member_add", team_id=ours.team, member={"user_id": other, "role": "user"})
    post("/team/member_update", team_id=ours.team, user_id=ours.user, max_budget_in_team=8)
    assert live(["keys", "get", ours.alias, "-o", "json"]).json["max_budget"] == 9
    assert live(["teams", "get", ours.team, "-o", "json"]).json["models"] == live_gateway.models[:1]
    assert live(["users", "get", ours.user, "-o", "json"]).json["user_alias"] == "Ada"
    assert live(["budgets", "get", ours.budget, "-o", "json"]).json["max_budget"] == 70
    members = {one["user_id"]: one for one in live(["teams", "members", "list", ours.team, "-o", "json"]).json}
    assert members.keys() >= {ours.user, other}
    assert members[ours.user]["max_budget"] == 8
    assert live_gateway.chat(ours.key).verdict == "200"


def test_gateway_deletes_gwctls_rows(live_gateway: Gateway, live: LiveProgram, ours: Made) -> None:
    post = live_gateway.post
    post("/key/block", key=ours.key)
    post("/team/member_delete", team_id=ours.team, user_id=ours.user)  # takes the member's key along
    assert live(["keys", "get", ours.alias], code=3)
    post("/team/delete", team_ids=[ours.team])
    post("/user/delete", user_ids=[ours.user])
    post("/budget/delete", id=ours.budget)
    for group in ("teams", "users", "budgets"):
        live([group, "get", name_of(ours, group)], code=3)


def test_deleted_by_gwctl_is_listed_as_deleted(live_gateway: Gateway, live: LiveProgram, ours: Made) -> None:
    live(["teams", "delete", ours.team, "--yes", "--force"])
    keys = live_gateway.get("/key/list", status="deleted", team_id=ours.team, return_full_object="true").body["keys"]
    assert [one["key_alias"] for one in keys] == [ours.alias]
    teams = live_gateway.get("/v2/team/list", status="deleted", team_id=ours.team).body["teams"]
    assert [one["team_alias"] for one in teams] == [ours.team]
