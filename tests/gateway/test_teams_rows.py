"""Teams: `create`, `update`, `block`, `models` and `reset-spend` write these rows. Ids name the section of the tenancy
reference that says so; where gwctl does better than the gateway, the id says what."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import (
    DEFAULT,
    Row,
    Step,
    build_tenancy,
    changed,
    in_any_order,
    member,
    minted,
    new,
    perhaps,
    put,
    writes_exactly,
)
from gateway.rows import NEXT_MIDNIGHT, NEXT_MONDAY, NEXT_MONTH, UUID, after, either, moment
from support.database import Database
from support.program import Program
from support.values import JSON_NULL

Tables = dict[str, list[Step]]

LAB = minted("team-lab-budget-")
POINTER = {"team_member_budget_id": LAB}

CREATED: dict[str, tuple[str, Row, Tables]] = {  # options; columns that differ from a bare team's; other tables
    "2.1 nothing given: nobody is a member": ("", {}, {}),
    "2.1 a given id": ("--team-id t-lab", {"team_id": "t-lab"}, {}),
    "1.4 own columns": (
        "--max-budget 50.5 --soft-budget 20 --tpm-limit 9000000000 --rpm-limit 10 --models gpt-4o,'openai/*'"
        """ --team-member-permissions /key/info,/key/list --router-settings '{"num_retries": 3}' --blocked""",
        {
            "max_budget": 50.5, "soft_budget": 20.0, "tpm_limit": 9_000_000_000, "rpm_limit": 10,
            "models": ["gpt-4o", "openai/*"], "team_member_permissions": ["/key/info", "/key/list"],
            "router_settings": {"num_retries": 3}, "blocked": True,
        },
        {},
    ),
    "4.4 resets at midnight": ("--budget-duration 1d", {"budget_duration": "1d", "budget_reset_at": NEXT_MIDNIGHT}, {}),
    "4.4 resets on Monday": ("--budget-duration 7d", {"budget_duration": "7d", "budget_reset_at": NEXT_MONDAY}, {}),
    "4.4 resets on the 1st": ("--budget-duration 30d", {"budget_duration": "30d", "budget_reset_at": NEXT_MONTH}, {}),
    "2.2 fields that live in metadata, policies too": (
        """--model-rpm-limit '{"gpt-4o": 5}' --soft-budget-alerting-emails a@x.org --policies eu
           --metadata owner=ada""",
        {
            "metadata": {
                "model_rpm_limit": {"gpt-4o": 5}, "soft_budget_alerting_emails": ["a@x.org"], "policies": ["eu"],
                "owner": "ada",
            },
        },
        {},
    ),
    "1.6 aliases": (
        """--model-aliases '{"fast": "gpt-4o"}'""",
        {"model_id": 1},
        {"ModelTable": [new("ModelTable", aliases={"fast": "gpt-4o"})]},
    ),
    "2.1 aliases, even none": (
        "--model-aliases '{}'", {"model_id": 1}, {"ModelTable": [new("ModelTable", aliases={})]},
    ),
    "2.13 object permission": (
        """--vector-stores v1,v2 --agents a1""",
        {"object_permission_id": UUID},
        {"ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v1", "v2"], agents=["a1"])]},
    ),
    "2.3 member budget, with the team's period": (
        "--team-member-budget 10 --team-member-tpm-limit 500 --team-member-rpm-limit 5 --budget-duration 30d",
        {"metadata": POINTER, "budget_duration": "30d", "budget_reset_at": NEXT_MONTH},
        {
            "BudgetTable": [
                new(
                    "BudgetTable", budget_id=LAB, max_budget=10.0, tpm_limit=500, rpm_limit=5, budget_duration="30d",
                    budget_reset_at=after(days=30),
                )
            ]
        },
    ),
    "2.3 member limits alone, without a period": (
        "--team-member-rpm-limit 5 --metadata owner=ada",
        {"metadata": {**POINTER, "owner": "ada"}},
        {"BudgetTable": [new("BudgetTable", budget_id=LAB, rpm_limit=5)]},
    ),
    "2.4 access groups, both sides": (
        "--team-id t-lab --access-groups tools",
        {"team_id": "t-lab", "access_group_ids": ["g-tools"]},
        {"AccessGroupTable": [changed("g-tools", assigned_team_ids=["t-ops", "t-lab"])]},
    ),
    "3 models of its organisation": (
        "--org acme --models gpt-4o,o3", {"organization_id": "o-acme", "models": ["gpt-4o", "o3"]}, {},
    ),
    "3 no models is no conflict with an organisation": ("--org o-acme", {"organization_id": "o-acme"}, {}),
    "3 an organisation without models allows all": (
        "--org free --models claude", {"organization_id": "o-free", "models": ["claude"]}, {},
    ),
    "3 guaranteed, up to the organisation's limit": (
        """--org acme --models gpt-4o --model-rpm-limit '{"gpt-4o": 20}' --rpm-limit-type guaranteed_throughput""",
        {
            "organization_id": "o-acme", "models": ["gpt-4o"],
            "metadata": {"model_rpm_limit": {"gpt-4o": 20}, "rpm_limit_type": "guaranteed_throughput"},
        },
        {},
    ),
    "3 best effort is not added up": (
        """--org acme --models gpt-4o --model-rpm-limit '{"gpt-4o": 90}' --rpm-limit-type best_effort_throughput""",
        {
            "organization_id": "o-acme", "models": ["gpt-4o"],
            "metadata": {"model_rpm_limit": {"gpt-4o": 90}, "rpm_limit_type": "best_effort_throughput"},
        },
        {},
    ),
}  # fmt: skip


def put_groups(database: Database, **teams: list[str]) -> None:
    for name, ids in teams.items():
        group = {"access_group_id": f"g-{name}", "access_group_name": name, "access_model_names": ["gpt-4o"]}
        put(database, "AccessGroupTable", **group, assigned_team_ids=ids, assigned_key_ids=[])


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    put_groups(database, tools=["t-ops"])
    with writes_exactly(database, TeamTable=[new("TeamTable", team_alias="lab", **columns)], **others):
        gwctl(f"--actor ann teams create lab {options}")
    made = database.row("LiteLLM_TeamTable", team_alias="lab")
    for pointer in {"team_member_budget_id"} & made["metadata"].keys():  # the one link that no foreign key guards
        assert database.row("LiteLLM_BudgetTable", budget_id=made["metadata"][pointer])


def test_blanks_of_the_alias_are_dashes_in_the_id_of_its_member_budget(gwctl: Program, database: Database) -> None:
    """2.3"""
    budget = minted("team-big-bad-lab-budget-")
    with writes_exactly(
        database,
        TeamTable=[new("TeamTable", team_alias="big bad lab", metadata={"team_member_budget_id": budget})],
        BudgetTable=[new("BudgetTable", budget_id=budget, max_budget=0.0)],
    ):
        gwctl("--actor ann teams create 'big bad lab' --team-member-budget 0")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.1 negative budget": ("lab --max-budget=-1", 5),
    "2.1 negative soft budget": ("lab --soft-budget=-0.5", 5),
    "2.1 negative member budget": ("lab --team-member-budget=-1", 5),
    "2.7 negative limit": ("lab --tpm-limit=-1", 5),
    "2.1 soft budget not below the budget": ("lab --max-budget 5 --soft-budget 5", 6),
    "2.1 id taken": ("lab --team-id t-ops", 4),
    "1.4 name taken, though the gateway would take it": ("ops", 4),
    "2.1 no such organisation": ("lab --org nobody", 3),
    "2.1 no such access group": ("lab --access-groups nobody", 3),
    "3 a model that its organisation has not": ("lab --org acme --models gpt-4o,claude", 6),
    "3 guaranteed, more than the organisation has left": (
        """lab --org acme --models gpt-4o --model-rpm-limit '{"gpt-4o": 21}' --rpm-limit-type guaranteed_throughput""",
        6,
    ),
    "4.4 two months as the period of a team": ("lab --budget-duration 2mo", 5),
    "4.4 a period that is none": ("lab --budget-duration soon", 5),
    "2.8 an unknown permission breaks every check of members": (
        "lab --team-member-permissions /key/burn --strict", {5, 6},
    ),
    "2.2 a field given twice": ("""lab --tags a --metadata 'tags:=["b"]'""", 5),
    "2.2 the pointer is not for people": ("lab --metadata team_member_budget_id=standard", {5, 6}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "code"), REFUSED.values(), ids=REFUSED)
def test_create_refuses(gwctl: Program, database: Database, options: str, code: int | set[int]) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl(f"--actor ann teams create {options}", code=code)


@pytest.mark.parametrize(
    "command", ["create ops --if-not-exists", "create lab --team-member-budget 3 --dry-run", "unblock research"]
)
def test_writes_nothing(gwctl: Program, database: Database, command: str) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl(f"--actor ann teams {command}")


KEPT = {"owner": "ada", "team_member_budget_id": DEFAULT}  # what the team's metadata has
ON_TEAM = perhaps(changed("t-research"))  # the endpoint writes the team's row for what lives in others, too


def only(**columns: Any) -> Tables:
    return {"TeamTable": [changed("t-research", **columns)]}


def default(**columns: Any) -> Tables:
    """The team's default for its members changes in place, and the pointer and all other metadata stay."""
    return {"BudgetTable": [changed(DEFAULT, **columns)], "TeamTable": [ON_TEAM]}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what the team has besides; the options; what is different after
    "2.7 own columns": (
        {},
        "--max-budget 50 --soft-budget 20 --tpm-limit 1 --rpm-limit 2 --models o3,claude --team-alias lab"
        " --team-member-permissions /key/list",
        only(
            max_budget=50.0, soft_budget=20.0, tpm_limit=1, rpm_limit=2, models=["o3", "claude"], team_alias="lab",
            team_member_permissions=["/key/list"],
        ),
    ),
    "2.7 own columns, null": (
        {},
        "--set-null max_budget --set-null soft_budget --set-null tpm_limit --set-null rpm_limit",
        only(max_budget=None, soft_budget=None, tpm_limit=None, rpm_limit=None),
    ),
    "2.7 lists, null is empty": (
        {},
        "--set-null models --set-null team_member_permissions",
        only(models=[], team_member_permissions=[]),
    ),
    "2.7 period": ({}, "--budget-duration 7d", only(budget_duration="7d", budget_reset_at=NEXT_MONDAY)),
    "I-9 period, null clears its reset too": (
        {}, "--set-null budget_duration", only(budget_duration=None, budget_reset_at=None),
    ),
    "2.7 router settings are replaced whole": (
        {}, """--router-settings '{"timeout": 9}'""", only(router_settings={"timeout": 9}),
    ),
    "0 router settings, null is never JSON null": (
        {}, "--set-null router_settings", only(router_settings=either({}, None)),
    ),
    "2.7 models, add": ({}, "--add-models o3,gpt-4o", only(models=["gpt-4o", "o3"])),
    "2.7 models, remove": ({"models": ["gpt-4o", "o3"]}, "--remove-models gpt-4o", only(models=["o3"])),
    "#31447 metadata is merged by key": (
        {}, "--metadata tier=gold --metadata n:=3", only(metadata={**KEPT, "tier": "gold", "n": 3}),
    ),
    "#31447 metadata, one key removed": ({}, "--metadata owner=", only(metadata={"team_member_budget_id": DEFAULT})),
    "2.2 fields in metadata": (
        {"metadata": {**KEPT, "tags": ["old"], "model_rpm_limit": {"o3": 1}}},
        """--tags a,b --model-rpm-limit '{"gpt-4o": 5}'""",
        only(metadata={**KEPT, "tags": ["a", "b"], "model_rpm_limit": {"gpt-4o": 5}}),
    ),
    "2.2 fields in metadata, null removes": (
        {"metadata": {**KEPT, "tags": ["old"]}}, "--set-null tags", only(metadata=KEPT),
    ),
    "2.7 JSON null that the gateway left is mended": (
        {"metadata": JSON_NULL}, "--metadata a=b", only(metadata={"a": "b"}),
    ),
    "2.3 member budget, in place": ({}, "--team-member-budget 20", default(max_budget=20.0)),
    "2.3 member limits, in place": (
        {}, "--team-member-tpm-limit 7 --team-member-rpm-limit 8", default(tpm_limit=7, rpm_limit=8),
    ),
    "2.3 member period, and its reset moves": (
        {}, "--team-member-budget-duration 7d", default(budget_duration="7d", budget_reset_at=after(days=7)),
    ),
    "2.3 first member budget, with the team's period": (
        {"metadata": {"owner": "ada"}, "members_with_roles": []},
        "--team-member-budget 20",
        {
            **only(metadata={"owner": "ada", "team_member_budget_id": minted("team-research-budget-")}),
            "BudgetTable": [
                new(
                    "BudgetTable", budget_id=minted("team-research-budget-"), max_budget=20.0, budget_duration="30d",
                    budget_reset_at=after(days=30),
                )
            ],
        },
    ),
    "2.3 first member budget, with a period of its own": (
        {"metadata": {}, "members_with_roles": []},
        "--team-member-rpm-limit 9 --team-member-budget-duration 1w",
        {
            **only(metadata={"team_member_budget_id": minted("team-research-budget-")}),
            "BudgetTable": [
                new(
                    "BudgetTable", budget_id=minted("team-research-budget-"), rpm_limit=9, budget_duration="1w",
                    budget_reset_at=after(days=7),
                )
            ],
        },
    ),
    "2.7 aliases, in place": (
        {"model_id": 77},
        """--model-aliases '{"slow": "o3"}'""",
        {
            "ModelTable": [changed(77, aliases={"slow": "o3"}, created_by=either("root", "ann"), updated_by="ann")],
            "TeamTable": [ON_TEAM],
        },
    ),
    "2.7 aliases, the first": (
        {},
        """--model-aliases '{"slow": "o3"}'""",
        {"ModelTable": [new("ModelTable", aliases={"slow": "o3"})], **only(model_id=1)},
    ),
    "2.13 object permission, merged in place": (
        {"object_permission_id": "perm"},
        "--vector-stores v2,v3",
        {"ObjectPermissionTable": [changed("perm", vector_stores=["v2", "v3"])], "TeamTable": [ON_TEAM]},
    ),
    "2.13 object permission, the first": (
        {},
        "--agents a2",
        {"ObjectPermissionTable": [new("ObjectPermissionTable", agents=["a2"])], **only(object_permission_id=UUID)},
    ),
    "2.13 object permission, a shared one is copied": (
        {"object_permission_id": "shared"},
        "--vector-stores v2",
        {
            "ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v2"], agents=["a1"])],
            **only(object_permission_id=UUID),
        },
    ),
    "2.4 access groups, both sides": (
        {"access_group_ids": ["g-old"]},
        "--access-groups tools",
        {
            **only(access_group_ids=["g-tools"]),
            "AccessGroupTable": [
                changed("g-old", assigned_team_ids=["t-ops"]),
                changed("g-tools", assigned_team_ids=["t-ops", "t-research"]),
            ],
        },
    ),
    "3 into an organisation that has all its members": (
        {"members_with_roles": [member("ada"), member("default_user_id", "admin")]},
        "--org acme",
        only(organization_id="o-acme"),
    ),
    "3 into an organisation, whose 0 is no limit": (
        {"members_with_roles": [], "models": []}, "--org free", only(organization_id="o-free"),
    ),
    "2.7 out of its organisation": ({"organization_id": "o-acme"}, "--set-null org", only(organization_id=None)),
    "3 guaranteed: the team itself counts once": (
        {"organization_id": "o-acme", "metadata": {"model_rpm_limit": {"gpt-4o": 15}}},
        """--model-rpm-limit '{"gpt-4o": 20}' --rpm-limit-type guaranteed_throughput""",
        only(metadata={"model_rpm_limit": {"gpt-4o": 20}, "rpm_limit_type": "guaranteed_throughput"}),
    ),
}  # fmt: skip


