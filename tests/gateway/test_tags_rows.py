"""`tags` write these rows (tenancy 1.10, 2.12): the tag's own, its budget's, and those of deployments that bear it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import OWN_2, SOON, Row, Step, build_tenancy, changed, gone, new, perhaps, put, writes_exactly
from gateway.owners import FULL_BUDGET, FULL_LIMITS, made, put_owned
from gateway.rows import UUID, after, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

CREATED: dict[str, tuple[str, Row, Tables]] = {  # options; columns that differ from a bare tag's; other tables
    "2.12 nothing given: no budget row": ("", {}, {}),
    "1.10 own columns": (
        "--description 'By night' --models gpt-4o,o3", {"description": "By night", "models": ["gpt-4o", "o3"]}, {},
    ),
    "I-12 limits of its own, with the moment of the reset": (
        FULL_LIMITS, {"budget_id": UUID}, {"BudgetTable": [new("BudgetTable", **FULL_BUDGET)]},
    ),
    "2.12 a budget with a name": ("--budget standard", {"budget_id": "standard"}, {}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    with writes_exactly(database, TagTable=[made("TagTable", tag_name="batch", **columns)], **others):
        gwctl(f"--actor ann tags create batch {options}")
    row = database.row("LiteLLM_TagTable", tag_name="batch")
    assert row["budget_id"] is None or database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"])


def put_batch(database: Database, budget: str | None = OWN_2, **columns: Any) -> Row:
    """The tag batch, with a budget row of its own."""
    limits: Row = {"max_budget": 10.0, "budget_duration": "30d", "budget_reset_at": SOON}
    put(database, "BudgetTable", budget_id=OWN_2, **limits)
    had: Row = {"description": "By night", "models": ["o3"], "model_info": {"m-1": "o3"}, "spend": 2.5}
    return put_owned(database, "TagTable", budget, tag_name="batch", created_by="root", **{**had, **columns})


def batch(**columns: Any) -> Tables:
    return {"TagTable": [changed("batch", **columns)]}


def own(**columns: Any) -> Tables:
    return {"BudgetTable": [changed(OWN_2, **columns)], "TagTable": [perhaps(changed("batch"))]}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what it has besides; the options; what is different after
    "2.12 what is not given stays, where the gateway empties it": (
        {}, "--description 'By day'", batch(description="By day"),
    ),
    "2.12 null": ({}, "--set-null description", batch(description=None)),
    "2.12 limits, in place": ({}, "--max-budget 20 --rpm-limit 5", own(max_budget=20.0, rpm_limit=5)),
    "2.12 limits, null": (
        {},
        "--set-null max_budget --set-null budget_duration",
        own(max_budget=None, budget_duration=None, budget_reset_at=None),
    ),
    "2.12 a first budget": (
        {"budget": None},
        "--max-budget 5 --budget-duration 7d",
        {
            "BudgetTable": [
                new("BudgetTable", max_budget=5.0, budget_duration="7d", budget_reset_at=after(days=7)),
            ],
            **batch(budget_id=UUID),
        },
    ),
    "2.12 another budget, at which the gateway fails, and its own goes": (
        {}, "--budget standard", {**batch(budget_id="standard"), "BudgetTable": [gone(OWN_2)]},
    ),
    "2.12 what is so already": ({}, "--description 'By night' --max-budget 10", {}),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    build_tenancy(database)
    put_batch(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann tags update batch {options} --yes")


@pytest.mark.parametrize(("options", "spend"), [("", 0.0), ("--to 1.25", 1.25)], ids=["to nothing", "to a sum"])
def test_reset_spend(gwctl: Program, database: Database, options: str, spend: float) -> None:
    """4.5: the reset job never does."""
    build_tenancy(database)
    put_batch(database)
    with writes_exactly(database, **batch(spend=spend)):
        gwctl(f"--actor ann tags reset-spend batch {options} --yes")


@pytest.mark.parametrize(
    ("budget", "tables"),
    [(OWN_2, {"BudgetTable": [gone(OWN_2)]}), ("standard", {})],
    ids=["2.12 with the budget row of its own", "2.12 a budget with a name stays"],
)
def test_delete(gwctl: Program, database: Database, budget: str, tables: Tables) -> None:
    build_tenancy(database)
    put_batch(database, budget)
    with writes_exactly(database, TagTable=[gone("batch")], **tables):
        gwctl("--actor ann tags delete batch --yes")


def put_model(database: Database, model_id: str, model_name: str, **params: Any) -> None:
    put(database, "ProxyModelTable", model_id=model_id, model_name=model_name,
        litellm_params={"model": "openai/x", **params}, model_info={"id": model_id}, created_by="root",
        updated_by="root")  # fmt: skip


def tagged(model_id: str, *tags: str) -> Step:
    params: Row = {"model": "openai/x", **({"tags": list(tags)} if tags else {})}
    return changed(model_id, litellm_params=params)


def test_create_tags_deployments(gwctl: Program, database: Database) -> None:
    """2.12: by id; by name, which is one of a proxy's own file at the gateway, all that bear it."""
    build_tenancy(database)
    put_model(database, "m-1", "gpt-4o")
    put_model(database, "m-2", "o3", tags=["eu"])
    put_model(database, "m-3", "o3", tags=["batch"])
    put_model(database, "m-4", "other")
    row = made("TagTable", tag_name="batch", models=["m-1", "o3", "elsewhere"], model_info={"m-1": "gpt-4o"})
    with writes_exactly(
        database, TagTable=[row], ProxyModelTable=[tagged("m-1", "batch"), tagged("m-2", "eu", "batch")]
    ):
        result = gwctl("--actor ann tags create batch --models m-1,o3,elsewhere")
    assert "the database has no model 'elsewhere' to tag" in result.stderr


