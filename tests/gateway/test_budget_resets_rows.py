"""`budgets reset` does what the gateway's job would do now (tenancy 4.5): the rows that it selects, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.literals import DEFAULT, SOON, Row, Step, build_tenancy, changed, perhaps, put, writes_exactly
from gateway.owners import put_owned
from gateway.rows import (
    LONG_AGO,
    NEXT_HOUR,
    NEXT_MIDNIGHT,
    NEXT_MONDAY,
    NEXT_MONTH,
    after,
    either,
    hash_of,
    moment,
    put_key,
    utc_now,
)
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

SECRET = "sk-metered-0123456789"
TOKEN = hash_of(SECRET)
PAST = moment("2026-02-01")

DUE: dict[str, tuple[Row, Row]] = {  # what a key, user or team has; what is different after
    "an hour": (
        {"budget_duration": "1h", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_HOUR},
    ),
    "a day": ({"budget_duration": "1d", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_MIDNIGHT}),
    "seven days": ({"budget_duration": "7d", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_MONDAY}),
    "thirty days": ({"budget_duration": "30d", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_MONTH}),
    "a month": ({"budget_duration": "1mo", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_MONTH}),
    "a week, which is a day there": (
        {"budget_duration": "1w", "budget_reset_at": PAST}, {"spend": 0.0, "budget_reset_at": NEXT_MIDNIGHT},
    ),
    "no period: spend alone, at every run": ({"budget_duration": None, "budget_reset_at": PAST}, {"spend": 0.0}),
    "nothing spent: the moment moves": (
        {"budget_duration": "30d", "budget_reset_at": PAST, "spend": 0.0}, {"budget_reset_at": NEXT_MONTH},
    ),
}  # fmt: skip

NOT_DUE: dict[str, Row] = {
    "not yet": {"budget_duration": "30d", "budget_reset_at": SOON},
    "a period without a moment never resets": {"budget_duration": "30d", "budget_reset_at": None},
    "no budget": {"budget_duration": None, "budget_reset_at": None},
}

LEVELS = ("VerificationToken", "UserTable", "TeamTable")


def put_metered(database: Database, table: str, **columns: Any) -> str:
    """A key, user or team that spent something; its id."""
    columns = {"spend": 2.5, **columns}
    if table == "VerificationToken":
        put_key(database, SECRET, **columns)
        return TOKEN
    name = {"UserTable": "user_id", "TeamTable": "team_id"}[table]
    put(database, table, **{name: "metered", **columns})
    return "metered"


AT_LEVELS = {f"key: {name}": ("VerificationToken", *case) for name, case in DUE.items()} | {
    f"{level}: {name}": (table, *DUE[name])
    for level, table in {"user": "UserTable", "team": "TeamTable"}.items()
    for name in ("seven days", "no period: spend alone, at every run")
}


@pytest.mark.parametrize(("table", "had", "columns"), AT_LEVELS.values(), ids=AT_LEVELS)
def test_due(gwctl: Program, database: Database, table: str, had: Row, columns: Row) -> None:
    """Steps 1, 2 and 3."""
    key = put_metered(database, table, **had)
    with writes_exactly(database, **{table: [changed(key, **columns)]}):
        gwctl("--actor ann budgets reset --due --yes")


@pytest.mark.parametrize("table", LEVELS)
@pytest.mark.parametrize("had", NOT_DUE.values(), ids=NOT_DUE)
def test_not_due(gwctl: Program, database: Database, table: str, had: Row) -> None:
    put_metered(database, table, **had)
    with writes_exactly(database):
        gwctl("--actor ann budgets reset --due --yes")


def test_a_key_that_has_expired_is_left_out(gwctl: Program, database: Database) -> None:
    """Step 1."""
    put_metered(database, "VerificationToken", budget_reset_at=PAST, expires=LONG_AGO)
    with writes_exactly(database):
        gwctl("--actor ann budgets reset --due --yes")


@pytest.mark.parametrize("table", LEVELS)
def test_a_period_that_cannot_be_kept_spoils_its_own_row_only(gwctl: Program, database: Database, table: str) -> None:
    """I-13: that row is skipped, and named."""
    put_metered(database, table, budget_duration="2mo", budget_reset_at=PAST)
    put(database, "UserTable", user_id="uma", budget_duration="30d", budget_reset_at=PAST, spend=1.0)
    with writes_exactly(database, UserTable=[changed("uma", spend=0.0, budget_reset_at=NEXT_MONTH)]):
        said = gwctl("--actor ann budgets reset --due --yes").stderr
    assert "nightly" in said or "metered" in said


def test_a_period_of_a_budget_that_cannot_be_read_spoils_its_own_row_only(gwctl: Program, database: Database) -> None:
    """I-13: it stops the gateway's job for all budgets; here it is left as it is, and named."""
    put(database, "BudgetTable", budget_id="odd", budget_duration="soon", budget_reset_at=PAST)
    put(database, "BudgetTable", budget_id="gold", budget_duration="30d", budget_reset_at=PAST)
    with writes_exactly(database, BudgetTable=[rolled("gold", budget_reset_at=after(days=30))]):
        assert "odd" in gwctl("--actor ann budgets reset --due --yes").stderr


