"""`keys update` writes the columns that it is told to and no other, in the forms of keys.md §3.4."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.rows import (
    CHANGED,
    NEXT_MIDNIGHT,
    OWN_BUDGET,
    PERMISSION,
    SECRET,
    SOFT_BUDGET,
    UUID,
    Row,
    after,
    assert_audited,
    assigned,
    build_world,
    either,
    hash_of,
    key_of,
    moment,
    put_budget,
    put_group,
    put_key,
    put_permission,
    writes,
)
from support.database import Database
from support.program import Program
from support.values import JSON_NULL

TOKEN = hash_of(SECRET)


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    build_world(database)


Case = tuple[dict[str, Any], str, dict[str, Any]]  # what the key had before, the options, what is different after

ROTATING = {"auto_rotate": True, "rotation_interval": "30d", "key_rotation_at": moment("2027-01-01")}

ONE_ROW: dict[str, Case] = {
    "scalars": (
        {},
        "--key-alias morning --max-budget 9.5 --tpm-limit 5 --rpm-limit 6 --max-parallel-requests 7 --agent-id a-two",
        {
            "key_alias": "morning", "max_budget": 9.5, "tpm_limit": 5, "rpm_limit": 6, "max_parallel_requests": 7,
            "agent_id": "a-two",
        },
    ),
    "references, by name": (
        {},
        "--user bob --org acme --budget standard",
        {"user_id": "bob", "organization_id": "o-acme", "budget_id": "standard"},
    ),
    "scalars, null": (
        {"tpm_limit": 1, "rpm_limit": 2, "max_parallel_requests": 3, "blocked": True},
        "--set-null key_alias --set-null max_budget --set-null tpm_limit --set-null rpm_limit --set-null agent_id "
        "--set-null max_parallel_requests --set-null blocked",
        dict.fromkeys(
            ["key_alias", "max_budget", "tpm_limit", "rpm_limit", "agent_id", "max_parallel_requests", "blocked"]
        ),
    ),
    "references, null": (
        {"user_id": "ada", "team_id": "t-research", "organization_id": "o-acme", "budget_id": "standard"},
        "--set-null user --set-null team --set-null org --set-null budget",
        {"user_id": None, "team_id": None, "organization_id": None, "budget_id": None},
    ),
    "lists are replaced": (
        {"allowed_routes": ["/a"], "allowed_cache_controls": ["s-maxage"]},
        "--models o3,claude --allowed-routes /b --allowed-cache-controls no-cache",
        {"models": ["o3", "claude"], "allowed_routes": ["/b"], "allowed_cache_controls": ["no-cache"]},
    ),
    "lists, null is empty and never NULL": (
        {"allowed_routes": ["/a"], "allowed_cache_controls": ["s-maxage"]},
        "--set-null models --set-null allowed_routes --set-null allowed_cache_controls",
        {"models": [], "allowed_routes": [], "allowed_cache_controls": []},
    ),
    "lists, add": ({}, "--add-models o3,gpt-4o --add-models claude", {"models": ["gpt-4o", "o3", "claude"]}),
    "lists, remove": ({"models": ["gpt-4o", "o3"]}, "--remove-models gpt-4o", {"models": ["o3"]}),
    "JSON columns are replaced whole": (
        {},
        """--aliases '{"slow": "o3"}' --permissions '{"x": 1}' --config '{"a": 1}'
           --router-settings '{"timeout": 9}'""",
        {
            "aliases": {"slow": "o3"}, "permissions": {"x": 1}, "router_settings": {"timeout": 9}, "config": {"a": 1},
        },
    ),
    "JSON columns, null is an empty object": (
        {"config": {"a": 1}, "model_max_budget": {"o3": {"budget_limit": 1, "time_period": "1d"}}},
        "--set-null aliases --set-null permissions --set-null router_settings --set-null config "
        "--set-null model_max_budget",
        {"aliases": {}, "permissions": {}, "router_settings": either({}, None), "config": {}, "model_max_budget": {}},
    ),
    "metadata is merged by key": (
        {"metadata": {"owner": "ada", "tier": "gold", "keep": [1], "tags": ["t"]}},
        "--metadata owner=bob --metadata tier= --metadata n:=3",
        {"metadata": {"owner": "bob", "keep": [1], "tags": ["t"], "n": 3}},
    ),
    "fields in metadata are merged": (
        {"metadata": {"owner": "ada", "tags": ["old"], "model_rpm_limit": {"o3": 1}}},
        """--tags a,b --model-rpm-limit '{"gpt-4o": 5}'""",
        {"metadata": {"owner": "ada", "tags": ["a", "b"], "model_rpm_limit": {"gpt-4o": 5}}},
    ),
    "fields in metadata, null removes": (
        {"metadata": {"owner": "ada", "tags": ["old"], "model_rpm_limit": {"o3": 1}}},
        "--set-null tags --set-null model_rpm_limit",
        {"metadata": {"owner": "ada"}},
    ),
    "JSON null that the proxy left is mended": ({"metadata": JSON_NULL}, "--metadata a=b", {"metadata": {"a": "b"}}),
    "1.2 temporary increase, both fields": (
        {},
        "--temp-budget-increase 10 --temp-budget-expiry 2026-12-31T12:00:00",
        {
            "metadata": {
                "owner": "ada", "tier": "gold", "temp_budget_increase": 10, "temp_budget_expiry": "2026-12-31T12:00:00",
            }
        },
    ),
    "duration": ({}, "--duration 36h", {"expires": after(hours=36)}),
    "expires": ({}, "--expires 2027-01-02T03:04:05.678Z", {"expires": moment("2027-01-02T03:04:05.678")}),
    "expires, null": ({}, "--set-null expires", {"expires": None}),
    "budget_duration sets its reset and leaves spend": (
        {}, "--budget-duration 1d", {"budget_duration": "1d", "budget_reset_at": NEXT_MIDNIGHT},
    ),
    "7 budget_duration, null clears both": (
        {}, "--set-null budget_duration", {"budget_duration": None, "budget_reset_at": None},
    ),
    "rotation, both": (
        {}, "--auto-rotate --rotation-interval 7d",
        {"auto_rotate": True, "rotation_interval": "7d", "key_rotation_at": after(days=7)},
    ),
    "rotation, the interval alone moves the date": (
        ROTATING, "--rotation-interval 60d", {"rotation_interval": "60d", "key_rotation_at": after(days=60)},
    ),
    "rotation, switched on": (
        {"rotation_interval": "30d"}, "--auto-rotate", {"auto_rotate": True, "key_rotation_at": after(days=30)},
    ),
    "rotation, an interval of what is off": ({}, "--rotation-interval 60d", {"rotation_interval": "60d"}),
    "rotation, switched off": (ROTATING, "--no-auto-rotate", {"auto_rotate": False, "key_rotation_at": None}),
    "3.3 to another team": (
        {"tpm_limit": 1000, "rpm_limit": 100, "organization_id": "o-acme"}, "--team ops", {"team_id": "t-ops"},
    ),
    "3.3 all-team-models fits every team": ({"models": ["all-team-models"]}, "--team ops", {"team_id": "t-ops"}),
    "3.3 its user is a member": (
        {"user_id": "ada", "models": ["claude"]}, "--team research", {"team_id": "t-research"},
    ),
    "3.3 guaranteed: the key itself does not count": (
        {"team_id": "t-ops", "rpm_limit": 70}, "--rpm-limit 100 --rpm-limit-type guaranteed_throughput",
        {"rpm_limit": 100, "metadata": {"owner": "ada", "tier": "gold", "rpm_limit_type": "guaranteed_throughput"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "columns"), ONE_ROW.values(), ids=ONE_ROW)
def test_changes_these_columns_and_no_other(
    gwctl: Program, database: Database, had: dict[str, Any], options: str, columns: dict[str, Any]
) -> None:
    old = put_key(database, **had)
    with writes(database, VerificationToken="~1", AuditLog="+1"):
        gwctl(f"--actor ann keys update nightly {options} --yes")
    assert key_of(database, TOKEN) == {**old, **CHANGED, **columns}


def test_audits_both_sides(gwctl: Program, database: Database) -> None:
    """3.9, with the hash where the gateway may write the secret."""
    put_key(database, team_id="t-research", user_id="ada")
    gwctl(["--actor", "ann", "keys", "update", "-", "--max-budget", "9", "--tags", "x"], stdin=f"{SECRET}\n")
    same = {"token": TOKEN, "team_id": "t-research", "user_id": "ada"}
    assert_audited(
        database, "updated", TOKEN,
        before={**same, "max_budget": 40.0, "metadata": {"owner": "ada", "tier": "gold"}},
        after={**same, "max_budget": 9.0, "metadata": {"owner": "ada", "tier": "gold", "tags": ["x"]}},
    )  # fmt: skip


def test_what_is_so_already_is_no_change(gwctl: Program, database: Database) -> None:
    put_key(database)
    with writes(database):
        gwctl("keys update nightly --max-budget 40 --models gpt-4o --metadata owner=ada")


def test_a_rehearsal_changes_nothing(gwctl: Program, database: Database) -> None:
    put_key(database)
    with writes(database):
        gwctl("keys update nightly --max-budget 1 --vector-stores v --soft-budget 1 --dry-run")


def permission_of(database: Database, row: Row) -> Row:
    return database.row("LiteLLM_ObjectPermissionTable", object_permission_id=row["object_permission_id"])


class TestObjectPermission:
    """3.4, last rows: merged field by field; a row that others share is copied."""

    def test_its_own_row_is_changed_in_place(self, gwctl: Program, database: Database) -> None:
        had = put_permission(database)
        old = put_key(database, object_permission_id="perm")
        with writes(database, VerificationToken="~1", ObjectPermissionTable="~1", AuditLog="+1"):
            gwctl("--actor ann keys update nightly --vector-stores v2,v3 --set-null agents --yes")
        assert key_of(database, TOKEN) == {**old, **CHANGED}
        assert permission_of(database, old) == {**had, "vector_stores": ["v2", "v3"], "agents": []}

    def test_a_new_row_is_linked(self, gwctl: Program, database: Database) -> None:
        old = put_key(database)
        with writes(database, VerificationToken="~1", ObjectPermissionTable="+1", AuditLog="+1"):
            gwctl("--actor ann keys update nightly --vector-stores v2")
        row = key_of(database, TOKEN)
        assert row == {**old, **CHANGED, "object_permission_id": UUID}
        assert permission_of(database, row) == {**PERMISSION, "vector_stores": ["v2"]}

    def test_a_shared_row_is_copied(self, gwctl: Program, database: Database) -> None:
        had = put_permission(database)
        put_key(database, "sk-other-0123456789", key_alias="other", object_permission_id="perm")
        old = put_key(database, object_permission_id="perm")
        with writes(database, VerificationToken="~1", ObjectPermissionTable="+1", AuditLog="+1"):
            gwctl("--actor ann keys update nightly --vector-stores v2")
        row = key_of(database, TOKEN)
        assert row == {**old, **CHANGED, "object_permission_id": UUID}
        assert permission_of(database, row) == {**had, "object_permission_id": UUID, "vector_stores": ["v2"]}


class TestSoftBudget:
    """7, #15125: the gateway drops soft_budget on update; gwctl keeps it in a budget row of the key's own."""

    def test_makes_a_row_and_links_it(self, gwctl: Program, database: Database) -> None:
        old = put_key(database)
        with writes(database, VerificationToken="~1", BudgetTable="+1", AuditLog="+1"):
            gwctl("--actor ann keys update nightly --soft-budget 8")
        row = key_of(database, TOKEN)
        assert row == {**old, **CHANGED, "budget_id": UUID}
        assert database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"]) == {**SOFT_BUDGET, "soft_budget": 8.0}

    def test_changes_its_own_row_in_place(self, gwctl: Program, database: Database) -> None:
        had = put_budget(database, OWN_BUDGET)
        put_key(database, budget_id=OWN_BUDGET)
        with writes(database, BudgetTable="~1", VerificationToken="~1", AuditLog="+1"):
            gwctl("--actor ann keys update nightly --soft-budget 8")
        assert key_of(database, TOKEN)["budget_id"] == OWN_BUDGET
        budget = database.row("LiteLLM_BudgetTable", budget_id=OWN_BUDGET)
        assert budget == {**had, "soft_budget": 8.0, "updated_at": after(), "updated_by": "ann"}