@pytest.fixture
def surroundings_of_a_team(database: Database) -> None:
    """What the team of a test may have a reference to."""
    put(database, "ModelTable", id=77, aliases={"fast": "gpt-4o"})
    for permission in ("perm", "shared"):
        put(database, "ObjectPermissionTable", object_permission_id=permission, vector_stores=["v1"], agents=["a1"])
    put(database, "TeamTable", team_id="t-other", team_alias="other", object_permission_id="shared")
    put_groups(database, tools=["t-ops"], old=["t-ops", "t-research"])


@pytest.mark.usefixtures("surroundings_of_a_team")
@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    build_tenancy(database, **had)
    put(database, "OrganizationMembership", user_id="ada", organization_id="o-acme")
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann teams update research {options} --yes")


ALONE: Row = {"members_with_roles": []}

UPDATE_REFUSED: dict[str, tuple[Row, str, int | set[int]]] = {
    "2.7 no such team": ({"team_alias": "other"}, "--max-budget 1", 3),
    "0 two teams of that name": ({"team_alias": "ops"}, "--max-budget 1", 4),
    "1.4 name taken": ({}, "--team-alias ops", 4),
    "2.7 negative budget": ({}, "--max-budget=-1", 5),
    "2.7 negative member budget": ({}, "--team-member-budget=-1", 5),
    "2.7 soft budget not below the stored budget": ({}, "--soft-budget 40", 6),
    "2.7 budget not above the stored soft budget": ({}, "--max-budget 10", 6),
    "4.4 two months as the period of a team": ({}, "--budget-duration 2mo", 5),
    "removing the last model would allow all": ({}, "--remove-models gpt-4o", 6),
    "2.2 the pointer is not for people": ({}, "--metadata team_member_budget_id=", {5, 6}),
    "2.7 no such organisation": (ALONE, "--org nobody", 3),
    "3 a model that its organisation has not": ({"organization_id": "o-acme"}, "--models claude", 6),
    "3 move: a model that the organisation has not": ({**ALONE, "models": ["claude"]}, "--org acme", 6),
    "3 move: all models into an organisation of some": ({**ALONE, "models": []}, "--org acme", 6),
    "3 move: budget above the organisation's": ({**ALONE, "max_budget": 100.5}, "--org acme", 6),
    "3 move: tokens above the organisation's": ({**ALONE, "tpm_limit": 1001}, "--org acme", 6),
    "3 move: requests above the organisation's": ({**ALONE, "rpm_limit": 101}, "--org acme", 6),
    "3 move: a member who is not in the organisation": ({}, "--org acme", 6),
    "3 guaranteed, more than the organisation has left": (
        {"organization_id": "o-acme"},
        """--model-rpm-limit '{"gpt-4o": 21}' --rpm-limit-type guaranteed_throughput""",
        6,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "code"), UPDATE_REFUSED.values(), ids=UPDATE_REFUSED)
