"""`budgets create`, `update` and `delete` (tenancy 1.1, 2.11): the rolling clock, and no cap is lifted in passing."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

import pytest

from gateway.literals import DEFAULT, Row, Step, build_tenancy, changed, gone, new, put, writes_exactly
from gateway.rows import LONG_AGO, Like, after, either, utc_now
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]


def in_months(count: int) -> Like:
    """The same day and time so many months on, the day cut to the month's last (keys 4)."""

    def fits(value: datetime) -> bool:
        year, month = divmod(utc_now().year * 12 + utc_now().month - 1 + count, 12)
        day = min(utc_now().day, monthrange(year, month + 1)[1])
        due = utc_now().replace(year=year, month=month + 1, day=day)
        return abs(value - due) < timedelta(minutes=1)

    return Like(f"in_months({count})", fits)


CREATED: dict[str, tuple[str, Row]] = {
    "2.11 nothing given: no limit for a model is NULL": ("", {}),
    "1.1 limits": (
        "--max-budget 100.5 --soft-budget 50 --tpm-limit 9000000000 --rpm-limit 7 --max-parallel-requests 3",
        {
            "max_budget": 100.5, "soft_budget": 50.0, "tpm_limit": 9_000_000_000, "rpm_limit": 7,
            "max_parallel_requests": 3,
        },
    ),
    "1.1 a budget of nothing is a budget": ("--max-budget 0", {"max_budget": 0.0}),
    "4.3 a budget for each model": (
        """--model-max-budget '{"o3": {"max_budget": 5.0, "budget_duration": "1d"}}'""",
        {"model_max_budget": {"o3": {"max_budget": 5.0, "budget_duration": "1d"}}},
    ),
    "4.4 rolls, days": ("--budget-duration 30d", {"budget_duration": "30d", "budget_reset_at": after(days=30)}),
    "4.4 rolls, a day is no midnight": (
        "--budget-duration 1d", {"budget_duration": "1d", "budget_reset_at": after(days=1)},
    ),
    "4.4 rolls, weeks": ("--budget-duration 2w", {"budget_duration": "2w", "budget_reset_at": after(days=14)}),
    "4.4 rolls, more hours than a day has": (
        "--budget-duration 36h", {"budget_duration": "36h", "budget_reset_at": after(hours=36)},
    ),
    "4.4 rolls, a month": ("--budget-duration 1mo", {"budget_duration": "1mo", "budget_reset_at": in_months(1)}),
    "4.4 rolls, several months": ("--budget-duration 3mo", {"budget_duration": "3mo", "budget_reset_at": in_months(3)}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    with writes_exactly(database, BudgetTable=[new("BudgetTable", budget_id="gold", **columns)]):
        gwctl(f"--actor ann budgets create gold {options}")


HAD: Row = {
    "max_budget": 10.0, "soft_budget": 5.0, "tpm_limit": 100, "rpm_limit": 10, "max_parallel_requests": 3,
    "model_max_budget": {"o3": {"max_budget": 1.0}}, "budget_duration": "30d", "budget_reset_at": LONG_AGO,
}  # fmt: skip

UPDATED: dict[str, tuple[str, Row]] = {
    "2.11 limits, and the reset stays": (
        "--max-budget 20 --soft-budget 6 --tpm-limit 1 --rpm-limit 2 --max-parallel-requests 4",
        {"max_budget": 20.0, "soft_budget": 6.0, "tpm_limit": 1, "rpm_limit": 2, "max_parallel_requests": 4},
    ),
    "2.11 limits, null": (
        "--set-null max_budget --set-null soft_budget --set-null tpm_limit --set-null rpm_limit"
        " --set-null max_parallel_requests --set-null model_max_budget",
        dict.fromkeys(
            ["max_budget", "soft_budget", "tpm_limit", "rpm_limit", "max_parallel_requests", "model_max_budget"]
        ),
    ),
    "4.3 a budget for each model is replaced whole": (
        """--model-max-budget '{"gpt-4o": {"max_budget": 2.0}}'""",
        {"model_max_budget": {"gpt-4o": {"max_budget": 2.0}}},
    ),
    "2.11 period, and its reset moves": (
        "--budget-duration 7d", {"budget_duration": "7d", "budget_reset_at": after(days=7)},
    ),
    "I-10 period, null clears its reset too": (
        "--set-null budget_duration", {"budget_duration": None, "budget_reset_at": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    put(database, "BudgetTable", budget_id="gold", **HAD)
    put(database, "EndUserTable", user_id="c-1", budget_id="gold")  # whose row stays as it is
    with writes_exactly(database, BudgetTable=[changed("gold", **columns)]):
        gwctl(f"--actor ann budgets update gold {options} --yes")


def test_delete(gwctl: Program, database: Database) -> None:
    put(database, "BudgetTable", budget_id="gold", **HAD)
    with writes_exactly(database, BudgetTable=[gone("gold")]):
        gwctl("--actor ann budgets delete gold --yes")


OWNERS: dict[str, tuple[str, Row, str]] = {  # table; the owner's row; what of it names it
    "key": ("VerificationToken", {"token": "ab" * 32, "key_alias": "nightly", "models": []}, "nightly"),
    "customer": ("EndUserTable", {"user_id": "c-1"}, "c-1"),
    "tag": ("TagTable", {"tag_name": "batch", "models": []}, "batch"),
    "project": ("ProjectTable", {"project_id": "p-1", "project_alias": "apollo"}, "apollo p-1"),
    "member of a team": ("TeamMembership", {"user_id": "fay", "team_id": "t-ops"}, "fay"),
    "member of an organisation": ("OrganizationMembership", {"user_id": "fay", "organization_id": "o-acme"}, "fay"),
}


def put_owner(database: Database, table: str, owner: Row) -> Step:
    """The owner of `gold`, and the step that takes the budget from it."""
    build_tenancy(database)
    put(database, "BudgetTable", budget_id="gold", **HAD)
    row = put(database, table, **owner, budget_id="gold")
    key = [row[column] for column in database.keys()[f"LiteLLM_{table}"]]
    left_open: Row = {"updated_at": either(row["updated_at"], after())} if "updated_at" in row else {}
    return changed(*key, budget_id=None, **left_open)


@pytest.mark.parametrize(("table", "owner", "names"), OWNERS.values(), ids=OWNERS)
def test_delete_refuses_what_is_used_and_names_who_uses_it(
    gwctl: Program, database: Database, table: str, owner: Row, names: str
) -> None:
    """2.11: the foreign key would lift the owner's limit without a word."""
    put_owner(database, table, owner)
    with writes_exactly(database):
        complaint = gwctl("--actor ann budgets delete gold --yes", code=6).stderr
    assert any(word in complaint for word in names.split())


@pytest.mark.parametrize(("table", "owner"), [case[:2] for case in OWNERS.values()], ids=OWNERS)
def test_delete_by_force_unlinks(gwctl: Program, database: Database, table: str, owner: Row) -> None:
    unlinked = put_owner(database, table, owner)
    with writes_exactly(database, BudgetTable=[gone("gold")], **{table: [unlinked]}):
        gwctl("--actor ann budgets delete gold --yes --force")


def test_delete_by_force_takes_the_pointer_of_a_team_and_its_members(gwctl: Program, database: Database) -> None:
    """2.3, I-14: no foreign key guards metadata.team_member_budget_id, and later updates of the team would fail."""
    build_tenancy(database)
    with writes_exactly(
        database,
        BudgetTable=[gone(DEFAULT)],
        TeamTable=[changed("t-research", metadata={"owner": "ada"})],
        TeamMembership=[changed("bob", "t-research", budget_id=None)],
    ):
        gwctl(f"--actor ann budgets delete {DEFAULT} --yes --force")


REFUSED: dict[str, tuple[str, int]] = {
    "2.11 create: id taken": ("create standard --max-budget 1", 4),
    "2.11 create: negative budget": ("create gold --max-budget=-1", 5),
    "2.11 create: negative soft budget": ("create gold --soft-budget=-1", 5),
    "2.11 create: a bare number as a model's budget": ("""create gold --model-max-budget '{"o3": 5}'""", 5),
    "4.4 create: a period that is none": ("create gold --budget-duration soon", 5),
    "create: without a name": ("create --max-budget 1", 2),
    "create: once is enough, if asked": ("create standard --max-budget 1 --if-not-exists", 0),
    "create: a rehearsal": ("create gold --max-budget 1 --dry-run", 0),
    "2.11 update: no such budget, said aloud": ("update gold --max-budget 1 --yes", 3),
    "2.11 update: negative budget": ("update standard --max-budget=-1 --yes", 5),
    "update: what is so already": ("update standard --max-budget 30 --yes", 0),
    "2.11 delete: no such budget": ("delete gold --yes", 3),
    "delete: missing, and that is fine": ("delete gold --ignore-missing --yes", 0),
    "delete: nobody to ask": ("delete spare", 2),
    "2.3 delete: a team's default for its members": (f"delete {DEFAULT} --yes", 6),
    "2.11 delete: an organisation's": ("delete of-acme --yes", 4),
    "2.11 delete: an organisation's, by force": ("delete of-acme --yes --force", 4),
    "I-16 delete: the default of all customers": ("delete for-all --yes", 4),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_tenancy(database)
    for name in ("spare", "for-all"):
        put(database, "BudgetTable", budget_id=name, max_budget=1.0)
    settings = {"max_end_user_budget_id": "for-all"}
    put(database, "Config", param_name="litellm_settings", param_value=settings)
    with writes_exactly(database):
        gwctl(f"--actor ann budgets {command}", code=code)
