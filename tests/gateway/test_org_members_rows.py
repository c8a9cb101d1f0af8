"""`orgs members` write these rows (tenancy 1.3, 2.9), and neither the user's own row nor any team's. In lab ada has a
budget of her own, bob one with a name, cyd none."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import Step, build_tenancy, changed, gone, new, perhaps, writes_exactly
from gateway.owners import OF_ADA, made, put_lab, put_people
from gateway.rows import UUID, after, has, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]


def joined(user_id: Any, **columns: Any) -> Step:
    return made("OrganizationMembership", user_id=user_id, organization_id="o-lab", **columns)


ADDED: dict[str, tuple[str, Tables]] = {
    "2.9 with a role; neither the user's row nor a team changes": (
        "fay --role org_admin", {"OrganizationMembership": [joined("fay", user_role="org_admin")]},
    ),
    "2.10 a role where none is named": ("fay", {"OrganizationMembership": [joined("fay")]}),
    "2.9 by e-mail in other letters, at which the gateway fails": (
        "EVE@x.org --role internal_user_viewer",
        {"OrganizationMembership": [joined("eve", user_role="internal_user_viewer")]},
    ),
    "1.3 with a budget of their own, a row each, which the gateway drops": (
        "fay eve --max-budget 3 --budget-duration 30d",
        {
            "OrganizationMembership": [joined("eve", budget_id=UUID), joined("fay", budget_id=UUID)],
            "BudgetTable": [
                new("BudgetTable", max_budget=3.0, budget_duration="30d", budget_reset_at=after(days=30))
                for _ in range(2)
            ],
        },
    ),
    "2.5 a new user, in no team": (
        "zoe",
        {
            "OrganizationMembership": [joined("zoe")],
            "UserTable": [new("UserTable", user_id="zoe", user_role="internal_user")],
        },
    ),
    "2.5 a new user by e-mail": (
        "Zoe@X.org",
        {
            "OrganizationMembership": [joined(UUID)],
            "UserTable": [new("UserTable", user_email="Zoe@X.org", user_role="internal_user")],
        },
    ),
    "2.9 those who are there already are left alone": (
        "ada fay --role org_admin --if-not-exists",
        {"OrganizationMembership": [joined("fay", user_role="org_admin")]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("who", "tables"), ADDED.values(), ids=ADDED)
def test_add(gwctl: Program, database: Database, who: str, tables: Tables) -> None:
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    with writes_exactly(database, **tables, OrganizationTable=[perhaps(changed("o-lab"))]):
        gwctl(f"--actor ann orgs members add lab {who}")


def test_add_reads_names_from_stdin(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_lab(database)
    with writes_exactly(
        database,
        OrganizationMembership=[joined("fay"), joined("eve")],
        OrganizationTable=[perhaps(changed("o-lab"))],
    ):
        gwctl("--actor ann orgs members add lab -", stdin="fay\n\neve@x.org\n")


def of(user_id: str, **columns: Any) -> Step:
    return changed(user_id, "o-lab", **columns)


CHANGED: dict[str, tuple[str, Tables]] = {
    "2.9 a role": ("bob --role org_admin", {"OrganizationMembership": [of("bob", user_role="org_admin")]}),
    "2.9 her own row, in place": (
        "ada --max-budget 7",
        {"BudgetTable": [changed(OF_ADA, max_budget=7.0)], "OrganizationMembership": [perhaps(of("ada"))]},
    ),
    "I-10 her own row, without a period": (
        "ada --set-null budget_duration",
        {
            "BudgetTable": [changed(OF_ADA, budget_duration=None, budget_reset_at=None)],
            "OrganizationMembership": [perhaps(of("ada"))],
        },
    ),
    "2.9 a first budget": (
        "cyd --max-budget 7 --budget-duration 7d",
        {
            "BudgetTable": [
                new("BudgetTable", max_budget=7.0, budget_duration="7d", budget_reset_at=after(days=7)),
            ],
            "OrganizationMembership": [of("cyd", budget_id=UUID)],
        },
    ),
    "1.1 away from a budget with a name": (
        "bob --max-budget 7",
        {
            "BudgetTable": [new("BudgetTable", max_budget=7.0, rpm_limit=9)],
            "OrganizationMembership": [of("bob", budget_id=UUID)],
        },
    ),
    "2.9 role and budget": (
        "ada --role org_admin --max-budget 7",
        {
            "BudgetTable": [changed(OF_ADA, max_budget=7.0)],
            "OrganizationMembership": [of("ada", user_role="org_admin")],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "tables"), CHANGED.values(), ids=CHANGED)
def test_update(gwctl: Program, database: Database, what: str, tables: Tables) -> None:
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    with writes_exactly(database, **tables, OrganizationTable=[perhaps(changed("o-lab"))]):
        gwctl(f"--actor ann orgs members update lab {what} --yes")


REMOVED: dict[str, tuple[str, Tables]] = {
    "2.9 with the budget row of her own": (
        "ada", {"OrganizationMembership": [gone("ada", "o-lab")], "BudgetTable": [gone(OF_ADA)]},
    ),
    "2.9 several; a budget with a name stays": (
        "bob cyd", {"OrganizationMembership": [gone("bob", "o-lab"), gone("cyd", "o-lab")]},
    ),
    "#36839 by e-mail in other letters": (
        "ADA@x.org", {"OrganizationMembership": [gone("ada", "o-lab")], "BudgetTable": [gone(OF_ADA)]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("who", "tables"), REMOVED.values(), ids=REMOVED)
def test_remove(gwctl: Program, database: Database, who: str, tables: Tables) -> None:
    """2.9: no team is left with it, and keys stay."""
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    put_key(database, organization_id="o-lab", user_id="ada")
    with writes_exactly(database, **tables, OrganizationTable=[perhaps(changed("o-lab"))]):
        gwctl(f"--actor ann orgs members remove lab {who} --yes")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.9 add: no such organisation": ("add nobody fay", 3),
    "2.9 add: a member already": ("add lab ada", 4),
    "2.9 add: one of two cannot be": ("add lab fay ada", 4),
    "2.5 add: an e-mail of two users": ("add lab TWIN@x.org", 4),
    "1.3 add: a role that members cannot have": ("add lab fay --role proxy_admin", {2, 5}),
    "2.9 add: negative budget": ("add lab fay --max-budget=-1", 5),
    "add: those who are there already, if asked": ("add lab ada --if-not-exists", 0),
    "add: a rehearsal": ("add lab fay zoe --max-budget 3 --dry-run", 0),
    "2.9 update: no such organisation": ("update nobody ada --role org_admin --yes", 3),
    "2.9 update: no such member": ("update lab fay --role org_admin --yes", 3),
    "I-24 update: a role that members cannot have": ("update lab ada --role customer --yes", {2, 5}),
    "update: what is so already": ("update lab ada --role internal_user --max-budget 2 --yes", 0),
    "2.9 remove: no such organisation": ("remove nobody ada --yes", 3),
    "2.9 remove: no such member": ("remove lab ada fay --yes", 3),
    "remove: nobody to ask": ("remove lab ada", 2),
    "remove: a rehearsal": ("remove lab ada --dry-run", 0),
}  # fmt: skip


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    with writes_exactly(database):
        gwctl(f"--actor ann orgs members {command}", code=code)


def test_list(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_lab(database)
    put_people(database)
    with writes_exactly(database):
        found = gwctl("orgs members list lab -o json").json
    assert found == [
        has(user_id="ada", user_email="Ada@X.org", user_role="internal_user", spend=1.5, max_budget=2.0),
        has(user_id="bob", user_role="internal_user", spend=1.5, max_budget=30.0),
        has(user_id="cyd", user_role="internal_user", spend=1.5),
    ]