def test_access_groups_are_written_on_both_sides(gwctl: Program, database: Database) -> None:
    """resources 5.1"""
    put_group(database, "old", TOKEN, "another")
    put_key(database, access_group_ids=["g-old"])
    with writes(database, VerificationToken="~1", AccessGroupTable="~2", AuditLog="+1"):
        gwctl("keys update nightly --access-groups tools --yes")
    assert key_of(database, TOKEN)["access_group_ids"] == ["g-tools"]
    assert (assigned(database, "old"), assigned(database, "tools")) == (["another"], [TOKEN])


APOLLO = {"project_id": "p-apollo", "team_id": "t-research", "max_budget": None}

REFUSED: dict[str, tuple[dict[str, Any], str, int]] = {
    "no such key": ({"key_alias": "other"}, "--max-budget 1", 3),
    "negative budget": ({}, "--max-budget=-1", 5),
    "alias taken, and the permission row stays": ({}, "--vector-stores v --key-alias ui", 4),
    "no such team": ({}, "--team nobody", 3),
    "no such user": ({}, "--user nobody", 3),
    "no such budget": ({}, "--budget nobody", 3),
    "no such organisation": ({}, "--org nobody", 3),
    "no such access group": ({}, "--access-groups nobody", 3),
    "3.1#6 a model outside the project": (APOLLO, "--models claude", 6),
    "3.1#6 a budget above the project's": (APOLLO, "--max-budget 11", 6),
    "3.1#8 a service account needs its team": (
        {"team_id": "t-research", "metadata": {"service_account_id": "ci"}}, "--set-null team", 6,
    ),
    "3.1#14 a server of no team": ({}, "--mcp-servers s-shut", 6),
    "3.3 another team without the model": ({"models": ["claude"]}, "--team ops", 6),
    "3.3 another team with fewer tokens": ({"tpm_limit": 1001}, "--team ops", 6),
    "3.3 another team with fewer requests": ({"tpm_limit": 1, "rpm_limit": 101}, "--team ops", 6),
    "3.3 another team without the user": ({"user_id": "ada"}, "--team ops", 6),
    "3.3 guaranteed, more than the team has": (
        {"team_id": "t-ops"}, "--rpm-limit 101 --rpm-limit-type guaranteed_throughput", 6,
    ),
    "1.2 a temporary increase without expiry": ({}, "--temp-budget-increase 5", 5),
    "4 a budget period that is none": ({}, "--budget-duration 2mo", 5),
    "4 a duration that is none": ({}, "--duration soon", 5),
    "removing the last model would allow all": ({}, "--remove-models gpt-4o --yes", 6),
}  # fmt: skip


