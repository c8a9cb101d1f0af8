"""`teams members`: the four places where membership lives move together (tenancy 2.4-2.6). In the team research of the
tests ada has a budget row of her own, bob is on the team's default, cyd on a shared budget with a name, dan on none."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import (
    DEFAULT,
    MEMBERS,
    OWN,
    OWN_2,
    SOON,
    Row,
    Step,
    archived,
    build_tenancy,
    changed,
    gone,
    member,
    new,
    perhaps,
    put,
    writes_exactly,
)
from gateway.rows import UUID, after, either, has, hash_of, put_grace, put_key, put_mapping
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

EVE, FAY = member("eve", email="Eve@X.org"), member("fay")
NO_DEFAULT: Row = {"metadata": {"owner": "ada"}}


def joined(*entries: Row, team: str = "t-research", before: list[Row] = MEMBERS) -> Step:
    return changed(team, members_with_roles=[*before, *entries])


def in_team(user_id: str, budget_id: Any, **columns: Any) -> Step:
    return new("TeamMembership", user_id=user_id, team_id="t-research", budget_id=budget_id, **columns)


FIRST_TEAM = changed("fay", teams=["t-research"])
SECOND_TEAM = changed("eve", teams=["t-ops", "t-research"])
BORN: Row = {"user_role": "internal_user", "teams": ["t-research"]}

ADDED: dict[str, tuple[Row, str, Tables]] = {  # what the team has; who is added and how; what is different after
    "2.3 on no budget: no membership row": (NO_DEFAULT, "fay", {"TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM]}),
    "2.3 on the team's default": (
        {}, "fay", {"TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM], "TeamMembership": [in_team("fay", DEFAULT)]},
    ),
    "2.5 the id brings the e-mail, and the list of teams grows": (
        NO_DEFAULT, "eve", {"TeamTable": [joined(EVE)], "UserTable": [SECOND_TEAM]},
    ),
    "2.5 an e-mail in other letters": (
        NO_DEFAULT, "EVE@x.org", {"TeamTable": [joined(EVE)], "UserTable": [SECOND_TEAM]},
    ),
    "2.3 a budget of his own, without a period": (
        {},
        "fay --max-budget 3",
        {
            "TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM], "TeamMembership": [in_team("fay", UUID)],
            "BudgetTable": [new("BudgetTable", max_budget=3.0)],
        },
    ),
    "2.5 several, as admins, a row each": (
        {},
        "fay eve --role admin --max-budget 3",
        {
            "TeamTable": [joined({**FAY, "role": "admin"}, {**EVE, "role": "admin"})],
            "UserTable": [FIRST_TEAM, SECOND_TEAM],
            "TeamMembership": [in_team("eve", UUID), in_team("fay", UUID)],
            "BudgetTable": [new("BudgetTable", max_budget=3.0), new("BudgetTable", max_budget=3.0)],
        },
    ),
    "2.5 the same one twice is one": (
        NO_DEFAULT, "fay fay", {"TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM]},
    ),
    "2.5 a new user": (
        NO_DEFAULT,
        "zoe",
        {"TeamTable": [joined(member("zoe"))], "UserTable": [new("UserTable", user_id="zoe", **BORN)]},
    ),
    "2.5 a new user by e-mail": (
        NO_DEFAULT,
        "Zoe@X.org",
        {
            "TeamTable": [joined(member(UUID, email="Zoe@X.org"))],
            "UserTable": [new("UserTable", user_email="Zoe@X.org", **BORN)],
        },
    ),
    "I-3 the team is in his list already": (
        {**NO_DEFAULT, "members_with_roles": MEMBERS[:3]},
        "dan",
        {"TeamTable": [joined(MEMBERS[3], before=MEMBERS[:3])], "UserTable": [perhaps(changed("dan"))]},
    ),
    "#10477 a membership row that was left behind": (
        {"members_with_roles": []},
        "cyd",
        {
            "TeamTable": [joined(member("cyd"), before=[])], "UserTable": [perhaps(changed("cyd"))],
            "TeamMembership": [changed("cyd", "t-research", budget_id=DEFAULT, spend=either(0.0, 1.5))],
        },
    ),
    "1.4 a list of members that was never written": (
        {**NO_DEFAULT, "members_with_roles": {}},
        "fay",
        {"TeamTable": [joined(FAY, before=[])], "UserTable": [FIRST_TEAM]},
    ),
    "2.4 its organisation gets no member": (
        {**NO_DEFAULT, "organization_id": "o-acme"}, "fay", {"TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM]},
    ),
    "2.5 those who are there already are left alone": (
        NO_DEFAULT, "ada fay --if-not-exists", {"TeamTable": [joined(FAY)], "UserTable": [FIRST_TEAM]},
    ),
    "2.5 all are there already": ({}, "ada bob --if-not-exists", {}),
}  # fmt: skip


@pytest.mark.parametrize(("had", "who", "tables"), ADDED.values(), ids=ADDED)
def test_add(gwctl: Program, database: Database, had: Row, who: str, tables: Tables) -> None:
    build_tenancy(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann teams members add research {who}")


def test_add_reads_names_from_stdin(gwctl: Program, database: Database) -> None:
    build_tenancy(database, **NO_DEFAULT)
    with writes_exactly(database, TeamTable=[joined(FAY, EVE)], UserTable=[FIRST_TEAM, SECOND_TEAM]):
        gwctl("--actor ann teams members add research -", stdin="fay\n\neve@x.org\n")


def test_add_each_to_his_own_budget(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    gwctl("--actor ann teams members add research fay eve --max-budget 3")
    rows = [database.row("LiteLLM_TeamMembership", user_id=user, team_id="t-research") for user in ("eve", "fay")]
    assert len({row["budget_id"] for row in rows}) == 2


def own(**columns: Any) -> Tables:
    """A row of her own changes in place; the team's row may be written along with it."""
    return {"BudgetTable": [changed(OWN, **columns)], "TeamTable": [perhaps(changed("t-research"))]}


