"""`users create`, `update`, `reset-spend` and `delete` write these rows (tenancy 1.9, 2.10), and never a key."""

from __future__ import annotations

import pytest

from gateway.literals import (
    DEFAULT,
    MEMBERS,
    OWN,
    OWN_2,
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
from gateway.rows import (
    NEXT_MIDNIGHT,
    NEXT_MONDAY,
    NEXT_MONTH,
    UUID,
    either,
    hash_of,
    moment,
    put_grace,
    put_key,
    put_mapping,
)
from support.database import Database
from support.program import Program
from support.values import JSON_NULL

Tables = dict[str, list[Step]]

CREATED: dict[str, tuple[str, Row, Tables]] = {  # the argument and options; columns that differ; other tables
    "2.10 an id alone: no role, no key": ("zed", {"user_id": "zed"}, {}),
    "2.10 without an id": ("--user-email Zed@Y.org", {"user_id": UUID, "user_email": "Zed@Y.org"}, {}),
    "1.9 own columns": (
        "zed --user-email Zed@Y.org --user-alias 'Zed Z' --user-role proxy_admin_viewer --sso-user-id s-1"
        " --models gpt-4o,o3 --max-budget 5.5 --tpm-limit 9000000000 --rpm-limit 7 --max-parallel-requests 3"
        """ --allowed-cache-controls no-cache --model-max-budget '{"o3": {"max_budget": 1}}' --metadata owner=ada""",
        {
            "user_id": "zed", "user_email": "Zed@Y.org", "user_alias": "Zed Z", "user_role": "proxy_admin_viewer",
            "sso_user_id": "s-1", "models": ["gpt-4o", "o3"], "max_budget": 5.5, "tpm_limit": 9_000_000_000,
            "rpm_limit": 7, "max_parallel_requests": 3, "allowed_cache_controls": ["no-cache"],
            "model_max_budget": {"o3": {"max_budget": 1}}, "metadata": {"owner": "ada"},
        },
        {},
    ),
    "4.4 resets at midnight": (
        "zed --budget-duration 1d", {"user_id": "zed", "budget_duration": "1d", "budget_reset_at": NEXT_MIDNIGHT}, {},
    ),
    "4.4 resets on the 1st": (
        "zed --budget-duration 1mo", {"user_id": "zed", "budget_duration": "1mo", "budget_reset_at": NEXT_MONTH}, {},
    ),
    "2.13 object permission, which the gateway drops": (
        "zed --vector-stores v1",
        {"user_id": "zed", "object_permission_id": UUID},
        {"ObjectPermissionTable": [new("ObjectPermissionTable", vector_stores=["v1"])]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    build_tenancy(database)
    with writes_exactly(database, UserTable=[new("UserTable", **columns)], **others):
        gwctl(f"--actor ann users create {options}")


def uma(**columns: object) -> Tables:
    return {"UserTable": [changed("uma", **columns)]}


UPDATED: dict[str, tuple[Row, str, Tables]] = {  # what the user has besides; name and options; what is different after
    "2.10 own columns": (
        {},
        "uma --user-alias U --user-role internal_user_viewer --sso-user-id s-2 --models o3 --max-budget 9"
        " --tpm-limit 1 --rpm-limit 2 --max-parallel-requests 3 --allowed-cache-controls no-store",
        uma(
            user_alias="U", user_role="internal_user_viewer", sso_user_id="s-2", models=["o3"], max_budget=9.0,
            tpm_limit=1, rpm_limit=2, max_parallel_requests=3, allowed_cache_controls=["no-store"],
        ),
    ),
    "2.10 by e-mail in other letters": ({}, "UMA@x.org --max-budget 9", uma(max_budget=9.0)),
    "2.10 e-mail, the same in other letters": ({}, "uma --user-email UMA@X.ORG", uma(user_email="UMA@X.ORG")),
    "2.10 own columns, null": (
        {"tpm_limit": 1, "rpm_limit": 2, "max_parallel_requests": 3, "sso_user_id": "s-2"},
        "uma --set-null user_alias --set-null user_role --set-null max_budget --set-null tpm_limit --set-null rpm_limit"
        " --set-null max_parallel_requests --set-null sso_user_id --set-null user_email",
        uma(
            user_alias=None, user_role=None, max_budget=None, tpm_limit=None, rpm_limit=None, sso_user_id=None,
            max_parallel_requests=None, user_email=None,
        ),
    ),
    "2.10 lists and JSON, null is empty, which the gateway ignores": (
        {"allowed_cache_controls": ["no-cache"], "model_max_budget": {"o3": {"max_budget": 1}}},
        "uma --set-null models --set-null allowed_cache_controls --set-null model_max_budget",
        uma(models=[], allowed_cache_controls=[], model_max_budget={}),
    ),
    "0 models that are NULL": ({"models": None}, "uma --add-models o3", uma(models=["o3"])),
    "2.10 period": ({}, "uma --budget-duration 7d", uma(budget_duration="7d", budget_reset_at=NEXT_MONDAY)),
    "I-9 period, null clears its reset too": (
        {}, "uma --set-null budget_duration", uma(budget_duration=None, budget_reset_at=None),
    ),
    "I-11 a period without a reset gets one": (
        {"budget_reset_at": None}, "uma --budget-duration 1d", uma(budget_duration="1d", budget_reset_at=NEXT_MIDNIGHT),
    ),
    "2.10 metadata is merged by key": (
        {}, "uma --metadata tier=gold --metadata owner=", uma(metadata={"keep": [1], "tier": "gold"}),
    ),
    "0 metadata that is JSON null": ({"metadata": JSON_NULL}, "uma --metadata a=b", uma(metadata={"a": "b"})),
    "2.10 no default comes with a role": (
        {"max_budget": None}, "uma --user-role internal_user", uma(user_role="internal_user"),
    ),
    "2.13 object permission, which the gateway drops": (
        {},
        "uma --agents a1",
        {"ObjectPermissionTable": [new("ObjectPermissionTable", agents=["a1"])], **uma(object_permission_id=UUID)},
    ),
    "2.13 object permission, merged in place": (
        {"object_permission_id": "perm"},
        "uma --agents a2",
        {"ObjectPermissionTable": [changed("perm", agents=["a2"])], "UserTable": [perhaps(changed("uma"))]},
    ),
    "what is so already": ({}, "uma --max-budget 4 --models gpt-4o --metadata owner=ada", {}),
}  # fmt: skip


def put_uma(database: Database, **columns: object) -> Row:
    had: Row = {
        "user_email": "Uma@X.org", "user_alias": "Uma", "user_role": "proxy_admin", "models": ["gpt-4o"],
        "max_budget": 4.0, "spend": 2.5, "budget_duration": "30d", "budget_reset_at": moment("2027-03-01"),
        "metadata": {"owner": "ada", "keep": [1]}, "teams": ["t-ops"], "policies": ["eu"], "password": "0f" * 32,
    }  # fmt: skip
    put(database, "ObjectPermissionTable", object_permission_id="perm", agents=["a1"], vector_stores=["v1"])
    return put(database, "UserTable", user_id="uma", **{**had, **columns})


@pytest.mark.parametrize(("had", "options", "tables"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, had: Row, options: str, tables: Tables) -> None:
    put_uma(database, **had)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann users update {options} --yes")


SPENT: dict[str, tuple[Row, Row]] = {
    "4.5 no period": ({"budget_duration": None, "budget_reset_at": None}, {"spend": 0.0}),
    "4.5 a reset that is due": (
        {"budget_reset_at": moment("2026-02-01")}, {"spend": 0.0, "budget_reset_at": NEXT_MONTH},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "columns"), SPENT.values(), ids=SPENT)
def test_reset_spend(gwctl: Program, database: Database, had: Row, columns: Row) -> None:
    put_uma(database, **had)
    with writes_exactly(database, **uma(**columns)):
        gwctl("--actor ann users reset-spend uma --yes")


def put_invitation(database: Database, name: str, user: str, created_by: str, updated_by: str) -> None:
    put(database, "InvitationLink", id=name, user_id=user, created_by=created_by, updated_by=updated_by)


def test_delete(gwctl: Program, database: Database) -> None:
    """2.10, keys 3.5: with archives of the keys, which the gateway does not make, and out of every team's list."""
    build_tenancy(database)
    put(database, "ObjectPermissionTable", object_permission_id="perm", agents=["a1"])
    put(database, "BudgetTable", budget_id=OWN_2, max_budget=1.0)
    database.execute(
        """update "LiteLLM_UserTable" set object_permission_id = 'perm', password = 'a-hash' where user_id = 'ada'"""
    )
    listed = [member("ada", "admin"), member("bob")]  # in a team that is not in her list
    put(database, "TeamTable", team_id="t-far", team_alias="far", members_with_roles=listed, admins=["ada"])
    put(database, "TeamMembership", user_id="ada", team_id="t-far", budget_id=DEFAULT)
    for user, budget_id in (("ada", OWN_2), ("bob", None)):
        put(database, "OrganizationMembership", user_id=user, organization_id="o-acme", budget_id=budget_id)
    put_invitation(database, "of-her", "ada", "bob", "bob")
    put_invitation(database, "by-her", "bob", "ada", "bob")
    put_invitation(database, "accepted-by-her", "bob", "bob", "ada")
    put_invitation(database, "of-others", "eve", "bob", "bob")
    nightly, alone, others = "sk-nightly-0123456789", "sk-alone-0123456789", "sk-others-0123456789"
    keys = [
        put_key(database, nightly, team_id="t-research", user_id="ada", organization_id="o-acme", budget_id="standard"),
        put_key(database, alone, key_alias="alone", user_id="ada"),
    ]
    put_key(database, others, key_alias="others", user_id="bob", team_id="t-research")
    put_mapping(database, "claim", hash_of(nightly))
    put_grace(database, "older", hash_of(alone))
    with writes_exactly(
        database,
        UserTable=[gone("ada")],
        TeamTable=[
            changed("t-research", members_with_roles=MEMBERS[1:]),
            changed("t-far", members_with_roles=[member("bob")], admins=either([], ["ada"])),
        ],
        TeamMembership=[gone("ada", "t-research"), gone("ada", "t-far")],
        OrganizationMembership=[gone("ada", "o-acme")],
        InvitationLink=[gone("of-her"), gone("by-her"), gone("accepted-by-her")],
        VerificationToken=[gone(hash_of(nightly)), gone(hash_of(alone))],
        DeletedVerificationToken=[archived(key) for key in keys],
        JWTKeyMapping=[gone("j-claim")],
        DeprecatedVerificationToken=[gone("d-older")],
        ObjectPermissionTable=[gone("perm")],
        BudgetTable=[gone(OWN), gone(OWN_2)],
    ):
        gwctl("--actor ann users delete ada --yes")
    assert "a-hash" not in repr(database.rows("LiteLLM_AuditLog"))


def test_delete_by_email(gwctl: Program, database: Database) -> None:
    put_uma(database)
    with writes_exactly(database, UserTable=[gone("uma")]):
        gwctl("--actor ann users delete uma@x.ORG --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "2.10 create: id taken": ("create ada", 4),
    "2.10 create: e-mail taken, in other letters": ("create zed --user-email ada@x.ORG", 4),
    "1.9 create: SSO id taken": ("create zed --sso-user-id s-bob", 4),
    "2.1 create: negative budget": ("create zed --max-budget=-1", 5),
    "1.9 create: negative limit": ("create zed --rpm-limit=-1", 5),
    "4.4 create: two months as the period of a user": ("create zed --budget-duration 2mo", 5),
    "1.9 create: a role of the enum that no user may have": ("create zed --user-role customer", 5),
    "create: a rehearsal": ("create zed --vector-stores v1 --dry-run", 0),
    "create: once is enough, if asked": ("create ada --if-not-exists", 0),
    "2.10 update: no such user, and none is made": ("update zed --max-budget 1 --yes", 3),
    "2.10 update: no such e-mail, and none is made": ("update zed@y.org --max-budget 1 --yes", 3),
    "I-25 update: an e-mail of two users": ("update TWIN@x.org --max-budget 1 --yes", 4),
    "2.10 update: e-mail taken, in other letters": ("update bob --user-email ADA@X.ORG --yes", 4),
    "1.9 update: SSO id taken": ("update ada --sso-user-id s-bob --yes", 4),
    "2.1 update: negative budget": ("update ada --max-budget=-1 --yes", 5),
    "4.4 update: a period that is none": ("update ada --budget-duration soon --yes", 5),
    "reset-spend: no such user": ("reset-spend zed --yes", 3),
    "2.10 delete: no such user": ("delete zed --yes", 3),
    "2.10 delete: one of two is missing": ("delete ada zed --yes", 3),
    "delete: missing, and that is fine": ("delete zed --ignore-missing --yes", 0),
    "delete: nobody to ask": ("delete ada", 2),
    "delete: a rehearsal": ("delete ada --dry-run", 0),
    "1.9 delete: the proxy's admin": ("delete default_user_id --yes", 6),
    "1.9 delete: the proxy's budget": ("delete litellm-proxy-budget --yes", 6),
    "1.9 delete: the proxy's admin, by force": ("delete default_user_id --yes --force", 6),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_tenancy(database)
    database.execute("""update "LiteLLM_UserTable" set sso_user_id = 's-bob' where user_id = 'bob'""")
    put(database, "UserTable", user_id="default_user_id", user_role="proxy_admin")
    put(database, "UserTable", user_id="litellm-proxy-budget", max_budget=100.0)
    with writes_exactly(database):
        gwctl(f"--actor ann users {command}", code=code)
