"""Every change can be taken back: the rows are what they were, but for moments and archives; and an undo as well."""

from __future__ import annotations

import pytest

from support.database import Database
from support.program import Program

MOMENTS = {"updated_at", "settings_updated_at"}
KEPT = {"LiteLLM_AuditLog", "LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable"}
"""History: an undo adds to it."""

WORLD = """
budgets: [{budget_id: gold, max_budget: 100, budget_duration: 30d}]
orgs: [{organization_alias: acme, max_budget: 1000, models: [gpt-4o, claude]}]
access-groups: [{access_group_name: wide, access_model_names: [o1]}]
users:
  - {user_id: ada, user_email: ada@x.org, max_budget: 5, budget_duration: 7d}
  - {user_id: bob, metadata: {a: b}}
teams:
  - team_alias: research
    org: acme
    models: [gpt-4o]
    team_member_budget: 20
    model_aliases: {fast: gpt-4o}
    mcp_servers: [s1]
    metadata: {owner: ada}
    members: [{user: ada, role: admin}, {user: bob, max_budget: 3}]
projects: [{project_alias: web, team: research, max_budget: 5}]
customers: [{user_id: c1, max_budget: 3}]
tags: [{tag_name: batch, max_budget: 9, description: x}]
keys:
  - {key_alias: nightly, team: research, user: ada, soft_budget: 5, max_budget: 50, access_groups: [wide]}
  - {key_alias: own, user: bob, budget: gold, duration: 30d, metadata: {x: [1]}}
"""

CHANGES = [
    "budgets create silver --max-budget 1",
    "budgets update gold --max-budget 7 --set-null budget_duration",
    "budgets delete gold --force --yes",
    "budgets reset gold --yes",
    "orgs update acme --max-budget 5 --add-models o1",
    "orgs members add acme ada bob --role org_admin --max-budget 4",
    "orgs delete acme --force --yes",
    "users create eve --user-email eve@x.org",
    "users update ada --set-null max_budget --user-alias A --vector-stores v1",
    "users delete ada --yes",
    "users rename ada ada2 --yes",
    "users reassign ada bob --yes",
    'teams create other --team-member-budget 4 --model-aliases \'{"a":"b"}\'',
    "teams update research --team-alias science --metadata owner=bob --team-member-budget 30 --set-null model_aliases",
    "teams block research",
    "teams delete research --yes",
    "teams members add research eve@new.org --max-budget 8",
    "teams members update research bob --max-budget 9 --role admin",
    "teams members remove research ada bob --yes",
    "teams models add research claude",
    "keys create another --team research --guardrails g --tags t",
    "keys update nightly --max-budget 60 --soft-budget 6 --set-null access_groups --metadata z=1 --mcp-servers s1",
    "keys update --team research --add-models gpt-4o --yes",
    "keys block nightly own",
    "keys rotate nightly --grace 24h",
    "keys delete nightly --yes",
    "keys expire own --yes",
    "keys jwt-mappings add own --claim-name sub --claim-value j2",
    "access-groups delete wide --yes",
    "projects update web --max-budget 6 --set-null team",
    "projects delete web --yes",
    "customers delete c1 --yes",
    "tags update batch --max-budget 10",
]


def rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """The gateway's rows without moments and history."""
    dump = database.dump()
    found = {}
    for table in dump:
        if table.startswith("LiteLLM_") and table not in KEPT:
            stripped = [{name: value for name, value in row.items() if name not in MOMENTS} for row in dump[table]]
            found[table] = sorted(stripped, key=repr)
    return found


def newest(gwctl: Program) -> str:
    return gwctl("audit list --limit 1 -o json").json[0]["change_set"]


@pytest.fixture
def world(gwctl: Program) -> None:
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)
    gwctl("keys jwt-mappings add nightly --claim-name sub --claim-value j1")


@pytest.mark.parametrize("command", CHANGES)
def test_a_change_is_taken_back_and_the_undo_as_well(
    command: str, gwctl: Program, database: Database, world: None
) -> None:
    before = rows(database)
    gwctl(command)
    after = rows(database)
    assert after != before
    gwctl(["audit", "undo", newest(gwctl), "--yes"])
    assert rows(database) == before
    if " create " not in command and " add " not in command:  # what was made anew has other ids when it comes back
        gwctl(["audit", "undo", newest(gwctl), "--yes"])
        assert rows(database) == after


def test_a_later_change_stands_in_the_way_and_is_named(gwctl: Program, database: Database, world: None) -> None:
    gwctl("keys update nightly --max-budget 60 --models gpt-4o")
    first = newest(gwctl)
    gwctl("--actor eve keys update nightly --max-budget 70")
    refused = gwctl(["audit", "undo", first, "--yes"], code=4)
    assert "max_budget" in refused.stderr
    assert "eve" in refused.stderr
    assert database.row("LiteLLM_VerificationToken", key_alias="nightly")["models"] == ["gpt-4o"]
    gwctl(["audit", "undo", first, "--yes", "--force"])
    key = database.row("LiteLLM_VerificationToken", key_alias="nightly")
    assert (key["models"], key["max_budget"]) == ([], 70)


def test_what_a_proxy_spent_meanwhile_is_there_afterwards(gwctl: Program, database: Database, world: None) -> None:
    database.execute("UPDATE \"LiteLLM_VerificationToken\" SET spend = 10 WHERE key_alias = 'nightly'")
    gwctl("keys reset-spend nightly --yes")
    change = newest(gwctl)
    database.execute("UPDATE \"LiteLLM_VerificationToken\" SET spend = spend + 2 WHERE key_alias = 'nightly'")
    gwctl(["audit", "undo", change, "--yes"])
    assert database.row("LiteLLM_VerificationToken", key_alias="nightly")["spend"] == 12


def test_one_more_member_is_no_conflict(gwctl: Program, database: Database, world: None) -> None:
    gwctl("teams members add research eve")
    first = newest(gwctl)
    gwctl("teams members add research fay")
    gwctl(["audit", "undo", first, "--yes"])
    members = database.row("LiteLLM_TeamTable", team_alias="research")["members_with_roles"]
    assert [one["user_id"] for one in members] == ["ada", "bob", "fay"]


def test_a_deleted_key_comes_back_with_its_secret(gwctl: Program, database: Database, world: None) -> None:
    key = database.row("LiteLLM_VerificationToken", key_alias="nightly")
    gwctl("keys delete nightly --yes")
    gwctl(["audit", "undo", newest(gwctl), "--yes"])
    assert database.row("LiteLLM_VerificationToken", key_alias="nightly")["token"] == key["token"]


def test_unknown_change_set(gwctl: Program, world: None) -> None:
    gwctl("audit undo nope --yes", code=3)


def test_a_secret_that_was_added_goes_without_a_salt_key(gwctl: Program, database: Database, world: None) -> None:
    """No image keeps it then: whatever text lies in its place counts as what was added."""
    before = rows(database)
    gwctl("""keys update nightly --metadata 'logging:=[{"callback_name": "l", "callback_vars": {"k": "s3cret"}}]'""")
    assert "s3cret" not in str(database.rows("gwctl.row_image"))
    gwctl(["audit", "undo", newest(gwctl), "--yes"])
    assert rows(database) == before