def test_update_refuses(gwctl: Program, database: Database, had: Row, options: str, code: int | set[int]) -> None:
    build_tenancy(database, **had)
    name = "ops" if had.get("team_alias") == "ops" else "research"
    with writes_exactly(database):
        gwctl(f"--actor ann teams update {name} {options} --yes", code=code)


def test_update_with_what_is_so_already_is_no_change(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl("--actor ann teams update research --max-budget 40 --models gpt-4o --team-member-budget 10 --yes")


@pytest.mark.parametrize(
    ("had", "verb", "action", "now"),
    [(False, "block", "blocked", True), (True, "unblock", "updated", False)],
    ids=["2.7 block", "2.7 unblock"],
)
def test_block(gwctl: Program, database: Database, had: bool, verb: str, action: str, now: bool) -> None:
    build_tenancy(database, blocked=had)
    with writes_exactly(database, action=action, **only(blocked=now)):
        gwctl(f"--actor ann teams {verb} research --yes")


OFFERED: dict[str, tuple[list[str] | None, str, Any]] = {  # what the team's models were; the command; what they are
    "2.7 add": (["gpt-4o"], "add research o3 claude", in_any_order("gpt-4o", "o3", "claude")),
    "2.7 add to all": ([], "add research o3", in_any_order("all-proxy-models", "o3")),
    "0 add to NULL, which is all": (None, "add research o3", in_any_order("all-proxy-models", "o3")),
    "2.7 remove": (["gpt-4o", "o3"], "remove research gpt-4o --yes", ["o3"]),
    "2.7 remove the last, by force": (["gpt-4o"], "remove research gpt-4o --yes --force", []),
    "2.7 remove the last, with another for it": (
        ["gpt-4o"], "remove research gpt-4o --yes --replace-with no-default-models", ["no-default-models"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "command", "now"), OFFERED.values(), ids=OFFERED)
def test_models(gwctl: Program, database: Database, had: list[str] | None, command: str, now: Any) -> None:
    build_tenancy(database, models=had)
    with writes_exactly(database, **only(models=now)):
        gwctl(f"--actor ann teams models {command}")


SPENT: dict[str, tuple[Row, Row]] = {
    "4.5 no period": ({"budget_duration": None, "budget_reset_at": None}, {"spend": 0.0}),
    "4.5 a reset that is due": (
        {"budget_reset_at": moment("2026-02-01")}, {"spend": 0.0, "budget_reset_at": NEXT_MONTH},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "columns"), SPENT.values(), ids=SPENT)
def test_reset_spend(gwctl: Program, database: Database, had: Row, columns: Row) -> None:
    build_tenancy(database, **had)
    with writes_exactly(database, **only(**columns)):
        gwctl("--actor ann teams reset-spend research --yes")


VERBS_REFUSED: dict[str, tuple[str, int]] = {
    "2.7 block: no such team": ("block nobody", 3),
    "2.7 unblock: no such team": ("unblock nobody", 3),
    "2.7 models: no such team": ("models add nobody o3", 3),
    "2.7 models: removing the last would allow all": ("models remove research gpt-4o --yes", 6),
    "reset-spend: no such team": ("reset-spend nobody --yes", 3),
}


@pytest.mark.parametrize(("command", "code"), VERBS_REFUSED.values(), ids=VERBS_REFUSED)
def test_verbs_refuse(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl(f"--actor ann teams {command}", code=code)