def test_update_tags_other_deployments(gwctl: Program, database: Database) -> None:
    """2.12: the gateway leaves them as they are."""
    build_tenancy(database)
    put_batch(database, models=["m-1", "o3"], model_info={"m-1": "gpt-4o"})
    put_model(database, "m-1", "gpt-4o", tags=["batch", "eu"])
    put_model(database, "m-2", "o3", tags=["batch"])
    put_model(database, "m-3", "new")
    models: Row = {"models": ["o3", "m-3"], "model_info": {"m-3": "new"}}
    with writes_exactly(database, ProxyModelTable=[tagged("m-1", "eu"), tagged("m-3", "batch")], **batch(**models)):
        gwctl("--actor ann tags update batch --models o3,m-3")


def test_delete_leaves_no_name_behind(gwctl: Program, database: Database) -> None:
    """2.12: the gateway leaves it on deployments; keys, teams and attachments name it as well."""
    build_tenancy(database)
    put_batch(database, None)
    put_model(database, "m-1", "gpt-4o", tags=["eu", "batch"])
    put_model(database, "m-2", "o3", tags=["batch"])
    key = put_key(database, metadata={"tags": ["batch", "night"], "a": 1})
    for identifier, columns in (("a-1", {"tags": ["batch"]}), ("a-2", {"tags": ["batch", "x"], "teams": ["t"]})):
        put(database, "PolicyAttachmentTable", attachment_id=identifier, policy_name="p", **columns)
    with writes_exactly(
        database,
        TagTable=[gone("batch")],
        ProxyModelTable=[tagged("m-1", "eu"), tagged("m-2")],
        VerificationToken=[changed(key["token"], metadata={"tags": ["night"], "a": 1})],
        PolicyAttachmentTable=[gone("a-1"), changed("a-2", tags=["x"])],
    ):
        result = gwctl("--actor ann tags delete batch --yes")
    assert "bear the tag batch no longer" in result.stderr


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.12 create: name taken": ("create batch", 4),
    "2.12 create: a limit beside a budget": ("create x --budget standard --max-budget 1", {2, 5}),
    "I-28 create: negative budget, which the gateway takes": ("create x --max-budget=-1", 5),
    "2.12 create: no such budget": ("create x --budget nobody", 3),
    "4.4 create: a period that is none": ("create x --budget-duration soon", 5),
    "create: without a name": ("create --description x", 2),
    "create: once is enough, if asked": ("create batch --max-budget 1 --if-not-exists", 0),
    "create: a rehearsal": ("create x --max-budget 1 --dry-run", 0),
    "2.12 update: no such tag": ("update nobody --max-budget 1 --yes", 3),
    "2.12 update: negative budget": ("update batch --max-budget=-1 --yes", 5),
    "2.12 update: a limit of a budget with a name": ("update named --max-budget 1 --yes", 5),
    "reset-spend: no such tag": ("reset-spend nobody --yes", 3),
    "2.12 delete: no such tag": ("delete nobody --yes", 3),
    "2.12 delete: one of two is missing": ("delete batch nobody --yes", 3),
    "delete: nobody to ask": ("delete batch", 2),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    put_batch(database)
    put_owned(database, "TagTable", "standard", tag_name="named")
    with writes_exactly(database):
        gwctl(f"--actor ann tags {command}", code=code)
