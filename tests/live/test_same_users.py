"""Users and budgets that gwctl makes have the rows that /user/new and /budget/new make of the same values."""

from __future__ import annotations

import pytest

from live.sides import Body, Deed, Maker, New, Sides, said

pytestmark = pytest.mark.live

NEW_USER = Maker("/user/new", "users", "user_id")
USER: Body = {"user_id": "{word}-user", "auto_create_key": False}
ROLES = ("proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer")

USERS = {
    "id": New(USER),
    "no id": New({"auto_create_key": False, "user_email": "{word}@example.com"}, manifest=False),
    "address, name": New({**USER, "user_email": "Ada.{word}@Example.com", "user_alias": "Ada"}),
    **{f"role {role}": New({**USER, "user_role": role}) for role in ROLES},
    "limits": New({**USER, "max_budget": 12.5, "tpm_limit": 1000, "rpm_limit": 10, "max_parallel_requests": 3}),
    "budget of nothing": New({**USER, "max_budget": 0}),
    **{f"period {text}": New({**USER, "budget_duration": text}) for text in ("1h", "1d", "7d", "30d", "1mo", "1w")},
    "models": New({**USER, "models": ["gpt-4o", "no-default-models"]}),
    "metadata": New({**USER, "metadata": {"owner": "ada", "list": [1, None], "deep": {"a": None}}}),
    "identity provider": New({**USER, "sso_user_id": "{word}-sso"}),
    "cache controls": New({**USER, "allowed_cache_controls": ["no-cache"]}),
}


@pytest.mark.parametrize("case", USERS)
def test_user_is_made(sides: Sides, case: str) -> None:
    found = sides.differ_in_making(NEW_USER, USERS[case])
    assert not found, said(found)


def test_user_is_made_in_teams(sides: Sides) -> None:
    teams = [("/team/new", {"team_id": f"{{word}}-{one}", "team_alias": f"{{word}}-{one}"}) for one in ("a", "b")]
    commands = [
        "users create {word}-user",
        "teams members add {word}-a {word}-user",
        "teams members add {word}-b {word}-user",
    ]
    body = {**USER, "teams": ["{word}-a", "{word}-b"]}
    found = sides.differ(Deed([("/user/new", body)], commands, given=teams))
    assert not found, said(found)


def test_user_without_the_key_that_the_endpoint_adds(sides: Sides) -> None:
    """Unless told otherwise /user/new makes a key too. That is all that gwctl leaves out."""
    found = sides.differ(Deed([("/user/new", {"user_id": "{word}-user"})], ["users create {word}-user"]))
    assert len(found) == 1, said(found)
    assert found[0].startswith("inserted LiteLLM_VerificationToken: 1 rows by the gateway, 0 by gwctl")


NEW_BUDGET = Maker("/budget/new", "budgets", "budget_id")
BUDGET: Body = {"budget_id": "{word}-budget"}

BUDGETS = {
    "id": New(BUDGET),
    "limits": New(
        {**BUDGET, "max_budget": 1.5, "soft_budget": 1, "tpm_limit": 5, "rpm_limit": 6, "max_parallel_requests": 7}
    ),
    "nothing": New({**BUDGET, "max_budget": 0}),
    **{
        f"period {text}": New({**BUDGET, "budget_duration": text})
        for text in ("90s", "45m", "1h", "1d", "7d", "30d", "1w", "1mo", "2mo")
    },
}


@pytest.mark.parametrize("case", BUDGETS)
def test_budget_is_made(sides: Sides, case: str) -> None:
    found = sides.differ_in_making(NEW_BUDGET, BUDGETS[case])
    assert not found, said(found)
