"""Organisations, projects, customers, tags and people: what their budgets, blocks and model lists do at the door."""

from __future__ import annotations

import pytest

from live.gateway import Gateway
from live.program import LiveProgram
from live.turns import Name, Turn, Turned, assert_answered, take
from support.database import Database

pytestmark = pytest.mark.live

OK = "200"
BLOCKED = "401 auth_error"
OVER = "400 budget_exceeded"
UNKNOWN = "401 token_not_found_in_db"
USER_MODEL = "401 user_model_access_denied"
PROJECT_MODEL = "401 project_model_access_denied"

PLAIN = "keys create {key}"
OF_TEAM = "keys create {key} --team {team}"
OF_ORG = "keys create {key} --org {org}"
OF_PROJECT = "keys create {key} --team {team} --project {project}"
OF_USER = "keys create {key} --user {user}"
OF_MEMBER = "keys create {key} --team {team} --user {user}"

TEAM_OF_ORG = "teams create {team} --org {org}"
PROJECT = "projects create {project} --team {team}"

CUSTOMER = {"user": "{customer}"}
TAG = {"tags": ["{other_tag}", "{tag}"]}


def spent(table: str, column: str, word: str, amount: float) -> str:
    return f"""update "LiteLLM_{table}" set spend = {amount} where {column} = '{{{word}}}'"""


def org(amount: float) -> str:
    return spent("OrganizationTable", "organization_alias", "org", amount)


def project(amount: float) -> str:
    return spent("ProjectTable", "project_alias", "project", amount)


def customer(amount: float) -> str:
    return spent("EndUserTable", "user_id", "customer", amount)


def tag(amount: float) -> str:
    return spent("TagTable", "tag_name", "tag", amount)


def member(amount: float) -> str:
    return spent("TeamMembership", "user_id", "user", amount)


def person(amount: float) -> str:
    return spent("UserTable", "user_id", "user", amount)


ORGS = {
    "plain": Turn(OF_TEAM, OK, before=["orgs create {org}", TEAM_OF_ORG]),
    "spend below the budget": Turn(
        OF_TEAM, OK, spent=org(4.5), before=["orgs create {org} --max-budget 5 --budget-duration 30d", TEAM_OF_ORG]
    ),
    "spend at the budget, set back": Turn(
        OF_TEAM, OVER, "orgs reset-spend {org} --yes", OK, spent=org(5),
        before=["orgs create {org} --max-budget 5", TEAM_OF_ORG],
    ),
    "budget raised": Turn(
        OF_TEAM, OVER, "orgs update {org} --max-budget 50", OK, spent=org(9),
        before=["orgs create {org} --max-budget 5", TEAM_OF_ORG],
    ),
    "budget given later": Turn(
        OF_TEAM, OK, "orgs update {org} --max-budget 5", OVER, spent=org(9), before=["orgs create {org}", TEAM_OF_ORG]
    ),
    "budget lifted": Turn(
        OF_TEAM, OVER, "orgs update {org} --set-null max_budget", OK, spent=org(9),
        before=["orgs create {org} --max-budget 5", TEAM_OF_ORG],
    ),
    "budget of nothing is none": Turn(
        OF_TEAM, OK, spent=org(9), before=["orgs create {org} --max-budget 0", TEAM_OF_ORG]
    ),
    "budget that has a name": Turn(
        OF_TEAM, OVER, "budgets update {budget} --max-budget 50 --yes", OK, spent=org(9),
        before=["budgets create {budget} --max-budget 5", "orgs create {org} --budget {budget}", TEAM_OF_ORG],
    ),
    "key without a team": Turn(
        OF_ORG, OVER, "keys update {key} --set-null org", OK, spent=org(9), before=["orgs create {org} --max-budget 5"]
    ),
    "team leaves, its keys bear the organisation themselves": Turn(
        OF_TEAM, OVER, "teams update {team} --set-null org --yes", OVER, spent=org(9),
        before=["orgs create {org} --max-budget 5", TEAM_OF_ORG],
    ),
    "team joins": Turn(
        OF_TEAM, OK, "teams update {team} --org {org} --yes", OVER, spent=org(9),
        before=["orgs create {org} --max-budget 5", "teams create {team}"],
    ),
    "models are not asked at the door": Turn(
        OF_TEAM, OK, before=["orgs create {org} --models {other}", TEAM_OF_ORG]
    ),
    "budget of a member is not asked": Turn(
        OF_MEMBER, OK, spent=spent("OrganizationMembership", "user_id", "user", 9),
        before=["orgs create {org}", "users create {user}", "orgs members add {org} {user} --max-budget 5", TEAM_OF_ORG,
                "teams members add {team} {user}"],
    ),
    "deleted": Turn(
        OF_TEAM, OK, "orgs delete {org} --yes --force", UNKNOWN, before=["orgs create {org}", TEAM_OF_ORG]
    ),
}  # fmt: skip

