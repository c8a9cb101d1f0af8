"""Keys of teams: the team's state, models and budget, its members' budgets, and their owners' own."""

from __future__ import annotations

import pytest

from live.gateway import Gateway
from live.program import LiveProgram
from live.turns import Name, Turn, Turned, assert_answered, take
from support.database import Database

pytestmark = pytest.mark.live

OK = "200"
BLOCKED = "401 auth_error"
UNKNOWN = "401 token_not_found_in_db"
OVER = "400 budget_exceeded"
KEY_MODEL = "401 key_model_access_denied"
TEAM_MODEL = "401 team_model_access_denied"

OF_TEAM = "keys create {key} --team {team}"
OF_MEMBER = "keys create {key} --team {team} --user {user}"
OF_USER = "keys create {key} --user {user}"

TEAM_SPENT = """update "LiteLLM_TeamTable" set spend = {amount} where team_alias = '{{team}}'"""
USER_SPENT = """update "LiteLLM_UserTable" set spend = {amount} where user_id = '{{user}}'"""
MEMBER_SPENT = """update "LiteLLM_TeamMembership" set spend = {amount} where user_id = '{{user}}'"""

TURNS = {
    "plain": Turn(OF_TEAM, OK, before=["teams create {team}"]),
    "blocked": Turn(OF_TEAM, BLOCKED, "teams unblock {team} --yes", OK, before=["teams create {team} --blocked"]),
    "unblocked": Turn(OF_TEAM, OK, "teams block {team} --yes", BLOCKED, before=["teams create {team}"]),
    "deleted": Turn(OF_TEAM, OK, "teams delete {team} --yes", UNKNOWN, before=["teams create {team}"]),
    "outside its team's models": Turn(
        OF_TEAM, TEAM_MODEL, "teams models add {team} {one} --yes", OK, before=["teams create {team} --models {other}"]
    ),
    "model taken from its team": Turn(
        OF_TEAM, OK, "teams models remove {team} {one} --yes", TEAM_MODEL,
        before=["teams create {team} --models {one},{other}"],
    ),
    "outside its own models, inside the team's": Turn(
        OF_TEAM + " --models {other}", KEY_MODEL, before=["teams create {team} --models {one},{other}"]
    ),
    "all of the team's models": Turn(
        OF_TEAM + " --models all-team-models", OK, before=["teams create {team} --models {one}"]
    ),
    "all of the team's models, others": Turn(
        OF_TEAM + " --models all-team-models", TEAM_MODEL, before=["teams create {team} --models {other}"]
    ),
    "access group of the team": Turn(
        OF_TEAM, OK,
        before=[
            "access-groups create {group} --access-model-names {one}",
            "teams create {team} --models {other} --access-groups {group}",
        ],
    ),
    "model alias of the team": Turn(
        OF_TEAM, OK, model="swift",
        before=["""teams create {team} --models {one} --model-aliases '{{"swift": "{one}"}}'"""],
    ),
    "model alias taken away": Turn(
        OF_TEAM, OK, "teams update {team} --set-null model_aliases", TEAM_MODEL, model="swift",
        before=["""teams create {team} --models {one} --model-aliases '{{"swift": "{one}"}}'"""],
    ),
    "moved into a team": Turn(
        "keys create {key} --models {one}", OK, "keys update {key} --team {team}", BLOCKED,
        before=["teams create {team} --models {one} --blocked"],
    ),
    "moved out of a team": Turn(
        OF_TEAM, BLOCKED, "keys update {key} --set-null team", OK, before=["teams create {team} --blocked"]
    ),
    "team's spend at its budget": Turn(
        OF_TEAM, OK, spent=TEAM_SPENT.format(amount=5),
        before=["teams create {team} --max-budget 5 --budget-duration 30d"],
    ),
    "team's spend above its budget": Turn(
        OF_TEAM, OK, sql=TEAM_SPENT.format(amount=5.01), then=OVER,
        before=["teams create {team} --max-budget 5 --budget-duration 30d"],
    ),
    "team's spend set back": Turn(
        OF_TEAM, OK, "teams reset-spend {team} --yes", OK, sql=TEAM_SPENT.format(amount=9),
        before=["teams create {team} --max-budget 5"],
    ),
    "team's soft budget passed": Turn(
        OF_TEAM, OK, sql=TEAM_SPENT.format(amount=3), then=OK,
        before=["teams create {team} --soft-budget 2 --max-budget 5"],
    ),
    "member's spend at the budget": Turn(
        OF_MEMBER, OK, sql=MEMBER_SPENT.format(amount=5), then=OVER,
        before=["users create {user}", "teams create {team}", "teams members add {team} {user} --max-budget 5"],
    ),
    "member's spend below the budget": Turn(
        OF_MEMBER, OK, sql=MEMBER_SPENT.format(amount=4.5), then=OK,
        before=["users create {user}", "teams create {team}", "teams members add {team} {user} --max-budget 5"],
    ),
    "member's budget raised": Turn(
        OF_MEMBER, OK, "teams members update {team} {user} --max-budget 50", OK, sql=MEMBER_SPENT.format(amount=9),
        before=["users create {user}", "teams create {team}", "teams members add {team} {user} --max-budget 5"],
    ),
    "budget of every member": Turn(
        OF_MEMBER, OK, sql=MEMBER_SPENT.format(amount=5), then=OVER,
        before=[
            "users create {user}",
            "teams create {team} --team-member-budget 5 --team-member-budget-duration 30d",
            "teams members add {team} {user}",
        ],
    ),
    "budget of every member, given later": Turn(
        OF_MEMBER, OK, "teams update {team} --team-member-budget 0", OVER,
        before=["users create {user}", "teams create {team}", "teams members add {team} {user}"],
    ),
    "member made by the team": Turn(
        OF_MEMBER, OK, sql=MEMBER_SPENT.format(amount=5), then=OVER,
        before=["teams create {team}", "teams members add {team} {user} --role admin --max-budget 5"],
    ),
    "member taken out": Turn(
        OF_MEMBER, OK, "teams members remove {team} {user} --yes", UNKNOWN,
        before=["users create {user}", "teams create {team}", "teams members add {team} {user}"],
    ),
    "user's spend at the budget": Turn(
        OF_USER, OK, spent=USER_SPENT.format(amount=5), before=["users create {user} --max-budget 5"]
    ),
    "user's spend above the budget": Turn(
        OF_USER, OK, sql=USER_SPENT.format(amount=5.01), then=OVER, before=["users create {user} --max-budget 5"]
    ),
    "user's spend set back": Turn(
        OF_USER, OK, "users reset-spend {user} --yes", OK, sql=USER_SPENT.format(amount=9),
        before=["users create {user} --max-budget 5"],
    ),
    "user's spend above the budget, key of a team": Turn(
        OF_MEMBER, OK, sql=USER_SPENT.format(amount=9), then=OK,
        before=["users create {user} --max-budget 5", "teams create {team}", "teams members add {team} {user}"],
    ),
    "user deleted": Turn(OF_USER, OK, "users delete {user} --yes", UNKNOWN, before=["users create {user}"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def turned(live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name) -> dict[str, Turned]:
    return take(TURNS, live_gateway, live, live_database, name)


@pytest.mark.parametrize("case", TURNS)
def test_key_is_answered(turned: dict[str, Turned], case: str) -> None:
    assert_answered(turned[case], TURNS[case])
