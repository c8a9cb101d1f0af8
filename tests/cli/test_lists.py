"""Lists: what filters find, names beside ids, and the count that a question tells before many things go."""

from __future__ import annotations

import pytest

from support.database import Database
from support.program import Program

WORLD = """
access-groups: [{access_group_name: wide, access_group_id: g-1}, {access_group_name: thin, access_group_id: g-2}]
budgets: [{budget_id: gold, max_budget: 1}]
orgs: [{organization_alias: acme, organization_id: o-1}]
users: [{user_id: ada}, {user_id: bob}, {user_id: cyd}]
teams:
  - {team_alias: research, team_id: t-1, org: acme, access_groups: [thin, wide], members: [{user: ada, max_budget: 2},
     {user: bob, max_budget: 3}]}
  - {team_alias: sales, team_id: t-2, blocked: true, members: [{user: ada}]}
keys:
  - {key_alias: a, team: research, user: ada, budget: gold, metadata: {owner: ada}}
  - {key_alias: b, team: research, max_budget: 5, expires: "2020-01-01T00:00:00Z"}
  - {key_alias: c, team: sales, access_groups: [wide], blocked: true, expires: "2099-01-01T00:00:00Z"}
"""


@pytest.fixture
def world(gwctl: Program, database: Database) -> Database:
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)
    return database


@pytest.mark.parametrize(("command", "found"), [
    ("keys list --team research", "a b"), ("keys list --team t-2", "c"), ("keys list --user ada", "a"),
    ("keys list --org acme", "a b"), ("keys list --budget gold", "a"), ("keys list --access-group wide", "c"),
    ("keys list --blocked", "c"), ("keys list --no-blocked", "a b"), ("keys list --expired", "b"),
    ("keys list --no-expired", "a c"), ("keys list --metadata owner=ada", "a"),
    ("teams list --search SEAR", "research"),
    ("keys list --over-budget", "a b"), ("keys list --unused-for 90d", "c"),
    ("keys list --team research --no-expired", "a"), ("keys list --sort key_alias --desc --limit 2", "c b"),
    ("teams list --org acme", "research"), ("teams list --blocked", "sales"),
    ("teams list --access-group thin", "research"),
])  # fmt: skip
def test_filters(gwctl: Program, world: Database, command: str, found: str) -> None:
    world.execute("""update "LiteLLM_VerificationToken" set spend = 5""")
    world.execute("""update "LiteLLM_VerificationToken" set created_at = '2020-01-01' where key_alias = 'c'""")
    column = "key_alias" if command.startswith("keys") else "team_alias"
    assert [row[column] for row in gwctl(f"{command} -o json").json] == found.split()


def test_users_of_a_team(gwctl: Program, world: Database) -> None:
    assert [row["user_id"] for row in gwctl("users list --team research -o json").json] == ["ada", "bob"]
    gwctl("users list --team nowhere", code=3)


def test_names_stand_beside_ids(gwctl: Program, world: Database) -> None:
    ada = gwctl("users list --search ada -o json").json[0]
    assert (ada["teams"], ada["team_aliases"]) == (["t-1", "t-2"], ["research", "sales"])
    team = gwctl("teams get research -o json").json
    assert (team["access_group_ids"], team["access_group_names"]) == (["g-2", "g-1"], ["thin", "wide"])
    header, *lines = (line.split("\t") for line in gwctl("users list").lines)
    shown = {line[0]: line[header.index("team_aliases")] for line in lines}
    assert shown == {"ada": "research,sales", "bob": "research", "cyd": ""}
    world.execute("""update "LiteLLM_TeamTable" set team_alias = null where team_id = 't-2'""")
    assert gwctl("users get ada -o json").json["team_aliases"] == ["research", "t-2"]


@pytest.mark.parametrize(("command", "asked"), [
    ("teams delete research", "Delete the team research (2 keys, 2 memberships, 2 budgets)"),
    ("teams delete research sales", "Delete 2 teams (3 keys, 2 memberships, 2 budgets)"),
    ("keys delete --team research", "Delete 2 keys"),
    ("keys block --team research", "Block 2 keys"),
    ("teams members remove research ada bob", "(1 key, 2 memberships, 2 budgets)"),
])  # fmt: skip
def test_what_will_go_is_counted_before(gwctl: Program, world: Database, command: str, asked: str) -> None:
    before = world.counts()
    result = gwctl(command, tty=True, stdin="n\n", code=130)
    assert asked in " ".join(result.stdout.split())
    assert world.counts() == before