PROJECTS = {
    "plain": Turn(OF_PROJECT, OK, before=["teams create {team}", PROJECT]),
    "blocked": Turn(
        OF_PROJECT, BLOCKED, "projects unblock {project} --yes", OK,
        before=["teams create {team}", PROJECT + " --blocked"],
    ),
    "unblocked": Turn(
        OF_PROJECT, OK, "projects block {project} --yes", BLOCKED, before=["teams create {team}", PROJECT]
    ),
    "outside its models": Turn(
        OF_PROJECT, PROJECT_MODEL, "projects update {project} --models {one},{other}", OK,
        before=["teams create {team}", PROJECT + " --models {other}"],
    ),
    "models changed": Turn(
        OF_PROJECT, OK, "projects update {project} --models {other}", PROJECT_MODEL,
        before=["teams create {team}", PROJECT + " --models {one}"],
    ),
    "spend at the budget": Turn(
        OF_PROJECT, OK, spent=project(5), before=["teams create {team}", PROJECT + " --max-budget 5"]
    ),
    "spend above the budget, raised": Turn(
        OF_PROJECT, OVER, "projects update {project} --max-budget 50", OK, spent=project(5.01),
        before=["teams create {team}", PROJECT + " --max-budget 5"],
    ),
    "budget given later": Turn(
        OF_PROJECT, OK, "projects update {project} --max-budget 5", OVER, spent=project(9),
        before=["teams create {team}", PROJECT],
    ),
}  # fmt: skip

CUSTOMERS = {
    "plain": Turn(PLAIN, OK, sent=CUSTOMER, before=["customers create {customer}"]),
    "spend at the budget": Turn(
        PLAIN, OK, sent=CUSTOMER, spent=customer(5), before=["customers create {customer} --max-budget 5"]
    ),
    "spend above the budget, set back": Turn(
        PLAIN, OVER, "customers reset-spend {customer} --yes", OK, sent=CUSTOMER, spent=customer(5.01),
        before=["customers create {customer} --max-budget 5"],
    ),
    "budget raised": Turn(
        PLAIN, OVER, "customers update {customer} --max-budget 50", OK, sent=CUSTOMER, spent=customer(9),
        before=["customers create {customer} --max-budget 5"],
    ),
    "budget given later": Turn(
        PLAIN, OK, "customers update {customer} --max-budget 5", OVER, sent=CUSTOMER, spent=customer(9),
        before=["customers create {customer}"],
    ),
    "budget that has a name": Turn(
        PLAIN, OVER, "customers update {customer} --set-null budget", OK, sent=CUSTOMER, spent=customer(9),
        before=["budgets create {budget} --max-budget 5", "customers create {customer} --budget {budget}"],
    ),
    "another customer": Turn(
        PLAIN, OK, sent={"user": "{somebody}"}, spent=customer(9), before=["customers create {customer} --max-budget 5"]
    ),
    "deleted": Turn(
        PLAIN, OVER, "customers delete {customer} --yes", OK, sent=CUSTOMER, spent=customer(9),
        before=["customers create {customer} --max-budget 5"],
    ),
    "blocked, which the proxy alone does not ask": Turn(
        PLAIN, OK, "customers unblock {customer} --yes", OK, sent=CUSTOMER,
        before=["customers create {customer} --blocked"],
    ),
}  # fmt: skip

