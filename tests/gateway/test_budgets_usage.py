"""`budgets usage` says who is over by the very comparison that the gateway makes (tenancy 4.1, 4.2), and writes
nothing. From four fifths of the limit on, one is near."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import SOON, Row, build_tenancy, put, writes_exactly
from gateway.owners import put_owned
from gateway.rows import put_key
from support.database import Database
from support.program import Program

TEN: Row = {"max_budget": 10.0}


def a_key(database: Database, **columns: Any) -> None:
    put_key(database, "sk-nightly-0123456789", **{"key_alias": "the-one", **columns})


def a_user(database: Database, **columns: Any) -> None:
    put(database, "UserTable", user_id="the-one", **columns)


def a_team(database: Database, **columns: Any) -> None:
    put(database, "TeamTable", team_id="t-one", team_alias="the-one", **columns)


def a_member(database: Database, spend: float, **limits: Any) -> None:
    put(database, "UserTable", user_id="the-one", teams=["t-one"])
    put(database, "BudgetTable", budget_id="gold", **limits)
    put_owned(database, "TeamMembership", "gold", user_id="the-one", team_id="t-one", spend=spend)


def _linked(table: str, **identity: str) -> Any:
    def build(database: Database, spend: float, **limits: Any) -> None:
        put(database, "BudgetTable", budget_id="gold", **limits)
        put_owned(database, table, "gold", spend=spend, **identity)

    return build


an_org = _linked("OrganizationTable", organization_id="o-one", organization_alias="the-one")
a_project = _linked("ProjectTable", project_id="p-one", project_alias="the-one")
a_customer = _linked("EndUserTable", user_id="the-one")
a_tag = _linked("TagTable", tag_name="the-one")

STATES: dict[str, tuple[Any, Row, str]] = {  # what is there; its spend and limits; its state
    "key >=": (a_key, {**TEN, "spend": 10.0}, "over"),
    "key, a budget of nothing": (a_key, {"max_budget": 0.0, "spend": 0.0}, "over"),
    "key, near": (a_key, {**TEN, "spend": 8.0}, "near"),
    "key, well below": (a_key, {**TEN, "spend": 7.5}, "ok"),
    "key, more for a while": (
        a_key,
        {
            **TEN, "spend": 12.5,
            "metadata": {"temp_budget_increase": 5, "temp_budget_expiry": "2099-12-31T12:00:00"},
        },
        "near",
    ),
    "key, more for a while that is over": (
        a_key,
        {
            **TEN, "spend": 12.5,
            "metadata": {"temp_budget_increase": 5, "temp_budget_expiry": "2026-01-01T12:00:00"},
        },
        "over",
    ),
    "user >": (a_user, {**TEN, "spend": 10.0}, "near"),
    "user, above": (a_user, {**TEN, "spend": 10.25}, "over"),
    "team >": (a_team, {**TEN, "spend": 10.0}, "near"),
    "team, above": (a_team, {**TEN, "spend": 10.25}, "over"),
    "team member >=": (a_member, {**TEN, "spend": 10.0}, "over"),
    "team member, a budget of nothing": (a_member, {"max_budget": 0.0, "spend": 0.0}, "over"),
    "team member, near": (a_member, {**TEN, "spend": 9.0}, "near"),
    "organisation >=": (an_org, {**TEN, "spend": 10.0}, "over"),
    "organisation, whose 0 is no limit": (an_org, {"max_budget": 0.0, "spend": 5.0}, "ok"),
    "project >": (a_project, {**TEN, "spend": 10.0}, "near"),
    "project, above": (a_project, {**TEN, "spend": 10.25}, "over"),
    "customer >": (a_customer, {**TEN, "spend": 10.0}, "near"),
    "customer, above": (a_customer, {**TEN, "spend": 10.25}, "over"),
    "tag >": (a_tag, {**TEN, "spend": 10.0}, "near"),
    "tag, above": (a_tag, {**TEN, "spend": 10.25}, "over"),
}  # fmt: skip


def usage(gwctl: Program, database: Database, options: str = "") -> list[Row]:
    with writes_exactly(database):
        found: list[Row] = gwctl(f"budgets usage {options} -o json").json
    return found


@pytest.mark.parametrize(("build", "columns", "state"), STATES.values(), ids=STATES)
def test_state(gwctl: Program, database: Database, build: Any, columns: Row, state: str) -> None:
    build(database, **columns)
    [row] = [row for row in usage(gwctl, database) if "the-one" in str(row["name"])]
    assert (row["state"], row["spend"]) == (state, columns["spend"])


def test_a_row(gwctl: Program, database: Database) -> None:
    a_team(database, **TEN, spend=2.5, budget_duration="30d", budget_reset_at=SOON)
    [row] = usage(gwctl, database)
    reset = row.pop("budget_reset_at")
    expected = {
        "kind": "team", "name": "the-one", "spend": 2.5, "max_budget": 10.0, "percent": 25.0, "state": "ok",
    }  # fmt: skip
    assert expected.items() <= row.items()
    assert reset.startswith("2027-03-04T05:06:07")


PRECEDENCE: dict[str, tuple[Row, float]] = {  # what a key has beside its budget row of $10; its limit
    "4.1 the budget row's where it has none": ({"max_budget": None}, 10.0),
    "4.1 its own": ({"max_budget": 40.0}, 40.0),
}


@pytest.mark.parametrize(("columns", "limit"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_precedence(gwctl: Program, database: Database, columns: Row, limit: float) -> None:
    put(database, "BudgetTable", budget_id="gold", **TEN, budget_reset_at=SOON, budget_duration="30d")
    a_key(database, budget_id="gold", spend=5.0, budget_duration=None, budget_reset_at=None, **columns)
    [row] = usage(gwctl, database)
    assert row["max_budget"] == limit
    assert row["percent"] == 500.0 / limit
    assert row["budget_reset_at"].startswith("2027-03-04T05:06:07")  # 5: else the budget row's


def test_customers_without_a_budget_are_on_the_default_of_all(gwctl: Program, database: Database) -> None:
    """4.1"""
    put(database, "BudgetTable", budget_id="for-all", **TEN)
    settings = {"max_end_user_budget_id": "for-all"}
    put(database, "Config", param_name="litellm_settings", param_value=settings)
    put_owned(database, "EndUserTable", None, user_id="the-one", spend=10.25)
    [row] = usage(gwctl, database)
    assert (row["kind"], row["name"], row["max_budget"], row["state"]) == ("customer", "the-one", 10.0, "over")


def test_what_has_no_limit_is_not_listed(gwctl: Program, database: Database) -> None:
    """No limit is NULL."""
    a_user(database, spend=99.0)
    a_team(database, spend=99.0)
    put_owned(database, "EndUserTable", None, user_id="shop", spend=99.0)
    assert usage(gwctl, database) == []


CHOSEN: dict[str, tuple[str, set[str]]] = {
    "those who are over": ("--over", {"over"}),
    "those who are near": ("--near", {"near"}),
    "those of one budget": ("gold", {"of-gold"}),
}


@pytest.mark.parametrize(("options", "names"), CHOSEN.values(), ids=CHOSEN)
def test_choice(gwctl: Program, database: Database, options: str, names: set[str]) -> None:
    put(database, "BudgetTable", budget_id="gold", **TEN)
    put_owned(database, "EndUserTable", "gold", user_id="of-gold", spend=1.0)
    for name, spend in {"over": 11.0, "near": 9.0, "ok": 1.0}.items():
        put(database, "TeamTable", team_id=f"t-{name}", team_alias=name, **TEN, spend=spend)
    assert {row["name"] for row in usage(gwctl, database, options)} == names


def test_no_such_budget(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl("budgets usage nobody", code=3)
