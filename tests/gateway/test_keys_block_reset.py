"""`keys block`, `unblock` and `reset-spend`: one column each (keys.md §3.8)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.rows import CHANGED, SECRET, assert_audited, build_world, hash_of, key_of, put_key, writes
from support.database import Database
from support.program import Program

TOKEN = hash_of(SECRET)

Case = tuple[str, dict[str, Any], dict[str, Any], str]  # the command, before, after, the audit's word

ONE_COLUMN: dict[str, Case] = {
    "block": ("block nightly", {"blocked": None}, {"blocked": True}, "blocked"),
    "block, by hash": (f"block {TOKEN}", {"blocked": False}, {"blocked": True}, "blocked"),
    "unblock writes false": ("unblock nightly", {"blocked": True}, {"blocked": False}, "updated"),
    "reset-spend": ("reset-spend nightly --yes", {"spend": 12.5}, {"spend": 0.0}, "updated"),
    "reset-spend --to": ("reset-spend nightly --to 4.25 --yes", {"spend": 12.5}, {"spend": 4.25}, "updated"),
    "reset-spend --to its whole budget": (
        "reset-spend nightly --to 12.25 --yes", {"spend": 12.5, "max_budget": 12.25}, {"spend": 12.25}, "updated",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    build_world(database)


@pytest.mark.parametrize(("command", "before", "changed", "action"), ONE_COLUMN.values(), ids=ONE_COLUMN)
def test_changes_one_column(
    gwctl: Program, database: Database, command: str, before: dict[str, Any], changed: dict[str, Any], action: str
) -> None:
    """3.9: unblock and reset-spend are `updated`; the team's spend and the key's budget_reset_at stay."""
    old = put_key(database, team_id="t-ops", **before)
    with writes(database, VerificationToken="~1", AuditLog="+1"):
        gwctl(f"--actor ann keys {command}")
    assert key_of(database, TOKEN) == {**old, **CHANGED, **changed}
    column = next(iter(changed))
    same = {"token": TOKEN, "team_id": "t-ops"}
    assert_audited(database, action, TOKEN, before={**same, column: old[column]}, after=changed)


def test_block_by_the_secret_on_stdin_says_how_long_it_may_still_work(gwctl: Program, database: Database) -> None:
    """6"""
    put_key(database)
    result = gwctl("keys block -", stdin=f"{SECRET}\n")
    assert key_of(database, TOKEN)["blocked"] is True
    assert "60 s" in result.stderr
    assert SECRET not in result.stdout + result.stderr


def test_reset_spend_of_a_team(gwctl: Program, database: Database) -> None:
    """`/global/spend/reset` takes them all; by filter it is those that are meant, UI sessions left out."""
    for name, team in (("one", "t-ops"), ("two", "t-ops"), ("other", None)):
        put_key(database, f"sk-{name}-0123456789", key_alias=name, team_id=team, spend=3.0)
    with writes(database, VerificationToken="~2", AuditLog="+2"):
        gwctl("--actor ann keys reset-spend --team t-ops --to 1 --yes")
    found = {row["key_alias"]: row["spend"] for row in database.rows("LiteLLM_VerificationToken")}
    assert {name: found[name] for name in ("one", "two", "other")} == {"one": 1, "two": 1, "other": 3}
    database.execute('update "LiteLLM_VerificationToken" set spend = 3')
    gwctl("keys reset-spend --all", code=2)
    gwctl("--actor ann keys reset-spend --all --yes")
    left = {row["team_id"] for row in database.rows("LiteLLM_VerificationToken") if row["spend"]}
    assert left == {"litellm-dashboard"}


UNCHANGED: dict[str, tuple[str, dict[str, Any], set[int]]] = {
    "blocked already": ("block nightly", {"blocked": True}, {0}),
    "unblocked already": ("unblock nightly", {"blocked": False}, {0}),
    "nothing spent": ("reset-spend nightly --yes", {"spend": 0.0}, {0}),
    "a rehearsal": ("block nightly --dry-run", {}, {0}),
    "no such key to block": ("block nobody", {}, {3}),
    "no such key to unblock": ("unblock nobody", {}, {3}),
    "no such key to reset": ("reset-spend nobody --yes", {}, {3}),
    "to less than nothing": ("reset-spend nightly --to=-1 --yes", {}, {5}),
    "to more than is spent": ("reset-spend nightly --to 12.75 --yes", {}, {5, 6}),
    "to more than the key's budget": ("reset-spend nightly --to 12 --yes", {"max_budget": 11.0}, {5, 6}),
    "to more than its budget row's": (
        "reset-spend nightly --to 31 --yes", {"spend": 50.0, "max_budget": None, "budget_id": "standard"}, {5, 6},
    ),
    "by team, not asked": ("block --team ops", {}, {2}),
}  # fmt: skip


@pytest.mark.parametrize(("command", "columns", "codes"), UNCHANGED.values(), ids=UNCHANGED)
def test_changes_nothing(
    gwctl: Program, database: Database, command: str, columns: dict[str, Any], codes: set[int]
) -> None:
    put_key(database, team_id="t-ops", **columns)
    with writes(database):
        gwctl(f"keys {command}", code=codes)


@pytest.mark.parametrize(
    ("command", "blocked"), [("block", True), ("unblock", False)], ids=["block by team", "unblock by team"]
)
def test_by_team(gwctl: Program, database: Database, command: str, blocked: bool) -> None:
    one = put_key(database, team_id="t-ops", blocked=not blocked)
    two = put_key(database, "sk-two-0123456789", key_alias="two", team_id="t-ops", blocked=not blocked)
    put_key(database, "sk-three-0123456789", key_alias="three", team_id="t-research", blocked=not blocked)
    with writes(database, VerificationToken="~2", AuditLog="+2"):
        gwctl(f"--actor ann keys {command} --team ops --yes")
    for old in one, two:
        assert key_of(database, old["token"]) == {**old, **CHANGED, "blocked": blocked}


def test_by_user_leaves_out_sessions_of_the_dashboard(gwctl: Program, database: Database) -> None:
    put_key(database, user_id="ada")
    with writes(database, VerificationToken="~1", AuditLog="+1"):
        gwctl("keys block --user ada --yes")
    assert database.row("LiteLLM_VerificationToken", key_alias="ui")["blocked"] is None