TAGS = {
    "plain": Turn(PLAIN, OK, sent=TAG, before=["tags create {tag}"]),
    "spend at the budget": Turn(PLAIN, OK, sent=TAG, spent=tag(5), before=["tags create {tag} --max-budget 5"]),
    "spend above the budget, set back": Turn(
        PLAIN, OVER, "tags reset-spend {tag} --yes", OK, sent=TAG, spent=tag(5.01),
        before=["tags create {tag} --max-budget 5"],
    ),
    "budget raised": Turn(
        PLAIN, OVER, "tags update {tag} --max-budget 50", OK, sent={"metadata": {"tags": ["{tag}"]}}, spent=tag(9),
        before=["tags create {tag} --max-budget 5"],
    ),
    "budget given later": Turn(
        PLAIN, OK, "tags update {tag} --max-budget 5", OVER, sent=TAG, spent=tag(9), before=["tags create {tag}"]
    ),
    "budget that has a name": Turn(
        PLAIN, OVER, "tags update {tag} --set-null budget", OK, sent=TAG, spent=tag(9),
        before=["budgets create {budget} --max-budget 5", "tags create {tag} --budget {budget}"],
    ),
    "deleted": Turn(
        PLAIN, OVER, "tags delete {tag} --yes", OK, sent=TAG, spent=tag(9), before=["tags create {tag} --max-budget 5"]
    ),
    "models are not asked, but by a proxy that routes by tags": Turn(
        PLAIN, OK, sent=TAG, before=["tags create {tag} --models {other}"]
    ),
    "tags of the key are not asked": Turn(
        PLAIN + " --tags {tag}", OK, spent=tag(9), before=["tags create {tag} --max-budget 5"]
    ),
}  # fmt: skip

PEOPLE = {
    "models": Turn(
        OF_USER, USER_MODEL, "users update {user} --models {one},{other}", OK,
        before=["users create {user} --models {other}"],
    ),
    "models changed": Turn(
        OF_USER, OK, "users update {user} --models {other}", USER_MODEL, before=["users create {user} --models {one}"]
    ),
    "models, key of a team": Turn(
        OF_MEMBER, OK,
        before=["users create {user} --models {other}", "teams create {team}", "teams members add {team} {user}"],
    ),
    "budget of nothing": Turn(
        OF_USER, OVER, "users update {user} --max-budget 5", OK, spent=person(0.01),
        before=["users create {user} --max-budget 0"],
    ),
    "budget raised": Turn(
        OF_USER, OVER, "users update {user} --max-budget 50", OK, spent=person(9),
        before=["users create {user} --max-budget 5"],
    ),
    "spend set back": Turn(
        OF_USER, OVER, "users reset-spend {user} --yes", OK, spent=person(9),
        before=["users create {user} --max-budget 5"],
    ),
    "member over, raised": Turn(
        OF_MEMBER, OVER, "teams members update {team} {user} --max-budget 50", OK, spent=member(9),
        before=["users create {user}", "teams create {team}", "teams members add {team} {user} --max-budget 5"],
    ),
    "member over, lifted": Turn(
        OF_MEMBER, OVER, "teams members update {team} {user} --set-null max_budget", OK, spent=member(9),
        before=["users create {user}", "teams create {team}", "teams members add {team} {user} --max-budget 5"],
    ),
    "every member over, raised": Turn(
        OF_MEMBER, OVER, "teams update {team} --team-member-budget 50", OK, spent=member(9),
        before=["users create {user}", "teams create {team} --team-member-budget 5", "teams members add {team} {user}"],
    ),
}  # fmt: skip

CASES = {
    f"{kind}, {case}": turn
    for kind, turns in {
        "organisation": ORGS, "project": PROJECTS, "customer": CUSTOMERS, "tag": TAGS, "person": PEOPLE
    }.items()
    for case, turn in turns.items()
}  # fmt: skip


@pytest.fixture(scope="module")
def turned(live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name) -> dict[str, Turned]:
    return take(CASES, live_gateway, live, live_database, name)


@pytest.mark.parametrize("case", CASES)
def test_request_is_answered(turned: dict[str, Turned], case: str) -> None:
    assert_answered(turned[case], CASES[case])
