"""`orgs` write these rows (tenancy 1.2, 2.9). An organisation always has a budget row: its own,
made and changed with it, or one with a name that it refers to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import (
    DEFAULT,
    OWN,
    OWN_2,
    Row,
    Step,
    archived,
    build_tenancy,
    changed,
    gone,
    new,
    perhaps,
    put,
    writes_exactly,
)
from gateway.owners import FULL_BUDGET, FULL_LIMITS, OF_ADA, made, put_lab, put_owned, put_people
from gateway.rows import LONG_AGO, UUID, after, either, hash_of, put_grace, put_key, put_mapping
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

CREATED: dict[str, tuple[str, Row, Tables]] = {  # options; columns that differ from a bare organisation's; other tables
    "2.9 nothing given: an empty budget all the same": ("", {}, {"BudgetTable": [new("BudgetTable")]}),
    "2.9 a given id": (
        "--organization-id o-lab", {"organization_id": "o-lab"}, {"BudgetTable": [new("BudgetTable")]},
    ),
    "I-12 limits of its own, with the moment of the reset": (
        FULL_LIMITS, {}, {"BudgetTable": [new("BudgetTable", **FULL_BUDGET)]},
    ),
    "2.9 a budget with a name": ("--budget standard", {"budget_id": "standard"}, {}),
    "1.2 models": (
        "--models gpt-4o,all-proxy-models",
        {"models": ["gpt-4o", "all-proxy-models"]},
        {"BudgetTable": [new("BudgetTable")]},
    ),
    "1.2 limits of models live in metadata": (
        """--model-rpm-limit '{"m": 10}' --model-tpm-limit '{"m": 99}' --metadata owner=ada --metadata floor=7""",
        {"metadata": {"model_rpm_limit": {"m": 10}, "model_tpm_limit": {"m": 99}, "owner": "ada", "floor": "7"}},
        {"BudgetTable": [new("BudgetTable")]},
    ),
    "2.13 object permission, the tools too, at which the gateway fails": (
        """--mcp-servers s-1 --vector-stores v1 --mcp-tool-permissions '{"s-1": ["read"]}'""",
        {"object_permission_id": UUID},
        {
            "BudgetTable": [new("BudgetTable")],
            "ObjectPermissionTable": [
                new(
                    "ObjectPermissionTable", mcp_servers=["s-1"], vector_stores=["v1"],
                    mcp_tool_permissions={"s-1": ["read"]},
                )
            ],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    put(database, "MCPServerTable", server_id="s-1", server_name="tools")
    with writes_exactly(
        database, OrganizationTable=[made("OrganizationTable", organization_alias="lab", **columns)], **others
    ):
        gwctl(f"--actor ann orgs create lab {options}")
    row = database.row("LiteLLM_OrganizationTable", organization_alias="lab")
    assert database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"])


def lab(**columns: Any) -> Tables:
    return {"OrganizationTable": [changed("o-lab", updated_by="ann", **columns)]}


def own(**columns: Any) -> Tables:
    """Its budget row changes in place; its own row may be written along with it."""
    return {"BudgetTable": [changed(OWN_2, **columns)], "OrganizationTable": [perhaps(changed("o-lab"))]}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what it has besides; the options; what is different after
    "2.9 own columns": (
        {}, "--organization-alias lab-2 --models o3,claude", lab(organization_alias="lab-2", models=["o3", "claude"]),
    ),
    "2.9 models, add and remove": ({}, "--add-models o3 --remove-models gpt-4o", lab(models=["o3"])),
    "2.9 models, null is empty, which the gateway cannot": ({}, "--set-null models", lab(models=[])),
    "2.9 metadata is merged by key, and text stays text": (
        {}, "--metadata floor=7 --metadata owner=", lab(metadata={"deep": {"a": 1}, "floor": "7"}),
    ),
    "1.2 limits of a model": (
        {},
        """--model-rpm-limit '{"m": 10}'""",
        lab(metadata={"owner": "ada", "deep": {"a": 1}, "model_rpm_limit": {"m": 10}}),
    ),
    "2.9 limits, in place": (
        {},
        "--max-budget 20 --soft-budget 5 --tpm-limit 1 --rpm-limit 2 --max-parallel-requests 3",
        own(max_budget=20.0, soft_budget=5.0, tpm_limit=1, rpm_limit=2, max_parallel_requests=3),
    ),
    "2.9 limits, null, which the gateway cannot": (
        {}, "--set-null max_budget --set-null tpm_limit", own(max_budget=None, tpm_limit=None),
    ),
    "2.11 period, and its reset moves": (
        {}, "--budget-duration 7d", own(budget_duration="7d", budget_reset_at=after(days=7)),
    ),
    "I-10 period, null clears its reset too": (
        {}, "--set-null budget_duration", own(budget_duration=None, budget_reset_at=None),
    ),
    "2.9 another budget, and its own goes": (
        {}, "--budget standard", {**lab(budget_id="standard"), "BudgetTable": [gone(OWN_2)]},
    ),
    "2.9 from one budget with a name to another": (
        {"budget": "of-free"}, "--budget standard", lab(budget_id="standard"),
    ),
    "2.13 object permission, the first": (
        {},
        "--agents a1",
        {"ObjectPermissionTable": [new("ObjectPermissionTable", agents=["a1"])], **lab(object_permission_id=UUID)},
    ),
    "2.13 object permission, merged in place": (
        {"object_permission_id": "perm"},
        "--vector-stores v2",
        {
            "ObjectPermissionTable": [changed("perm", vector_stores=["v2"])],
            "OrganizationTable": [perhaps(changed("o-lab"))],
        },
    ),
    "2.13 object permission, a shared one is copied": (
        {"object_permission_id": "shared"},
        "--vector-stores v2",
        {
            "ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v2"], agents=["a1"])],
            **lab(object_permission_id=UUID),
        },
    ),
    "what is so already": ({}, "--max-budget 10 --models gpt-4o --budget-duration 30d --metadata owner=ada", {}),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    build_tenancy(database)
    for permission in ("perm", "shared"):
        put(database, "ObjectPermissionTable", object_permission_id=permission, vector_stores=["v1"], agents=["a1"])
    put(database, "TeamTable", team_id="t-other", team_alias="other", object_permission_id="shared")
    put_lab(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann orgs update lab {options} --yes")


def test_its_own_budget_stays_if_another_refers_to_it(gwctl: Program, database: Database) -> None:
    """1.1, 2.9"""
    build_tenancy(database)
    put_lab(database)
    put(database, "EndUserTable", user_id="c-1", budget_id=OWN_2)
    with writes_exactly(database, **lab(budget_id="standard")):
        gwctl("--actor ann orgs update lab --budget standard --yes")


REFERENCES: dict[str, tuple[str, str, Row]] = {  # the budget it has; who else has it
    "a name": ("standard", "", {}),
    "a generated id that a key has too": (OWN_2, "VerificationToken", {"token": "ab" * 32, "models": []}),
    "a generated id that another organisation has too": (
        OWN_2, "OrganizationTable", {"organization_id": "o-2", "organization_alias": "two"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("budget", "table", "other"), REFERENCES.values(), ids=REFERENCES)
def test_a_budget_that_is_not_its_own_is_never_changed_through_it(
    gwctl: Program, database: Database, budget: str, table: str, other: Row
) -> None:
    """2.9, where the gateway changes the linked row, shared or not; the complaint names it."""
    build_tenancy(database)
    put_lab(database, budget)
    if table:
        put(database, table, **other, budget_id=budget)
    with writes_exactly(database):
        complaint = gwctl("--actor ann orgs update lab --max-budget 5 --yes", code=5).stderr
    assert budget in complaint


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.9 create: id taken": ("create x --organization-id o-lab", 4),
    "1.2 create: name taken, though the gateway would take it": ("create lab", 4),
    "2.9 create: negative budget": ("create x --max-budget=-1", 5),
    "2.9 create: negative soft budget": ("create x --soft-budget=-1", 5),
    "I-28 create: negative limit": ("create x --rpm-limit=-1", 5),
    "4.4 create: a period that is none": ("create x --budget-duration soon", 5),
    "2.9 create: no such budget": ("create x --budget nobody", 3),
    "2.9 create: a limit beside a budget, which is ignored there": ("create x --budget standard --rpm-limit 5", {2, 5}),
    "create: once is enough, if asked": ("create lab --max-budget 1 --if-not-exists", 0),
    "create: a rehearsal": ("create x --max-budget 1 --agents a1 --dry-run", 0),
    "2.9 update: no such organisation": ("update nobody --max-budget 1 --yes", 3),
    "2.9 update: negative budget": ("update lab --max-budget=-1 --yes", 5),
    "2.9 update: no such budget": ("update lab --budget nobody --yes", 3),
    "1.2 update: name taken": ("update lab --organization-alias acme --yes", 4),
    "1.2 update: removing the last model would allow all": ("update lab --remove-models gpt-4o --yes", 6),
    "2.9 delete: no such organisation": ("delete nobody --yes", 3),
    "2.9 delete: one of two is missing": ("delete lab nobody --yes", 3),
    "2.9 delete: it has teams, which the gateway drops without a copy": ("delete acme --yes", 4),
    "delete: nobody to ask": ("delete lab", 2),
    "delete: missing, and that is fine": ("delete nobody --ignore-missing --yes", 0),
    "delete: a rehearsal": ("delete lab --dry-run", 0),
}  # fmt: skip


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    with writes_exactly(database):
        gwctl(f"--actor ann orgs {command}", code=code)


NIGHTLY, DIRECT, ELSEWHERE = (f"sk-{name}-0123456789" for name in ("nightly", "direct", "elsewhere"))
BY_FOREIGN_KEY: Row = {"updated_at": either(LONG_AGO, after())}  # left open: does the owner's row count as changed


def build_organisation(database: Database) -> None:
    """Of lab: members, users who name it, and its own rows; beside it, what belongs to acme."""
    build_tenancy(database)
    put(database, "ObjectPermissionTable", object_permission_id="perm", agents=["a1"])
    put_lab(database, object_permission_id="perm")
    put_people(database)
    put(database, "OrganizationMembership", user_id="bob", organization_id="o-acme", budget_id="standard")
    database.execute("""update "LiteLLM_UserTable" set organization_id = 'o-lab' where user_id in ('ada', 'eve')""")
    database.execute("""update "LiteLLM_UserTable" set organization_id = 'o-acme' where user_id = 'bob'""")
    put_key(database, ELSEWHERE, key_alias="elsewhere", organization_id="o-acme", team_id="t-ops")


WITH_IT: Tables = {  # what goes with the organisation whether it has teams and keys or not
    "OrganizationTable": [gone("o-lab")],
    "OrganizationMembership": [gone(user, "o-lab") for user in ("ada", "bob", "cyd")],
    "ObjectPermissionTable": [gone("perm")],
}


def test_delete(gwctl: Program, database: Database) -> None:
    """2.9: with its members, and the rows that were its own."""
    build_organisation(database)
    with writes_exactly(
        database,
        **WITH_IT,
        UserTable=[changed(user, organization_id=None, **BY_FOREIGN_KEY) for user in ("ada", "eve")],
        BudgetTable=[gone(OWN_2), gone(OF_ADA)],
    ):
        gwctl("--actor ann orgs delete lab --yes")


def test_delete_with_teams_and_keys_by_force(gwctl: Program, database: Database) -> None:
    """2.9, 2.7, keys 3.5: as if each team and key had been deleted first, with copies; the gateway makes none, and
    keeps the teams' keys without any limit."""
    build_organisation(database)
    direct = put_key(database, DIRECT, key_alias="direct", organization_id="o-lab", budget_id="standard")
    put_mapping(database, "claim", hash_of(DIRECT))
    put_grace(database, "older", hash_of(DIRECT))
    database.execute("""update "LiteLLM_TeamTable" set organization_id = 'o-lab' where team_id = 't-research'""")
    team = database.row("LiteLLM_TeamTable", team_id="t-research")
    bare = put(database, "TeamTable", team_id="t-bare", team_alias="bare", organization_id="o-lab")
    nightly = put_key(database, NIGHTLY, team_id="t-research", user_id="ada")
    put_owned(database, "ProjectTable", "standard", project_id="p-1", project_alias="apollo", team_id="t-research")
    with writes_exactly(
        database,
        **WITH_IT,
        TeamTable=[gone("t-research"), gone("t-bare")],
        DeletedTeamTable=[archived(team), archived(bare)],
        TeamMembership=[gone(user, "t-research") for user in ("ada", "bob", "cyd")],
        UserTable=[
            changed("ada", teams=[], organization_id=None),
            changed("bob", teams=["t-ops"]),
            changed("cyd", teams=[]),
            changed("dan", teams=[]),
            changed("eve", organization_id=None, **BY_FOREIGN_KEY),
        ],
        ProjectTable=[changed("p-1", team_id=None, **BY_FOREIGN_KEY)],
        VerificationToken=[gone(hash_of(DIRECT)), gone(hash_of(NIGHTLY))],
        DeletedVerificationToken=[archived(direct), archived(nightly)],
        JWTKeyMapping=[gone("j-claim")],
        DeprecatedVerificationToken=[gone("d-older")],
        BudgetTable=[gone(OWN_2), gone(OF_ADA), gone(DEFAULT), gone(OWN)],
    ):
        gwctl("--actor ann orgs delete lab --yes --force")


def test_delete_refuses_where_a_key_names_it(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_lab(database)
    put_key(database, DIRECT, organization_id="o-lab")
    with writes_exactly(database):
        assert "--force" in gwctl("--actor ann orgs delete lab --yes", code=4).stderr


def test_delete_names_the_teams_that_are_in_its_way(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    complaint = gwctl("--actor ann orgs delete acme --yes", code=4).stderr
    assert "gold" in complaint
    assert "--force" in complaint


def test_delete_leaves_a_budget_with_a_name(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    with writes_exactly(database, OrganizationTable=[gone("o-free")]):
        gwctl("--actor ann orgs delete free --yes")
