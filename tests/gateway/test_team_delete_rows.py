"""`teams delete` leaves nothing behind: keys with all that hangs on them, memberships, names in lists, and the rows
that were the team's own. What others refer to stays. The gateway leaves most of it (tenancy 2.7, keys 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import (
    DEFAULT,
    MEMBERS,
    OWN,
    OWN_2,
    Row,
    archived,
    build_tenancy,
    changed,
    gone,
    member,
    put,
    writes_exactly,
)
from gateway.rows import LONG_AGO, after, either, hash_of, put_grace, put_key, put_mapping
from support.database import Database
from support.program import Program

NIGHTLY, SERVICE, ELSEWHERE = (f"sk-{name}-0123456789" for name in ("nightly", "service", "elsewhere"))

BY_FOREIGN_KEY: Row = {"updated_at": either(LONG_AGO, after()), "updated_by": either("root", "ann")}  # left open

FULL: Row = {  # a team with something in every column
    "organization_id": "o-acme", "object_permission_id": "perm-team", "admins": ["ada"], "members": ["bob"],
    "max_parallel_requests": 3, "blocked": True, "model_max_budget": {"gpt-4o": {"max_budget": 1.0}},
    "access_group_ids": ["g-tools"], "model_id": 77, "allow_team_guardrail_config": True,
}  # fmt: skip


def build_world(database: Database) -> tuple[Row, Row, Row]:
    """The team research and its two keys; besides, rows that look alike and belong to others."""
    put(database, "ModelTable", id=77, aliases={"fast": "gpt-4o"})
    for permission in ("perm-team", "perm-nightly", "perm-shared"):
        put(database, "ObjectPermissionTable", object_permission_id=permission, vector_stores=["v1"])
    team = build_tenancy(database, **FULL)
    put(database, "BudgetTable", budget_id=OWN_2, soft_budget=3.0, model_max_budget={})
    apollo = {"project_id": "p-apollo", "project_alias": "apollo", "budget_id": "standard"}
    put(database, "ProjectTable", **apollo, team_id="t-research")
    nightly = put_key(
        database, NIGHTLY, team_id="t-research", user_id="ada", access_group_ids=["g-tools"], budget_id=OWN_2,
        object_permission_id="perm-nightly",
    )  # fmt: skip
    service = put_key(
        database, SERVICE, key_alias="service", team_id="t-research", budget_id="standard", organization_id="o-acme",
        object_permission_id="perm-shared", blocked=True,
    )  # fmt: skip
    put_key(
        database, ELSEWHERE, key_alias="elsewhere", team_id="t-ops", user_id="ada", object_permission_id="perm-shared"
    )
    for secret in (NIGHTLY, ELSEWHERE):
        put_mapping(database, secret, hash_of(secret))
        put_grace(database, f"older-{secret}", hash_of(secret))
    put_grace(database, hash_of(NIGHTLY), "rotated-away")
    for group, teams, keys in (
        ("tools", ["t-ops", "t-research"], [hash_of(NIGHTLY), hash_of(ELSEWHERE)]),
        ("stale", ["t-research"], [hash_of(SERVICE)]),  # named on this side alone
        ("other", ["t-ops"], []),
    ):
        ids = {"assigned_team_ids": teams, "assigned_key_ids": keys}
        put(database, "AccessGroupTable", access_group_id=f"g-{group}", access_group_name=group, **ids)
    database.execute("""update "LiteLLM_UserTable" set team_id = 't-research' where user_id = 'bob'""")
    put(database, "UserTable", user_id="gus", teams=["t-research", "t-ops", "t-research"])  # no member, and twice
    put(database, "TeamMembership", user_id="gus", team_id="t-research", budget_id=DEFAULT)
    put(database, "TeamMembership", user_id="bob", team_id="t-ops", budget_id="standard")
    return team, nightly, service


def test_delete(gwctl: Program, database: Database) -> None:
    team, nightly, service = build_world(database)
    with writes_exactly(
        database,
        TeamTable=[gone("t-research")],
        DeletedTeamTable=[archived(team)],
        VerificationToken=[gone(hash_of(NIGHTLY)), gone(hash_of(SERVICE))],
        DeletedVerificationToken=[archived(nightly), archived(service)],
        JWTKeyMapping=[gone(f"j-{NIGHTLY}")],
        DeprecatedVerificationToken=[gone(f"d-older-{NIGHTLY}"), gone(f"d-{hash_of(NIGHTLY)}")],
        UserTable=[
            changed("ada", teams=[]),
            changed("bob", teams=["t-ops"], team_id=None),
            changed("cyd", teams=[]),
            changed("dan", teams=[]),
            changed("gus", teams=["t-ops"]),
        ],
        TeamMembership=[gone(user, "t-research") for user in ("ada", "bob", "cyd", "gus")],
        AccessGroupTable=[
            changed("g-tools", assigned_team_ids=["t-ops"], assigned_key_ids=[hash_of(ELSEWHERE)]),
            changed("g-stale", assigned_team_ids=[], assigned_key_ids=[]),
        ],
        ModelTable=[gone(77)],
        ProjectTable=[changed("p-apollo", team_id=None, **BY_FOREIGN_KEY)],
        ObjectPermissionTable=[gone("perm-team"), gone("perm-nightly")],
        BudgetTable=[gone(DEFAULT), gone(OWN), gone(OWN_2)],
    ):
        gwctl("--actor ann teams delete research --yes")


BROKEN: dict[str, list[Any]] = {
    "2.7 an entry with neither id nor e-mail": [*MEMBERS, member(None)],
    "2.7 a member twice": [*MEMBERS, member("bob", "admin")],
    "I-1 a member who is no user": [*MEMBERS, member("ghost")],
    "2.6 a member by e-mail alone, in other letters": [*MEMBERS, member(None, email="ADA@x.ORG")],
}


@pytest.mark.parametrize("members", BROKEN.values(), ids=BROKEN)
def test_a_broken_member_list_is_no_obstacle(gwctl: Program, database: Database, members: list[Any]) -> None:
    team = build_tenancy(database, members_with_roles=members)
    with writes_exactly(
        database,
        TeamTable=[gone("t-research")],
        DeletedTeamTable=[archived(team)],
        UserTable=[changed("bob", teams=["t-ops"]), *(changed(user, teams=[]) for user in ("ada", "cyd", "dan"))],
        TeamMembership=[gone(user, "t-research") for user in ("ada", "bob", "cyd")],
        BudgetTable=[gone(DEFAULT), gone(OWN)],
    ):
        gwctl("--actor ann teams delete t-research --yes")


SHARED: dict[str, tuple[str, Row]] = {  # who else refers to the own row of a member
    "a key": ("VerificationToken", {"token": "ab" * 32, "models": []}),
    "a customer": ("EndUserTable", {"user_id": "c-1"}),
    "a membership elsewhere": ("TeamMembership", {"user_id": "bob", "team_id": "t-ops"}),
}


@pytest.mark.parametrize(("table", "owner"), SHARED.values(), ids=SHARED)
def test_a_budget_that_another_refers_to_stays(gwctl: Program, database: Database, table: str, owner: Row) -> None:
    build_tenancy(database)
    put(database, table, **owner, budget_id=OWN)
    gwctl("--actor ann teams delete research --yes")
    assert database.row("LiteLLM_BudgetTable", budget_id=OWN)
    assert database.rows("LiteLLM_BudgetTable", budget_id=DEFAULT) == []


def test_a_permission_row_that_another_refers_to_stays(gwctl: Program, database: Database) -> None:
    """2.13: taking it would lift the other's restrictions."""
    put(database, "ObjectPermissionTable", object_permission_id="shared", vector_stores=["v1"])
    put(database, "TeamTable", team_id="t-other", team_alias="other", object_permission_id="shared")
    build_tenancy(database, object_permission_id="shared")
    gwctl("--actor ann teams delete research --yes")
    assert database.row("LiteLLM_TeamTable", team_id="t-other")["object_permission_id"] == "shared"


REFUSED: dict[str, tuple[str, int]] = {
    "2.7 no such team": ("delete nobody --yes", 3),
    "2.7 one of two is missing, before anything": ("delete research nobody --yes", 3),
    "nobody to ask": ("delete research", 2),
    "an ambiguous name": ("delete ops --yes", 4),
    "a rehearsal": ("delete research --dry-run", 0),
    "missing, and that is fine": ("delete nobody --ignore-missing --yes", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_deletes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_world(database)
    put(database, "TeamTable", team_id="t-ops-2", team_alias="ops")
    with writes_exactly(database):
        gwctl(f"--actor ann teams {command}", code=code)
