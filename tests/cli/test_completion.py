"""Names of things complete in the shell: those of the database that the command would work on, and quietly."""

from __future__ import annotations

import pytest

from support.database import Database
from support.program import Program


def completed(gwctl: Program, words: str, **env: str) -> list[str]:
    """What bash is offered for the last word."""
    typed = words.split(" ")
    asked = {"_GWCTL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(typed) - 1)}
    result = gwctl("", env=asked | env, code={0})
    assert result.stderr == ""
    return [line for line in result.lines if line]


WORLD = """
budgets: [{budget_id: standard, max_budget: 5}]
teams: [{team_alias: research}, {team_alias: redesign}, {team_alias: ops}, {team_alias: two words}]
keys: [{key_alias: nightly, team: ops}, {key_alias: night-shift, team: ops}, {key_alias: daily, team: ops}]
users: [{user_id: ada}]
access-groups: [{access_group_name: wide}, {access_group_name: wild}]
policies: [{policy_name: eu, guardrails_add: [g]}]
"""


@pytest.fixture
def world(gwctl: Program, database: Database) -> None:
    gwctl("apply -f - --yes --secrets-to -", stdin=WORLD)
    gwctl("policies new-version eu")
    database.insert("LiteLLM_TeamTable", team_id="red-id", models=[], admins=[], members=[], members_with_roles=[])
    database.insert("LiteLLM_UserTable", user_id="default_user_id", models=[])


CASES = {
    "gwctl keys get nigh": ["night-shift", "nightly"],
    "gwctl keys block nightly d": ["daily"],
    "gwctl teams members add re": ["red-id", "redesign", "research"],
    "gwctl teams get two": [],
    "gwctl teams members add research a": ["ada"],
    "gwctl users delete d": [],
    "gwctl keys create x --team op": ["ops"],
    "gwctl keys list --team op": ["ops"],
    "gwctl keys create x --access-groups wide,wi": ["wide,wide", "wide,wild"],
    "gwctl keys update nightly --add-access-groups wil": ["wild"],
    "gwctl budgets delete standard --replace-with st": ["standard"],
    "gwctl mcp grant x --team re": ["red-id", "redesign", "research"],
    "gwctl policies attach e": ["eu"],
    "gwctl policies attach eu --key n": ["night-shift", "nightly"],
    "gwctl policies resolve --team re": ["red-id", "redesign", "research"],
    "gwctl projects get %": [],
}


def test_names(gwctl: Program, world: None) -> None:
    assert {words: completed(gwctl, words) for words in CASES} == CASES


def test_the_database_that_is_named(gwctl: Program, database: Database, world: None) -> None:
    nowhere = {"GWCTL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    assert completed(gwctl, "gwctl keys get d", **nowhere) == []
    gwctl("contexts set here --url -", stdin=database.url)
    assert completed(gwctl, "gwctl --context here keys get d", **nowhere) == ["daily"]
    assert completed(gwctl, "gwctl --context there keys get d") == []
