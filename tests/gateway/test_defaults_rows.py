"""What the proxy gives new teams and users that say nothing (tenancy 2.1, 2.5, 2.10), out of a context or the database,
and changes of all users at once (2.5 `all_users`, 2.10 bulk_update)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.literals import Row, build_tenancy, changed, member, minted, new, put, writes_exactly
from gateway.rows import NEXT_MIDNIGHT, NEXT_MONTH, after
from support.database import Database
from support.program import Program

Run = Callable[..., Any]

TEAM = (
    '{"max_budget": 50, "budget_duration": "1d", "tpm_limit": 9,'
    ' "team_member_permissions": ["/key/list"], "models": []}'
)
GIVEN: Row = {
    "max_budget": 50, "budget_duration": "1d", "budget_reset_at": NEXT_MIDNIGHT, "tpm_limit": 9,
    "team_member_permissions": ["/key/list"],
}  # fmt: skip
USER = '{"user_role": "internal_user_viewer", "max_budget": 7, "budget_duration": "30d", "models": ["o3"]}'
GIVEN_USER: Row = {
    "user_role": "internal_user_viewer", "max_budget": 7, "budget_duration": "30d", "budget_reset_at": NEXT_MONTH,
    "models": ["o3"],
}  # fmt: skip


@pytest.fixture(params=["of a context", "in the database"])
def proxy(request: pytest.FixtureRequest, gwctl: Program, database: Database) -> Callable[[str, str], Run]:
    """The program beside a proxy that gives new things what a JSON text says."""
    build_tenancy(database)

    def of_context(name: str, text: str) -> Run:
        text = text.replace(', "models": []}', "}")  # what the endpoint never gives, the context does not take
        gwctl(f"contexts set other --url {database.url} --{name.replace('_', '-')} '{text}'")
        return lambda command, **how: gwctl(f"--actor ann --context other {command}", **how)

    def of_database(name: str, text: str) -> Run:
        for section, value in {"general_settings": '{"store_model_in_db": true}',
                               "litellm_settings": f'{{"{name}": {text}}}'}.items():  # fmt: skip
            database.execute('insert into "LiteLLM_Config" (param_name, param_value) values (%s, %s)', section, value)
        return lambda command, **how: gwctl(f"--actor ann {command}", **how)

    return of_context if request.param == "of a context" else of_database


def test_a_new_team_gets_them(proxy: Callable[[str, str], Run], database: Database) -> None:
    """`models` is not among what /team/new gives; a member budget takes its period from the team."""
    run = proxy("default_team_params", TEAM)
    with writes_exactly(database, TeamTable=[new("TeamTable", team_alias="silent", **GIVEN)]):
        run("teams create silent")
    spoken = {**GIVEN, "max_budget": 5, "tpm_limit": 0}
    metadata = {"team_member_budget_id": minted("team-loud-budget-")}
    budget = {"max_budget": 1, "budget_duration": "1d", "budget_reset_at": after(days=1)}
    with writes_exactly(
        database,
        TeamTable=[new("TeamTable", team_alias="loud", metadata=metadata, **spoken)],
        BudgetTable=[new("BudgetTable", **{**budget, "budget_id": minted("team-loud-budget-")})],
    ):
        run("teams create loud --max-budget 5 --tpm-limit 0 --team-member-budget 1")


def test_null_is_no_silence(proxy: Callable[[str, str], Run], database: Database) -> None:
    """What a manifest clears stays empty, or a second apply would clear it; what it leaves out is no difference."""
    run = proxy("default_team_params", TEAM)
    entry = "teams: [{team_alias: quiet, max_budget: null, budget_duration: null}]"
    rest = {name: GIVEN[name] for name in ("tpm_limit", "team_member_permissions")}
    with writes_exactly(database, TeamTable=[new("TeamTable", team_alias="quiet", **rest)]):
        run("apply -f - --yes", stdin=entry)
    with writes_exactly(database):
        run("apply -f - --yes", stdin=entry)


def test_a_new_user_gets_them(proxy: Callable[[str, str], Run], database: Database) -> None:
    """Administrators get nothing, and what is said stands."""
    run = proxy("default_internal_user_params", USER)
    with writes_exactly(database, UserTable=[new("UserTable", user_id="zed", **GIVEN_USER)]):
        run("users create zed")
    said = {**GIVEN_USER, "user_role": "internal_user", "models": ["gpt-4o"]}
    with writes_exactly(database, UserTable=[new("UserTable", user_id="yan", **said)]):
        run("users create yan --user-role internal_user --models gpt-4o")
    with writes_exactly(database, UserTable=[new("UserTable", user_id="root", user_role="proxy_admin")]):
        run("users create root --user-role proxy_admin")


def test_a_new_user_joins_the_teams_that_are_there(proxy: Callable[[str, str], Run], database: Database) -> None:
    """Each entry is an id or an object with one; the endpoint swallows what goes wrong with a team."""
    put(database, "TeamTable", team_id="t-new", team_alias="fresh")
    run = proxy("default_internal_user_params", '{"teams": ["t-new", {"team_id": "t-gone", "max_budget": 5}]}')
    with writes_exactly(
        database,
        UserTable=[new("UserTable", user_id="zed", teams=["t-new"])],
        TeamTable=[changed("t-new", members_with_roles=[member("zed")])],
    ):
        assert "t-gone" in run("users create zed").stderr


def test_who_is_made_by_becoming_a_member_gets_limits(proxy: Callable[[str, str], Run], database: Database) -> None:
    """2.5, with a reset that the endpoint forgets (I-11); the role is always the same."""
    put(database, "TeamTable", team_id="t-new", team_alias="fresh")
    run = proxy("default_internal_user_params", USER)
    given = {**GIVEN_USER, "user_role": "internal_user", "teams": ["t-new"]}
    with writes_exactly(
        database,
        UserTable=[new("UserTable", user_id="zed", **given)],
        TeamTable=[changed("t-new", members_with_roles=[member("zed")])],
    ):
        run("teams members add fresh zed")


SILENT: dict[str, tuple[Any, Any]] = {
    "the proxy does not read its settings here": ({}, {"default_team_params": {"max_budget": 1}}),
    "it is said not to": ({"store_model_in_db": False}, {"default_team_params": {"max_budget": 1}}),
    "null": ({"store_model_in_db": True}, {"default_team_params": None}),
    "other settings": ({"store_model_in_db": True}, {"drop_params": True}),
}


@pytest.mark.parametrize(("general", "litellm"), SILENT.values(), ids=SILENT)
def test_a_silent_database(gwctl: Program, database: Database, general: Any, litellm: Any) -> None:
    build_tenancy(database)
    for name, value in {"general_settings": general, "litellm_settings": litellm}.items():
        database.insert("LiteLLM_Config", param_name=name, param_value=value)
    with writes_exactly(database, TeamTable=[new("TeamTable", team_alias="silent")]):
        gwctl("--actor ann teams create silent")


WRONG = {
    '--default-team-params \'{"models": ["m"]}\'': 'unknown key "models"',
    '--default-team-params \'{"tpm_limit": "9"}\'': "a whole number from 0 on",
    '--default-internal-user-params \'{"budget_duration": "soon"}\'': "soon",
}


@pytest.mark.parametrize(("option", "said"), WRONG.items())
def test_a_context_is_judged(gwctl: Program, database: Database, option: str, said: str) -> None:
    assert said in gwctl(f"contexts set other --url {database.url} {option}", code=5).stderr


def people(database: Database) -> None:
    for name in ("uma", "yan", "zed", "default_user_id"):
        put(database, "UserTable", user_id=name, max_budget=3.0, tpm_limit=5)
    put(database, "TeamTable", team_id="t-new", team_alias="fresh")


def test_all_users_are_changed_at_once(gwctl: Program, database: Database) -> None:
    """bulk_update with all_users, in one change set; the proxy's own rows are left out."""
    people(database)
    each = [changed(name, max_budget=9.0, budget_duration="1d", budget_reset_at=NEXT_MIDNIGHT, tpm_limit=None)
            for name in ("uma", "yan", "zed")]  # fmt: skip
    command = "users update --all --max-budget 9 --budget-duration 1d --set-null tpm_limit"
    with writes_exactly(database):
        gwctl(f"--actor ann {command}", code=2)
        assert gwctl(f"--actor ann {command} --dry-run -o json").json["summary"]["update"] == 3
    with writes_exactly(database, UserTable=each):
        gwctl(f"--actor ann {command} --yes")
    assert len({row["id"] for row in database.rows("gwctl.change_set")}) == 1
    with writes_exactly(database):
        gwctl("users update uma --all --max-budget 9 --yes", code=2)
        gwctl("users update --max-budget 9 --yes", code=2)


def test_all_users_join_a_team(gwctl: Program, database: Database) -> None:
    """member_add in bulk with all_users: those that a list names, in one transaction."""
    people(database)
    names = gwctl("users list --all -o name").stdout
    with writes_exactly(
        database,
        UserTable=[changed(name, teams=["t-new"]) for name in ("uma", "yan", "zed")],
        TeamTable=[changed("t-new", members_with_roles=[member(name) for name in ("uma", "yan", "zed")])],
    ):
        gwctl("--actor ann teams members add fresh -", stdin=names)
