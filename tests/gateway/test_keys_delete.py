"""`keys delete` leaves an archive row, and nothing that still names the key (keys.md §3.5, §3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.rows import (
    ARCHIVED,
    LONG_AGO,
    OWN_BUDGET,
    SECRET,
    assert_audited,
    assert_nowhere,
    assigned,
    build_world,
    either,
    hash_of,
    key_of,
    put_budget,
    put_grace,
    put_group,
    put_key,
    put_mapping,
    put_permission,
    put_team,
    writes,
)
from support.database import Database
from support.program import Program
from support.values import JSON_NULL

TOKEN, OTHER = hash_of(SECRET), hash_of("sk-other-0123456789")


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    build_world(database)


def put_other(database: Database, **columns: Any) -> None:
    put_key(database, "sk-other-0123456789", key_alias="other", **columns)


def test_archives_the_whole_row(gwctl: Program, database: Database) -> None:
    """3.6: every column, also organization_id, budget_id and policies, which the gateway's own copies lose."""
    old = put_key(
        database, team_id="t-research", user_id="ada", organization_id="o-acme", project_id="p-apollo",
        budget_id="standard", blocked=True, tpm_limit=7, access_group_ids=["g-gone"], config={"a": 1},
    )  # fmt: skip
    with writes(database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1"):
        gwctl("--actor ann keys delete nightly --yes")
    assert database.row("LiteLLM_DeletedVerificationToken") == {**old, **ARCHIVED}


def test_audits_what_was(gwctl: Program, database: Database) -> None:
    """3.9: changed_by the actor; the values after are an empty object."""
    put_key(database, team_id="t-research")
    gwctl(["--actor", "ann", "keys", "delete", "-", "--yes"], stdin=f"{SECRET}\n")
    before = {"token": TOKEN, "key_alias": "nightly", "team_id": "t-research", "spend": 12.5, "max_budget": 40.0}
    assert_audited(database, "deleted", TOKEN, before=before, after={})
    assert database.row("LiteLLM_AuditLog")["updated_values"] == {}
    assert_nowhere(database, SECRET)


def test_takes_along_what_names_the_key_alone(gwctl: Program, database: Database) -> None:
    """3.5: mappings, grace rows both ways, access groups; spend stays under the hash, another key's rows too."""
    put_key(database)
    put_other(database)
    for claim, token in {"one": TOKEN, "two": TOKEN, "other": OTHER}.items():
        put_mapping(database, claim, token)
    for token, active in {"0" * 64: TOKEN, TOKEN: OTHER, "1" * 64: OTHER}.items():
        put_grace(database, token, active)
    put_group(database, "both", TOKEN, OTHER)
    put_group(database, "only", TOKEN)
    times = {"startTime": LONG_AGO, "endTime": LONG_AGO}
    database.insert("LiteLLM_SpendLogs", request_id="r", call_type="acompletion", api_key=TOKEN, **times)
    with writes(
        database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1", JWTKeyMapping="-2",
        DeprecatedVerificationToken="-2", AccessGroupTable="~2",
    ):  # fmt: skip
        gwctl("keys delete nightly --yes")
    assert (assigned(database, "both"), assigned(database, "only")) == ([OTHER], [])


HANGING: dict[str, tuple[str, bool, dict[str, str]]] = {
    "its own soft budget goes": (OWN_BUDGET, False, {"BudgetTable": "-1"}),
    "a budget that another key has stays": (OWN_BUDGET, True, {}),
    "a budget with a name stays": ("standard", False, {}),
}


@pytest.mark.parametrize(("budget", "shared", "gone"), HANGING.values(), ids=HANGING)
def test_budget_row(gwctl: Program, database: Database, budget: str, shared: bool, gone: dict[str, str]) -> None:
    """3.5: dropped if nothing else refers to it and it was made for this key."""
    if budget == OWN_BUDGET:
        put_budget(database, budget)
    put_key(database, budget_id=budget)
    put_other(database, budget_id=budget if shared else None)
    with writes(database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1", **gone):
        gwctl("keys delete nightly --yes")
    assert not shared or key_of(database, OTHER)["budget_id"] == budget


@pytest.mark.parametrize("shared", [False, True], ids=["its own goes", "one that a team has stays"])
def test_permission_row(gwctl: Program, database: Database, shared: bool) -> None:
    put_permission(database)
    put_team(database, "reaching", object_permission_id="perm" if shared else None)
    put_key(database, object_permission_id="perm")
    gone = {} if shared else {"ObjectPermissionTable": "-1"}
    with writes(database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1", **gone):
        gwctl("keys delete nightly --yes")


def test_a_key_that_the_proxy_cannot_delete(gwctl: Program, database: Database) -> None:
    """0: JSON null in an object's column makes /key/delete fail."""
    old = put_key(database, metadata=JSON_NULL)
    with writes(database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1"):
        gwctl("--actor ann keys delete nightly --yes")
    archived = database.row("LiteLLM_DeletedVerificationToken")
    assert archived == {**old, **ARCHIVED, "metadata": either({}, JSON_NULL)}


REFUSED = {
    "not asked": ("nightly", 2),
    "no such key": ("nobody --yes", 3),
    "one of two is missing: none is deleted": ("nightly nobody --yes", 3),
    "a rehearsal": ("nightly --dry-run", 0),
    "missing, and that is fine": ("nobody --ignore-missing --yes", 0),
}


@pytest.mark.parametrize(("words", "code"), REFUSED.values(), ids=REFUSED)
def test_deletes_nothing(gwctl: Program, database: Database, words: str, code: int) -> None:
    put_key(database)
    put_mapping(database, "one", TOKEN)
    with writes(database):
        gwctl(f"keys delete {words}", code=code)


class TestSeveral:
    @pytest.fixture(autouse=True)
    def keys(self, database: Database) -> None:
        put_key(database, team_id="t-research", user_id="ada")
        put_other(database, team_id="t-research")
        put_key(database, "sk-third-0123456789", key_alias="third", team_id="t-ops")

    @pytest.mark.parametrize("words", [f"nightly {OTHER}", "--team research", "--team t-research"])
    def test_in_one_transaction(self, gwctl: Program, database: Database, words: str) -> None:
        with writes(database, VerificationToken="-2", DeletedVerificationToken="+2", AuditLog="+2"):
            gwctl(f"keys delete {words} --yes")
        assert database.row("LiteLLM_VerificationToken", team_id="t-ops")

    def test_asks_first(self, gwctl: Program, database: Database) -> None:
        with writes(database):
            gwctl("keys delete --team research", code=2)

    def test_leaves_out_sessions_of_the_dashboard(self, gwctl: Program, database: Database) -> None:
        with writes(database, VerificationToken="-1", DeletedVerificationToken="+1", AuditLog="+1"):
            gwctl("keys delete --user ada --yes")