def forked(user_id: str, **columns: Any) -> Tables:
    """A copy of the shared row, with the change; the shared row stays as it is."""
    return {
        "BudgetTable": [new("BudgetTable", **columns)], "TeamTable": [perhaps(changed("t-research"))],
        "TeamMembership": [changed(user_id, "t-research", budget_id=UUID)],
    }  # fmt: skip


def with_role(place: int, role: str) -> Step:
    entries = [*MEMBERS[:place], {**MEMBERS[place], "role": role}, *MEMBERS[place + 1 :]]
    return changed("t-research", members_with_roles=entries)


OF_DEFAULT: Row = {"max_budget": 10.0, "tpm_limit": 500, "budget_duration": "30d", "budget_reset_at": SOON}

CHANGED: dict[str, tuple[str, Tables]] = {
    "2.6 a role alone leaves the budget where it is": ("bob --role admin", {"TeamTable": [with_role(1, "admin")]}),
    "2.6 a role, by e-mail in other letters": ("ADA@X.ORG --role user", {"TeamTable": [with_role(0, "user")]}),
    "#25508 his own row, in place": ("ada --max-budget 7", own(max_budget=7.0)),
    "#25508 his own row, limits": ("ada --tpm-limit 5 --rpm-limit 6", own(tpm_limit=5, rpm_limit=6)),
    "2.6 his own row, null": ("ada --set-null max_budget", own(max_budget=None)),
    "2.6 his own row, a period": (
        "ada --budget-duration 7d", own(budget_duration="7d", budget_reset_at=after(days=7)),
    ),
    "I-17 away from the team's default, with its period": (
        "bob --max-budget 7", forked("bob", **{**OF_DEFAULT, "max_budget": 7.0}),
    ),
    "2.6 away from the team's default, with its budget": (
        "bob --rpm-limit 6", forked("bob", **OF_DEFAULT, rpm_limit=6),
    ),
    "1.1 away from a budget with a name": ("cyd --max-budget 7", forked("cyd", max_budget=7.0, rpm_limit=9)),
    "2.6 a first budget, with its membership row": (
        "dan --max-budget 7",
        {
            "BudgetTable": [new("BudgetTable", max_budget=7.0)], "TeamMembership": [in_team("dan", UUID)],
            "TeamTable": [perhaps(changed("t-research"))],
        },
    ),
    "2.6 role and budget": (
        "ada --role user --max-budget 7",
        {"BudgetTable": [changed(OWN, max_budget=7.0)], "TeamTable": [with_role(0, "user")]},
    ),
    "what is so already": ("ada --role admin --max-budget 2", {}),
}  # fmt: skip


