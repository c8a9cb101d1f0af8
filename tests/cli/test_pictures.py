"""`get` shows the whole picture: every limit that requests meet and whose it is, what is left, what belongs to it."""

from __future__ import annotations

from typing import Any

import pytest

from support.database import Database
from support.program import Program

WORLD = """
budgets: [{budget_id: gold, max_budget: 40, tpm_limit: 900, budget_duration: 7d}]
orgs: [{organization_alias: acme, max_budget: 500, rpm_limit: 60}]
users: [{user_id: ada, user_email: ada@example.com, max_budget: 7, rpm_limit: 30}]
teams:
  - team_alias: research
    org: acme
    max_budget: 100
    tpm_limit: 1000
    members: [{user: ada, max_budget: 20}, {user: bob}]
projects: [{project_alias: apollo, team: research, max_budget: 50}]
tags: [{tag_name: blue, max_budget: 3}]
customers: [{user_id: shop, max_budget: 9}, {user_id: guest}]
"""


@pytest.fixture
def world(gwctl: Program, database: Database) -> Database:
    gwctl("apply -f - --yes", stdin=WORLD)
    gwctl("keys create nightly --team research --user ada --project apollo --max-budget 10 --rpm-limit 5 --tags blue")
    gwctl("keys create alone --user ada --budget gold")
    for table, spend in (("LiteLLM_TeamTable", 97), ("LiteLLM_UserTable", 1), ("LiteLLM_OrganizationTable", 100)):
        database.execute(f'update "{table}" set spend = {spend}')
    database.execute('update "LiteLLM_VerificationToken" set spend = 4')
    database.execute('update "LiteLLM_TeamMembership" set spend = 25')
    return database


def overview(gwctl: Program, group: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = gwctl(f"{group} get {name} -o json").json["overview"]
    return found


def limits(picture: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["limit"], one["value"], one["source"], one["name"], one["left"]) for one in picture["limits"]]


def test_a_key_of_a_team(gwctl: Program, world: Database) -> None:
    picture = overview(gwctl, "keys", "nightly")
    assert limits(picture) == [
        ("max_budget", 10, "own", None, 6),
        ("rpm_limit", 5, "own", None, None),
        ("max_budget", 20, "member", "ada@example.com", 0),
        ("max_budget", 50, "project", "apollo", 50),
        ("max_budget", 100, "team", "research", 3),
        ("tpm_limit", 1000, "team", "research", None),
        ("rpm_limit", 30, "user", "ada@example.com", None),
        ("max_budget", 500, "org", "acme", 400),
        ("rpm_limit", 60, "org", "acme", None),
    ]
    assert picture["left"] == 0
    assert [one["source"] for one in picture["limits"] if not one["enforced"]] == ["project"]
    assert picture["counts"] == {"jwt_mappings": 0, "grace_secrets": 0}
    assert (picture["next_reset"], picture["expires"], picture["expired"]) == (None, None, False)


def test_a_key_of_nobody_but_its_user(gwctl: Program, world: Database) -> None:
    picture = overview(gwctl, "keys", "alone")
    assert limits(picture) == [
        ("max_budget", 40, "budget", "gold", 36),
        ("tpm_limit", 900, "budget", "gold", None),
        ("max_budget", 7, "user", "ada@example.com", 6),
        ("rpm_limit", 30, "user", "ada@example.com", None),
    ]
    assert picture["left"] == 6
    assert picture["next_reset"] == gwctl("budgets get gold -o json").json["budget_reset_at"]


def test_a_budget_that_is_raised_for_a_time(gwctl: Program, world: Database) -> None:
    raised = "--temp-budget-increase 5 --temp-budget-expiry"
    gwctl(f"keys update nightly {raised} 2099-01-01T00:00:00")
    assert limits(overview(gwctl, "keys", "nightly"))[0] == ("max_budget", 15, "own", None, 11)
    gwctl(f"keys update nightly {raised} 2020-01-01T00:00:00")
    assert limits(overview(gwctl, "keys", "nightly"))[0] == ("max_budget", 10, "own", None, 6)


@pytest.mark.parametrize(("group", "name", "expected", "counts"), [
    ("teams", "research", [("max_budget", 100, "own", None, 3), ("tpm_limit", 1000, "own", None, None),
     ("max_budget", 500, "org", "acme", 400)], {"keys": 1, "projects": 1, "members": 2}),
    ("users", "ada", [("max_budget", 7, "own", None, 6), ("rpm_limit", 30, "own", None, None)],
     {"keys": 2, "orgs": 0, "invitations": 0, "teams": 1}),
    ("orgs", "acme", [("max_budget", 500, "own", None, 400), ("rpm_limit", 60, "own", None, None)],
     {"teams": 1, "keys": 1, "members": 0}),
    ("projects", "apollo", [("max_budget", 50, "own", None, 50), ("max_budget", 100, "team", "research", 3),
     ("tpm_limit", 1000, "team", "research", None)], {"keys": 1}),
    ("customers", "shop", [("max_budget", 9, "own", None, 9)], {}),
    ("tags", "blue", [("max_budget", 3, "own", None, 3)], {"keys": 1, "teams": 0, "models": 0}),
])  # fmt: skip
def test_others(
    gwctl: Program, world: Database, group: str, name: str, expected: list[tuple[Any, ...]], counts: dict[str, int]
) -> None:
    picture = overview(gwctl, group, name)
    assert (limits(picture), picture["counts"]) == (expected, counts)


def test_a_customer_without_a_budget_has_the_default(gwctl: Program, world: Database) -> None:
    assert overview(gwctl, "customers", "guest")["limits"] == []
    world.insert("LiteLLM_Config", param_name="litellm_settings", param_value={"max_end_user_budget_id": "gold"})
    assert limits(overview(gwctl, "customers", "guest")) == [
        ("max_budget", 40, "default", "gold", 40),
        ("tpm_limit", 900, "default", "gold", None),
    ]


def test_a_budget_has_those_who_share_it(gwctl: Program, world: Database) -> None:
    counts = overview(gwctl, "budgets", "gold")["counts"]
    assert {name: count for name, count in counts.items() if count} == {"keys": 1}


def test_in_words(gwctl: Program, world: Database) -> None:
    told = dict(line.split("\t", 1) for line in gwctl("keys get nightly").lines)
    assert told["max_budget (own)"] == "$10.00, $6.00 left"
    assert told["max_budget (team research)"] == "$100.00, $3.00 left"
    assert told["max_budget (project apollo)"] == "$50.00, $50.00 left; the proxy does not hold to it"
    assert told["tpm_limit (team research)"] == "1,000"
    assert told["has"] == "0 JWT mappings, 0 grace secrets"
    assert "overview" not in told
    assert dict(line.split("\t", 1) for line in gwctl("teams get research").lines)["has"] == (
        "1 key, 1 project, 2 members"
    )
    assert "overview" not in gwctl("keys get nightly -o csv").lines[0]
    assert gwctl("keys get nightly --fields spend,overview -o json").json["overview"]["left"] == 0