@pytest.mark.parametrize(("had", "options", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses_and_writes_nothing(
    gwctl: Program, database: Database, had: dict[str, Any], options: str, code: int
) -> None:
    put_key(database, **had)
    with writes(database):
        gwctl(f"keys update nightly {options}", code=code)


def test_an_alias_of_two_keys_is_ambiguous(gwctl: Program, database: Database) -> None:
    """7: old data has duplicates; the hash names one of them."""
    put_key(database)
    put_key(database, "sk-other-0123456789")
    with writes(database):
        assert TOKEN[:8] in gwctl("keys update nightly --max-budget 1", code=4).stderr
    with writes(database, VerificationToken="~1", AuditLog="+1"):
        gwctl(f"keys update {TOKEN} --max-budget 1")


def test_a_secret_as_an_argument_is_refused(gwctl: Program, database: Database) -> None:
    put_key(database)
    with writes(database):
        assert SECRET not in gwctl(f"keys update {SECRET} --max-budget 1", code=2).stderr


class TestByFilter:
    """All keys of a team in one transaction, without the gateway's bulk defects."""

    def put_three(self, database: Database, **columns: Any) -> list[Row]:
        return [
            put_key(database, "sk-one-0123456789", key_alias="one", team_id="t-research", **columns),
            put_key(database, "sk-two-0123456789", key_alias="two", team_id="t-research"),
            put_key(database, "sk-three-0123456789", key_alias="three", team_id="t-ops"),
        ]

    @pytest.mark.parametrize(
        ("options", "models"), [("--models o3", ["o3"]), ("--add-models o3", ["gpt-4o", "o3"])], ids=["replace", "add"]
    )
    def test_changes_what_it_names_and_nulls_nothing(
        self, gwctl: Program, database: Database, options: str, models: list[str]
    ) -> None:
        one, two, three = self.put_three(database)
        with writes(database, VerificationToken="~2", AuditLog="+2"):
            gwctl(f"--actor ann keys update --team research {options} --yes")
        for old in one, two:
            assert key_of(database, old["token"]) == {**old, **CHANGED, "models": models}
            assert_audited(database, "updated", old["token"], before={"models": ["gpt-4o"]}, after={"models": models})
        assert key_of(database, three["token"]) == three

    def test_one_refusal_stops_all(self, gwctl: Program, database: Database) -> None:
        self.put_three(database, project_id="p-apollo", max_budget=None)
        with writes(database):
            gwctl("keys update --team research --models claude --yes", code=6)

    def test_asks_first(self, gwctl: Program, database: Database) -> None:
        self.put_three(database)
        with writes(database):
            gwctl("keys update --team research --models o3", code=2)

    def test_leaves_out_sessions_of_the_dashboard(self, gwctl: Program, database: Database) -> None:
        put_key(database, user_id="ada")
        with writes(database, VerificationToken="~1", AuditLog="+1"):
            gwctl("keys update --user ada --max-budget 1 --yes")