@pytest.mark.parametrize(("what", "tables"), CHANGED.values(), ids=CHANGED)
def test_update(gwctl: Program, database: Database, what: str, tables: Tables) -> None:
    build_tenancy(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann teams members update research {what} --yes")


def left(*places: int) -> Step:
    return changed("t-research", members_with_roles=[one for at, one in enumerate(MEMBERS) if at not in places])


REMOVED: dict[str, tuple[str, Tables]] = {
    "2.6 with the budget row of her own": (
        "ada",
        {
            "TeamTable": [left(0)], "UserTable": [changed("ada", teams=[])], "BudgetTable": [gone(OWN)],
            "TeamMembership": [gone("ada", "t-research")],
        },
    ),
    "2.6 from the team's default, which stays": (
        "bob",
        {
            "TeamTable": [left(1)], "UserTable": [changed("bob", teams=["t-ops"])],
            "TeamMembership": [gone("bob", "t-research")],
        },
    ),
    "1.1 from a budget with a name, which stays": (
        "cyd",
        {
            "TeamTable": [left(2)], "UserTable": [changed("cyd", teams=[])],
            "TeamMembership": [gone("cyd", "t-research")],
        },
    ),
    "#36839 by e-mail in other letters": (
        "ADA@x.org",
        {
            "TeamTable": [left(0)], "UserTable": [changed("ada", teams=[])], "BudgetTable": [gone(OWN)],
            "TeamMembership": [gone("ada", "t-research")],
        },
    ),
    "2.6 several": (
        "bob dan",
        {
            "TeamTable": [left(1, 3)], "TeamMembership": [gone("bob", "t-research")],
            "UserTable": [changed("bob", teams=["t-ops"]), changed("dan", teams=[])],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("who", "tables"), REMOVED.values(), ids=REMOVED)
def test_remove(gwctl: Program, database: Database, who: str, tables: Tables) -> None:
    build_tenancy(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann teams members remove research {who} --yes")


ODD: dict[str, tuple[Row, str, list[Step]]] = {  # an entry of the list; who is removed; what happens to users
    "I-1 a member who is no user": (member("ghost"), "ghost", []),
    "#36839 a member by e-mail alone": (
        member(None, email="eve@x.org"), "Eve@X.org", [changed("eve", teams=["t-ops"])],
    ),
    "I-8 a team twice in the user's list": (member("fay"), "fay", [changed("fay", teams=[])]),
}  # fmt: skip


@pytest.mark.parametrize(("entry", "who", "users"), ODD.values(), ids=ODD)
def test_remove_what_others_left_behind(
    gwctl: Program, database: Database, entry: Row, who: str, users: list[Step]
) -> None:
    build_tenancy(database, members_with_roles=[*MEMBERS, entry])
    database.execute("""update "LiteLLM_UserTable" set teams = '{t-ops,t-research}' where user_id = 'eve'""")
    database.execute("""update "LiteLLM_UserTable" set teams = '{t-research,t-research}' where user_id = 'fay'""")
    with writes_exactly(database, TeamTable=[changed("t-research", members_with_roles=MEMBERS)], UserTable=users):
        gwctl(f"--actor ann teams members remove research {who} --yes")


def test_remove_takes_his_keys_of_the_team(gwctl: Program, database: Database) -> None:
    """2.6, keys 3.5: all keys of the user in the team, archived, with what hangs on them."""
    build_tenancy(database)
    put(database, "BudgetTable", budget_id=OWN_2, soft_budget=3.0, model_max_budget={})
    put(database, "ObjectPermissionTable", object_permission_id="perm", agents=["a1"])
    nightly, service, elsewhere, others = (f"sk-{name}-0123456789" for name in ("night", "serve", "else", "other"))
    key = put_key(
        database, nightly, team_id="t-research", user_id="bob", budget_id=OWN_2, object_permission_id="perm",
        access_group_ids=["g-tools"],
    )  # fmt: skip
    put_key(database, service, key_alias="service", team_id="t-research")
    put_key(database, elsewhere, key_alias="elsewhere", team_id="t-ops", user_id="bob")
    put_key(database, others, key_alias="others", team_id="t-research", user_id="ada")
    put_mapping(database, "claim", hash_of(nightly))
    put_grace(database, "older", hash_of(nightly))
    ids = {"assigned_team_ids": [], "assigned_key_ids": [hash_of(others), hash_of(nightly)]}
    put(database, "AccessGroupTable", access_group_id="g-tools", access_group_name="tools", **ids)
    with writes_exactly(
        database,
        TeamTable=[left(1)],
        UserTable=[changed("bob", teams=["t-ops"])],
        TeamMembership=[gone("bob", "t-research")],
        VerificationToken=[gone(hash_of(nightly))],
        DeletedVerificationToken=[archived(key)],
        JWTKeyMapping=[gone("j-claim")],
        DeprecatedVerificationToken=[gone("d-older")],
        AccessGroupTable=[changed("g-tools", assigned_key_ids=[hash_of(others)])],
        ObjectPermissionTable=[gone("perm")],
        BudgetTable=[gone(OWN_2)],
    ):
        gwctl("--actor ann teams members remove research bob --yes")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "2.5 add: no such team": ("add nobody fay", 3),
    "2.5 add: a member already": ("add research ada", 4),
    "2.5 add: a member already, by e-mail in other letters": ("add research ADA@x.org", 4),
    "2.5 add: an e-mail of two users": ("add research TWIN@x.org", 4),
    "2.5 add: one of two cannot be": ("add research fay twin@x.org", 4),
    "2.1 add: negative budget": ("add research fay --max-budget=-1", 5),
    "2.4 add: an unknown role": ("add research fay --role owner", {2, 5}),
    "2.6 update: no such team": ("update nobody ada --role user --yes", 3),
    "2.6 update: a user who is no member": ("update research eve --role admin --yes", 3),
    "2.6 update: nobody": ("update research ghost --max-budget 1 --yes", 3),
    "2.1 update: negative budget": ("update research ada --max-budget=-1 --yes", 5),
    "2.4 update: an unknown role": ("update research ada --role owner --yes", {2, 5}),
    "2.6 remove: no such team": ("remove nobody ada --yes", 3),
    "2.6 remove: a user who is no member": ("remove research eve --yes", 3),
    "2.6 remove: one of two is no member": ("remove research bob eve --yes", 3),
    "2.6 remove: nobody to ask": ("remove research bob", 2),
    "add: a rehearsal": ("add research fay zoe --max-budget 3 --dry-run", 0),
    "remove: a rehearsal": ("remove research ada --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        gwctl(f"--actor ann teams members {command}", code=code)


def test_list(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    with writes_exactly(database):
        members = gwctl("teams members list research -o json").json
    assert members == [
        has(user_id="ada", user_email="Ada@X.org", role="admin", spend=1.5, max_budget=2.0),
        has(user_id="bob", role="user", spend=1.5, max_budget=10.0),
        has(user_id="cyd", role="user", spend=1.5, max_budget=30.0),
        has(user_id="dan", role="user"),
    ]
