"""`customers` write these rows (tenancy 1.10, 2.11). A customer without a budget is on the default of all customers, if
the gateway has one; zero and false can be set, which the gateway's own endpoint drops."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import OWN_2, SOON, Row, Step, build_tenancy, changed, gone, new, perhaps, put, writes_exactly
from gateway.owners import FULL_BUDGET, FULL_LIMITS, made, put_owned
from gateway.rows import UUID, after
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

CREATED: dict[str, tuple[str, Row, Tables]] = {  # options; columns that differ from a bare customer's; other tables
    "2.11 nothing given: no budget row": ("", {}, {}),
    "1.10 own columns": (
        "--alias 'The Shop' --blocked --allowed-model-region eu --default-model gpt-4o",
        {"alias": "The Shop", "blocked": True, "allowed_model_region": "eu", "default_model": "gpt-4o"},
        {},
    ),
    "2.11 limits of its own, with the moment of the reset": (
        FULL_LIMITS, {"budget_id": UUID}, {"BudgetTable": [new("BudgetTable", **FULL_BUDGET)]},
    ),
    "2.11 a budget of nothing": (
        "--max-budget 0", {"budget_id": UUID}, {"BudgetTable": [new("BudgetTable", max_budget=0.0)]},
    ),
    "1.10 a budget with a name": ("--budget standard", {"budget_id": "standard"}, {}),
    "2.13 object permission": (
        "--vector-stores v1",
        {"object_permission_id": UUID},
        {"ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v1"])]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    with writes_exactly(database, EndUserTable=[made("EndUserTable", user_id="shop", **columns)], **others):
        gwctl(f"--actor ann customers create shop {options}")
    row = database.row("LiteLLM_EndUserTable", user_id="shop")
    assert row["budget_id"] is None or database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"])


def put_shop(database: Database, budget: str | None = OWN_2, **columns: Any) -> Row:
    """The customer shop, with a budget row of its own."""
    limits: Row = {"max_budget": 10.0, "budget_duration": "30d", "budget_reset_at": SOON}
    put(database, "BudgetTable", budget_id=OWN_2, **limits)
    had: Row = {"alias": "Shop", "allowed_model_region": "us", "default_model": "o3", "spend": 2.5}
    return put_owned(database, "EndUserTable", budget, user_id="shop", **{**had, **columns})


def shop(**columns: Any) -> Tables:
    return {"EndUserTable": [changed("shop", **columns)]}


def own(**columns: Any) -> Tables:
    return {"BudgetTable": [changed(OWN_2, **columns)]}


def first(**columns: Any) -> Tables:
    return {"BudgetTable": [new("BudgetTable", **columns)], **shop(budget_id=UUID)}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what it has besides; the options; what is different after
    "2.11 own columns": (
        {},
        "--alias Store --allowed-model-region eu --default-model gpt-4o --blocked",
        shop(alias="Store", allowed_model_region="eu", default_model="gpt-4o", blocked=True),
    ),
    "2.11 own columns, null, which the gateway drops": (
        {},
        "--set-null alias --set-null allowed_model_region --set-null default_model",
        shop(alias=None, allowed_model_region=None, default_model=None),
    ),
    "2.11 blocked, false, which the gateway drops": ({"blocked": True}, "--no-blocked", shop(blocked=False)),
    "2.11 limits, in place": ({}, "--max-budget 20 --tpm-limit 5", own(max_budget=20.0, tpm_limit=5)),
    "2.11 limits, zero, which the gateway drops": ({}, "--max-budget 0", own(max_budget=0.0)),
    "2.11 period, and its reset moves": (
        {}, "--budget-duration 7d", own(budget_duration="7d", budget_reset_at=after(days=7)),
    ),
    "I-10 period, null clears its reset too": (
        {}, "--set-null budget_duration", own(budget_duration=None, budget_reset_at=None),
    ),
    "2.11 a first budget, with all its limits": (
        {"budget": None},
        "--max-budget 0 --rpm-limit 5 --budget-duration 1d",
        first(max_budget=0.0, rpm_limit=5, budget_duration="1d", budget_reset_at=after(days=1)),
    ),
    "2.11 another budget, and its own goes": (
        {}, "--budget standard", {**shop(budget_id="standard"), "BudgetTable": [gone(OWN_2)]},
    ),
    "1.10 no budget, which is the default of all": (
        {"budget": "standard"}, "--set-null budget", shop(budget_id=None),
    ),
    "2.13 object permission, merged in place": (
        {"object_permission_id": "perm"},
        "--agents a2",
        {"ObjectPermissionTable": [changed("perm", agents=["a2"])], "EndUserTable": [perhaps(changed("shop"))]},
    ),
    "2.11 what is so already": ({}, "--alias Shop --max-budget 10 --no-blocked", {}),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    build_tenancy(database)
    put(database, "ObjectPermissionTable", object_permission_id="perm", vector_stores=["v1"], agents=["a1"])
    put_shop(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann customers update shop {options} --yes")


VERBS: dict[str, tuple[str, str, Row, Row]] = {
    "2.11 block": ("block shop", "blocked", {}, {"blocked": True}),
    "2.11 unblock, which no endpoint writes": ("unblock shop", "updated", {"blocked": True}, {"blocked": False}),
    "reset-spend": ("reset-spend shop", "updated", {}, {"spend": 0.0}),
    "reset-spend --to": ("reset-spend shop --to 1.25", "updated", {}, {"spend": 1.25}),
}


@pytest.mark.parametrize(("command", "action", "had", "columns"), VERBS.values(), ids=VERBS)
def test_changes_one_column(
    gwctl: Program, database: Database, command: str, action: str, had: Row, columns: Row
) -> None:
    build_tenancy(database)
    put_shop(database, **had)
    with writes_exactly(database, action=action, **shop(**columns)):
        gwctl(f"--actor ann customers {command} --yes")


def test_delete(gwctl: Program, database: Database) -> None:
    """2.11: with the rows that were its own; what others have too stays."""
    build_tenancy(database)
    for permission in ("perm", "shared"):
        put(database, "ObjectPermissionTable", object_permission_id=permission, agents=["a1"])
    put(database, "TeamTable", team_id="t-other", team_alias="other", object_permission_id="shared")
    put_shop(database, object_permission_id="perm")
    put_owned(database, "EndUserTable", "standard", user_id="second", object_permission_id="shared")
    with writes_exactly(
        database,
        EndUserTable=[gone("shop"), gone("second")],
        BudgetTable=[gone(OWN_2)],
        ObjectPermissionTable=[gone("perm")],
    ):
        gwctl("--actor ann customers delete shop second --yes")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.11 create: id taken": ("create shop", 4),
    "2.11 create: limits and a budget": ("create x --max-budget 1 --budget standard", {2, 5}),
    "I-28 create: negative budget, which the gateway takes": ("create x --max-budget=-1", 5),
    "1.10 create: a region that is none": ("create x --allowed-model-region mars", {2, 5}),
    "2.11 create: no such budget": ("create x --budget nobody", 3),
    "4.4 create: a period that is none": ("create x --budget-duration soon", 5),
    "1.10 create: without an id": ("create --alias x", {2, 5}),
    "create: once is enough, if asked": ("create shop --max-budget 1 --if-not-exists", 0),
    "create: a rehearsal": ("create x --max-budget 1 --dry-run", 0),
    "2.11 update: no such customer": ("update nobody --max-budget 1 --yes", 3),
    "2.11 update: negative budget": ("update shop --max-budget=-1 --yes", 5),
    "2.11 update: a limit of a budget with a name, shared or not": ("update named --max-budget 1 --yes", 5),
    "2.11 update: no such budget": ("update shop --budget nobody --yes", 3),
    "2.11 block: no such customer, and none is made": ("block nobody --yes", 3),
    "2.11 unblock: no such customer": ("unblock nobody --yes", 3),
    "unblock: not blocked": ("unblock shop --yes", 0),
    "reset-spend: no such customer": ("reset-spend nobody --yes", 3),
    "reset-spend: nothing spent": ("reset-spend named --yes", 0),
    "2.11 delete: no such customer": ("delete nobody --yes", 3),
    "2.11 delete: one of two is missing": ("delete shop nobody --yes", 3),
    "delete: missing, and that is fine": ("delete nobody --ignore-missing --yes", 0),
    "delete: nobody to ask": ("delete shop", 2),
    "delete: a rehearsal": ("delete shop --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    put_shop(database)
    put_owned(database, "EndUserTable", "standard", user_id="named")
    with writes_exactly(database):
        gwctl(f"--actor ann customers {command}", code=code)
