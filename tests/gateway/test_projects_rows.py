"""`projects` write these rows (tenancy 1.8, 2.12, 3). The project's team in these tests, research, has the model
gpt-4o, $40, 500 tokens and 50 requests a minute."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import OWN_2, SOON, Row, Step, build_tenancy, changed, gone, new, perhaps, put, writes_exactly
from gateway.owners import made, put_owned
from gateway.rows import UUID, after, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

EMPTY: Tables = {"BudgetTable": [new("BudgetTable")]}

CREATED: dict[str, tuple[str, Row, Tables]] = {  # options; columns that differ from a bare project's; other tables
    "2.12 nothing given: an empty budget all the same": ("", {}, EMPTY),
    "1.8 own columns": (
        "--project-id p-lab --description 'To the moon' --models gpt-4o --blocked --metadata owner=ada",
        {
            "project_id": "p-lab", "description": "To the moon", "models": ["gpt-4o"], "blocked": True,
            "metadata": {"owner": "ada"},
        },
        EMPTY,
    ),
    "I-12 limits of its own, up to the team's, with the moment of the reset": (
        "--max-budget 40 --soft-budget 5 --tpm-limit 500 --rpm-limit 50 --max-parallel-requests 3"
        """ --budget-duration 30d --model-max-budget '{"gpt-4o": {"max_budget": 1.0}}'""",
        {},
        {
            "BudgetTable": [
                new(
                    "BudgetTable", max_budget=40.0, soft_budget=5.0, tpm_limit=500, rpm_limit=50,
                    max_parallel_requests=3, model_max_budget={"gpt-4o": {"max_budget": 1.0}}, budget_duration="30d",
                    budget_reset_at=after(days=30),
                )
            ]
        },
    ),
    "2.12 a budget with a name": ("--budget standard", {"budget_id": "standard"}, {}),
    "1.8 limits of models, in the columns and in metadata": (
        """--model-rpm-limit '{"gpt-4o": 5}' --model-tpm-limit '{"gpt-4o": 50}'""",
        {
            "model_rpm_limit": {"gpt-4o": 5}, "model_tpm_limit": {"gpt-4o": 50},
            "metadata": {"model_rpm_limit": {"gpt-4o": 5}, "model_tpm_limit": {"gpt-4o": 50}},
        },
        EMPTY,
    ),
    "1.8 tags live in metadata": ("--tags a,b", {"metadata": {"tags": ["a", "b"]}}, EMPTY),
    "2.13 object permission": (
        "--vector-stores v1",
        {"object_permission_id": UUID},
        {**EMPTY, "ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v1"])]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    expected = made("ProjectTable", project_alias="lab", team_id="t-research", **columns)
    with writes_exactly(database, ProjectTable=[expected], **others):
        gwctl(f"--actor ann projects create lab --team research {options}")
    row = database.row("LiteLLM_ProjectTable", project_alias="lab")
    assert database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"])


ANY_MODEL: dict[str, list[str]] = {
    "3 a team without models allows all": [],
    "3 a team with all models allows all": ["all-proxy-models"],
}


@pytest.mark.parametrize("models", ANY_MODEL.values(), ids=ANY_MODEL)
def test_create_with_any_model(gwctl: Program, database: Database, models: list[str]) -> None:
    build_tenancy(database, models=models)
    expected = made("ProjectTable", project_alias="lab", team_id="t-research", models=["claude"])
    with writes_exactly(database, ProjectTable=[expected], **EMPTY):
        gwctl("--actor ann projects create lab --team research --models claude")


def put_apollo(database: Database, budget: str | None = OWN_2, **columns: Any) -> Row:
    """The project apollo of research, with a budget row of its own."""
    had: Row = {
        "project_id": "p-apollo", "project_alias": "apollo", "team_id": "t-research", "models": ["gpt-4o"],
        "description": "To the moon", "metadata": {"owner": "ada"}, "spend": 2.5, "model_spend": {"gpt-4o": 2.5},
    }  # fmt: skip
    limits: Row = {"max_budget": 10.0, "soft_budget": 4.0, "budget_duration": "30d", "budget_reset_at": SOON}
    put(database, "BudgetTable", budget_id=OWN_2, **limits)
    return put_owned(database, "ProjectTable", budget, **{**had, **columns})


def apollo(**columns: Any) -> Tables:
    return {"ProjectTable": [changed("p-apollo", **columns)]}


def own(**columns: Any) -> Tables:
    return {"BudgetTable": [changed(OWN_2, **columns)], "ProjectTable": [perhaps(changed("p-apollo"))]}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what it has besides; the options; what is different after
    "2.12 own columns": (
        {},
        "--project-alias lab --description 'To Mars' --models gpt-4o,o3",
        apollo(project_alias="lab", description="To Mars", models=["gpt-4o", "o3"]),
    ),
    "2.12 own columns, null": ({}, "--set-null description", apollo(description=None)),
    "2.12 metadata is merged by key, where the gateway replaces it": (
        {}, "--metadata tier=gold --tags a", apollo(metadata={"owner": "ada", "tier": "gold", "tags": ["a"]}),
    ),
    "1.8 limits of models, in the column and in metadata": (
        {},
        """--model-rpm-limit '{"o3": 5}'""",
        apollo(model_rpm_limit={"o3": 5}, metadata={"owner": "ada", "model_rpm_limit": {"o3": 5}}),
    ),
    "2.12 limits, in place": ({}, "--max-budget 20 --rpm-limit 5", own(max_budget=20.0, rpm_limit=5)),
    "2.12 limits, null": (
        {}, "--set-null max_budget --set-null budget_duration",
        own(max_budget=None, budget_duration=None, budget_reset_at=None),
    ),
    "2.12 a first limit where the budget row is gone, which the gateway drops": (
        {"budget": None},
        "--max-budget 20",
        {"BudgetTable": [new("BudgetTable", max_budget=20.0)], **apollo(budget_id=UUID)},
    ),
    "2.12 another budget, and its own goes": (
        {}, "--budget standard", {**apollo(budget_id="standard"), "BudgetTable": [gone(OWN_2)]},
    ),
    "2.12 what is so already": ({}, "--max-budget 10 --models gpt-4o --description 'To the moon'", {}),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    build_tenancy(database, models=["gpt-4o", "o3"])
    put_apollo(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann projects update apollo {options} --yes")


@pytest.mark.parametrize(
    ("had", "verb", "action", "now"),
    [(False, "block", "blocked", True), (True, "unblock", "updated", False)],
    ids=["1.8 block", "1.8 unblock"],
)
def test_block(gwctl: Program, database: Database, had: bool, verb: str, action: str, now: bool) -> None:
    build_tenancy(database)
    put_apollo(database, blocked=had)
    with writes_exactly(database, action=action, **apollo(blocked=now)):
        gwctl(f"--actor ann projects {verb} apollo --yes")


def test_delete(gwctl: Program, database: Database) -> None:
    """2.12: with the rows that were its own."""
    build_tenancy(database)
    put(database, "ObjectPermissionTable", object_permission_id="perm", agents=["a1"])
    put_apollo(database, object_permission_id="perm")
    with writes_exactly(
        database,
        ProjectTable=[gone("p-apollo")],
        BudgetTable=[gone(OWN_2)],
        ObjectPermissionTable=[gone("perm")],
    ):
        gwctl("--actor ann projects delete apollo --yes")


def test_delete_leaves_a_budget_with_a_name(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_apollo(database, "standard")
    with writes_exactly(database, ProjectTable=[gone("p-apollo")]):
        gwctl("--actor ann projects delete p-apollo --yes")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.12 create: no team": ("create lab", {2, 5}),
    "2.12 create: no such team": ("create lab --team nobody", 3),
    "2.12 create: id taken": ("create lab --team research --project-id p-apollo", 4),
    "1.8 create: name taken": ("create apollo --team research", 4),
    "3 create: a model that the team has not": ("create lab --team research --models gpt-4o,o3", 6),
    "3 create: budget above the team's": ("create lab --team research --max-budget 40.5", 6),
    "3 create: tokens above the team's": ("create lab --team research --tpm-limit 501", 6),
    "3 create: requests above the team's": ("create lab --team research --rpm-limit 51", 6),
    "3 create: soft budget not below the budget": ("create lab --team research --max-budget 5 --soft-budget 5", 6),
    "2.12 create: negative budget": ("create lab --team research --max-budget=-1", 5),
    "2.12 create: no such budget": ("create lab --team research --budget nobody", 3),
    "2.12 create: a limit beside a budget": ("create lab --team research --budget standard --rpm-limit 5", {2, 5}),
    "create: once is enough, if asked": ("create apollo --team research --if-not-exists", 0),
    "create: a rehearsal": ("create lab --team research --max-budget 1 --dry-run", 0),
    "2.12 update: no such project": ("update nobody --max-budget 1 --yes", 3),
    "3 update: a model that the team has not": ("update apollo --models gpt-4o,o3 --yes", 6),
    "3 update: budget above the team's": ("update apollo --max-budget 40.5 --yes", 6),
    "3 update: requests above the team's": ("update apollo --rpm-limit 51 --yes", 6),
    "3 update: soft budget not below the stored budget": ("update apollo --soft-budget 10 --yes", 6),
    "3 update: budget not above the stored soft budget": ("update apollo --max-budget 4 --yes", 6),
    "2.12 update: negative budget": ("update apollo --max-budget=-1 --yes", 5),
    "2.12 update: a limit of a budget with a name": ("update named --max-budget 5 --yes", 5),
    "1.8 update: removing the last model would allow all": ("update apollo --remove-models gpt-4o --yes", 6),
    "block: no such project": ("block nobody --yes", 3),
    "block: blocked already": ("block shut --yes", 0),
    "2.12 delete: no such project": ("delete nobody --yes", 3),
    "2.12 delete: keys are attached": ("delete named --yes", 4),
    "delete: nobody to ask": ("delete apollo", 2),
    "delete: missing, and that is fine": ("delete nobody --ignore-missing --yes", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    put_apollo(database)
    for name, blocked in {"named": False, "shut": True}.items():
        rest = {"project_alias": name, "team_id": "t-research", "blocked": blocked}
        put_owned(database, "ProjectTable", "standard", project_id=f"p-{name}", **rest)
    put_key(database, team_id="t-research", project_id="p-named")
    with writes_exactly(database):
        gwctl(f"--actor ann projects {command}", code=code)