def rolled(budget_id: str, **columns: Any) -> Step:
    """A budget row whose period began anew; the job has no name to sign with."""
    return changed(budget_id, updated_by=either("root", "ann"), **columns)


ROLLED: dict[str, tuple[Row, Row]] = {  # what a budget has; what is different after
    "rolls from now": ({"budget_duration": "30d", "budget_reset_at": PAST}, {"budget_reset_at": after(days=30)}),
    "rolls, a day is no midnight": (
        {"budget_duration": "1d", "budget_reset_at": PAST}, {"budget_reset_at": after(days=1)},
    ),
    "rolls, weeks": ({"budget_duration": "2w", "budget_reset_at": PAST}, {"budget_reset_at": after(days=14)}),
    "without a moment: from now, where its first period is over": (
        {"budget_duration": "30d", "budget_reset_at": None}, {"budget_reset_at": after(days=30)},
    ),
    "without a moment: from its birth, where that period runs": (
        {"budget_duration": "30d", "budget_reset_at": None, "created_at": timedelta(days=-10)},
        {"budget_reset_at": after(days=20)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "columns"), ROLLED.values(), ids=ROLLED)
def test_due_budget(gwctl: Program, database: Database, had: Row, columns: Row) -> None:
    """Steps 4 and 5."""
    if "created_at" in had:
        had = {**had, "created_at": utc_now() + had["created_at"]}
    put(database, "BudgetTable", budget_id="gold", max_budget=10.0, **had)
    put_owners(database, "gold")
    with writes_exactly(database, BudgetTable=[rolled("gold", **columns)], **OWNERS_RESET):
        gwctl("--actor ann budgets reset --due --yes")


def test_due_budget_without_a_period(gwctl: Program, database: Database) -> None:
    """Step 4 finds it at every run and leaves it as it is (I-10); step 5 follows."""
    put(database, "BudgetTable", budget_id="gold", budget_reset_at=PAST)
    put_owners(database, "gold")
    with writes_exactly(database, BudgetTable=[perhaps(rolled("gold"))], **OWNERS_RESET):
        gwctl("--actor ann budgets reset --due --yes")


BUDGET_NOT_DUE: dict[str, Row] = {
    "not yet": {"budget_duration": "30d", "budget_reset_at": SOON},
    "neither period nor moment": {"budget_duration": None, "budget_reset_at": None},
}


@pytest.mark.parametrize("had", BUDGET_NOT_DUE.values(), ids=BUDGET_NOT_DUE)
def test_budget_that_is_not_due(gwctl: Program, database: Database, had: Row) -> None:
    put(database, "BudgetTable", budget_id="gold", **had)
    put_owners(database, "gold")
    with writes_exactly(database):
        gwctl("--actor ann budgets reset --due --yes")


LINKED, TIMED, UNSPENT = (f"sk-{name}-0123456789" for name in ("linked", "timed", "unspent"))


def put_owners(database: Database, budget: str) -> None:
    """One of every kind that may refer to a budget, with $2.5 spent."""
    put(database, "BudgetTable", budget_id="other", max_budget=1.0)
    spent: Row = {"spend": 2.5}
    organisation: Row = {"organization_id": "o-1", "organization_alias": "one"}
    put_owned(database, "OrganizationTable", budget, **organisation, **spent)
    put(database, "UserTable", user_id="uma")
    put_owned(database, "OrganizationMembership", budget, organization_id="o-1", user_id="uma", **spent)
    put_owned(database, "ProjectTable", budget, project_id="p-1", project_alias="apollo", **spent)
    put_owned(database, "TagTable", budget, tag_name="batch", **spent)
    put_owned(database, "EndUserTable", budget, user_id="shop", **spent)
    put_owned(database, "EndUserTable", "other", user_id="elsewhere", **spent)
    put_owned(database, "EndUserTable", None, user_id="by-default", **spent)
    put_owned(database, "TeamMembership", budget, user_id="uma", team_id="t-1", **spent)
    put_owned(database, "TeamMembership", "other", user_id="uma", team_id="t-2", **spent)
    plain: Row = {"budget_id": budget, "budget_duration": None, "budget_reset_at": None, "expires": LONG_AGO, **spent}
    put_key(database, LINKED, **plain)
    put_key(database, TIMED, **{**plain, "key_alias": "timed", "budget_duration": "30d", "budget_reset_at": SOON})
    put_key(database, UNSPENT, **{**plain, "key_alias": "unspent", "spend": 0.0})


OWNERS_RESET: Tables = {
    "EndUserTable": [changed("shop", spend=0.0)],
    "TeamMembership": [changed("uma", "t-1", spend=0.0)],
    "VerificationToken": [changed(hash_of(LINKED), spend=0.0)],
}
"""Step 5: customers, members of teams, and keys without a period of their own, expired or not. Never organisations,
their members, projects and tags, nor customers that the budget serves by default."""


def test_everything_that_is_due_at_once(gwctl: Program, database: Database) -> None:
    """A key that is due itself and by its budget row is reset by its own clock."""
    build_tenancy(database)
    database.execute(
        """update "LiteLLM_BudgetTable" set budget_reset_at = '2026-02-01' where budget_id = %s""", DEFAULT
    )
    put_metered(database, "VerificationToken", budget_id=DEFAULT, budget_reset_at=PAST)
    put_metered(database, "UserTable", budget_duration="7d", budget_reset_at=PAST)
    put_metered(database, "TeamTable", budget_duration="1d", budget_reset_at=PAST)
    with writes_exactly(
        database,
        VerificationToken=[changed(TOKEN, spend=0.0, budget_reset_at=NEXT_MONTH)],
        UserTable=[changed("metered", spend=0.0, budget_reset_at=NEXT_MONDAY)],
        TeamTable=[changed("metered", spend=0.0, budget_reset_at=NEXT_MIDNIGHT)],
        BudgetTable=[rolled(DEFAULT, budget_reset_at=after(days=30))],
        TeamMembership=[changed("bob", "t-research", spend=0.0)],
    ):
        gwctl("--actor ann budgets reset --due --yes")


NAMED: dict[str, tuple[Row, list[Step]]] = {  # what the budget has; what happens to its row
    "due: its next period begins": (
        {"budget_duration": "30d", "budget_reset_at": PAST}, [rolled("gold", budget_reset_at=after(days=30))],
    ),
    "not due yet": (
        {"budget_duration": "30d", "budget_reset_at": SOON},
        [perhaps(rolled("gold", budget_reset_at=either(SOON, after(days=30))))],
    ),
    "no period": ({"budget_duration": None, "budget_reset_at": None}, [perhaps(rolled("gold"))]),
}  # fmt: skip


@pytest.mark.parametrize(("had", "steps"), NAMED.values(), ids=NAMED)
def test_by_name(gwctl: Program, database: Database, had: Row, steps: list[Step]) -> None:
    """The same owners as in step 5; others that are due are left alone."""
    put(database, "BudgetTable", budget_id="gold", max_budget=10.0, **had)
    put_owners(database, "gold")
    put_metered(database, "TeamTable", budget_duration="1d", budget_reset_at=PAST)
    with writes_exactly(database, BudgetTable=steps, **OWNERS_RESET):
        gwctl("--actor ann budgets reset gold --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "no such budget": ("reset nobody --yes", 3),
    "neither a name nor --due": ("reset --yes", 2),
    "a name and --due": ("reset gold --due --yes", 2),
    "nobody to ask": ("reset --due", 2),
    "nobody to ask, by name": ("reset gold", 2),
    "a rehearsal": ("reset --due --dry-run", 0),
    "a rehearsal, by name": ("reset gold --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put(database, "BudgetTable", budget_id="gold", budget_duration="30d", budget_reset_at=PAST)
    put_owners(database, "gold")
    put_metered(database, "TeamTable", budget_duration="1d", budget_reset_at=PAST)
    with writes_exactly(database):
        gwctl(f"--actor ann budgets {command}", code=code)
