"""`users rename`, `users reassign` and `users create --teams`: every place that holds a user's id because it is a right
of his moves along; what tells of the past, logs, archives and audit, keeps the old id.

One place a test, and all 57 tables held still but for it: `assert_only` compares every row, found again under its new
key, with what it was."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import NOW, Row, build_tenancy, changed, member, new, put, writes_exactly
from gateway.owners import put_owned
from gateway.rows import LONG_AGO, either, hash_of, put_key
from support.database import Database
from support.program import Program
from support.snapshot import Dump

TOKEN = hash_of("sk-nightly-0123456789-abcd")
OPEN = either(LONG_AGO, NOW)  # whether a row counts as changed when the database carries a new id into it

FILE: Row = {"model_mappings": {}, "created_at": LONG_AGO, "updated_at": LONG_AGO}
INVITATION: Row = {"id": "l-1", "user_id": "bob", "created_by": "bob", "updated_by": "bob"}
DAY: Row = {"id": "d-1", "date": "2026-01-02", "api_key": "x", "updated_at": LONG_AGO}
LOG: Row = {"request_id": "r-1", "call_type": "c", "startTime": LONG_AGO, "endTime": LONG_AGO}

PLACES: dict[str, tuple[str, Row, Row]] = {  # a table; a row that names uma; what of it is different after
    "key.user_id": ("VerificationToken", {"token": TOKEN, "user_id": "uma", "models": []}, {"user_id": "zoe"}),
    "members_with_roles": (
        "TeamTable",
        {"team_id": "t-1", "members_with_roles": [member("bob"), member("uma", "admin", "Uma@X.org")]},
        {"members_with_roles": [member("bob"), member("zoe", "admin", either("Uma@X.org", "Zoe@X.org"))]},
    ),
    "team membership": ("TeamMembership", {"user_id": "uma", "team_id": "t-1", "spend": 1.5}, {"user_id": "zoe"}),
    "organisation membership": (
        "OrganizationMembership",
        {"user_id": "uma", "organization_id": "o-acme", "user_role": "org_admin", "spend": 1.5},
        {"user_id": "zoe"},
    ),
    "invitation.user_id": ("InvitationLink", {**INVITATION, "user_id": "uma"}, {"user_id": "zoe"}),
    "invitation.created_by": ("InvitationLink", {**INVITATION, "created_by": "uma"}, {"created_by": "zoe"}),
    "invitation.updated_by": ("InvitationLink", {**INVITATION, "updated_by": "uma"}, {"updated_by": "zoe"}),
    "MCP credentials": (
        "MCPUserCredentials",
        {"id": "c-1", "user_id": "uma", "server_id": "s-1", "credential_b64": "sealed"},
        {"user_id": "zoe"},
    ),
    "MCP server.submitted_by": ("MCPServerTable", {"server_id": "s-1", "submitted_by": "uma"}, {"submitted_by": "zoe"}),
    "guardrail_info": (
        "GuardrailsTable",
        {
            "guardrail_id": "g-1", "guardrail_name": "pii", "litellm_params": {"mode": "pre_call"},
            "guardrail_info": {"submitted_by_user_id": "uma", "team_guardrail": True}, "updated_at": LONG_AGO,
        },
        {"guardrail_info": {"submitted_by_user_id": "zoe", "team_guardrail": True}},
    ),
    "managed file": (
        "ManagedFileTable",
        {**FILE, "id": "f-1", "unified_file_id": "u-1", "created_by": "uma"},
        {"created_by": "zoe"},
    ),
    "managed object": (
        "ManagedObjectTable",
        {
            "id": "o-1", "unified_object_id": "u-1", "model_object_id": "m-1", "file_object": {},
            "file_purpose": "batch", "created_by": "uma", "updated_at": LONG_AGO,
        },
        {"created_by": "zoe"},
    ),
    "managed vector store": (
        "ManagedVectorStoreTable",
        {**FILE, "id": "v-1", "unified_resource_id": "u-1", "created_by": "uma"},
        {"created_by": "zoe"},
    ),
    "vector store": (
        "ManagedVectorStoresTable",
        {"vector_store_id": "v-1", "custom_llm_provider": "openai", "user_id": "uma", "updated_at": LONG_AGO},
        {"user_id": "zoe"},
    ),
}  # fmt: skip


PAST: dict[str, Row] = {  # rows that name uma and go on doing so: who made something, and what was
    "BudgetTable": {"budget_id": "gold", "created_by": "uma", "updated_by": "uma"},
    "SpendLogs": {**LOG, "user": "uma"},
    "DailyUserSpend": {**DAY, "user_id": "uma"},
    "DeletedVerificationToken": {"id": "a-1", "token": TOKEN, "user_id": "uma", "deleted_by": "uma"},
    "DeletedTeamTable": {"id": "a-1", "team_id": "t-9", "members_with_roles": [member("uma")]},
    "AuditLog": {
        "id": "a-1", "action": "updated", "table_name": "LiteLLM_UserTable", "object_id": "uma", "changed_by": "uma",
    },
    "EndUserTable": {"user_id": "uma"},  # a customer, who is somebody else
}  # fmt: skip


def put_uma(database: Database, **columns: Any) -> Row:
    build_tenancy(database)
    had: Row = {"user_email": "Uma@X.org", "spend": 2.5, "max_budget": 4.0, "password": "0f" * 32}
    return put(database, "UserTable", user_id="uma", **{**had, "organization_id": "o-acme", **columns})


def assert_only(database: Database, before: Dump, *changes: tuple[Row, Row | None]) -> None:
    """These rows, as they were, have these columns now, or are gone; everything else is what it was. A row that changed
    may say so in its own `updated_at` and `updated_by`."""
    after, olds = database.dump(), [old for old, _ in changes]
    expected = {
        table: [row for row in rows if row not in olds] for table, rows in before.items() if table.startswith("LiteLLM")
    }
    for old, columns in changes:
        table = next(table for table, rows in before.items() if old in rows)
        books = {"updated_at": OPEN, "updated_by": either(old.get("updated_by"), "ann")}
        if columns is not None:
            expected[table].append({**old, **{name: books[name] for name in books if name in old}, **columns})
    for table in {name for name in after if name.startswith("LiteLLM")} | expected.keys():
        rows, due = after.get(table, []), expected.get(table, [])
        if table == "LiteLLM_AuditLog":
            rows = [row for row in rows if row in due]  # what this change adds is looked at by itself
        assert [row for row in rows if row not in due] == [], table
        assert [row for row in due if row not in rows] == [], table
        assert len(rows) == len(due), table


@pytest.mark.parametrize(("table", "had", "columns"), PLACES.values(), ids=PLACES)
def test_rename(gwctl: Program, database: Database, table: str, had: Row, columns: Row) -> None:
    """The user's own row keeps everything but its id."""
    uma = put_uma(database)
    row = put(database, table, **had)
    before = database.dump()
    gwctl("--actor ann users rename uma zoe --yes")
    assert_only(database, before, (uma, {"user_id": "zoe"}), (row, columns))


@pytest.mark.parametrize(("table", "had", "columns"), PLACES.values(), ids=PLACES)
def test_reassign(gwctl: Program, database: Database, table: str, had: Row, columns: Row) -> None:
    """Zoe had nothing of the kind before. Of the users' own rows only the lists of teams change."""
    teams = ["t-1"] if table == "TeamTable" else []
    uma = put_uma(database, teams=teams)
    zoe = put(database, "UserTable", user_id="zoe", user_email="Zoe@X.org")
    row = put(database, table, **had)
    before = database.dump()
    gwctl("--actor ann users reassign uma zoe --yes")
    lists = [(uma, {"teams": []}), (zoe, {"teams": teams})] if teams else []
    assert_only(database, before, (row, columns), *lists)


@pytest.mark.parametrize("verb", ["rename", "reassign"])
def test_what_was_stays_and_that_is_said(gwctl: Program, database: Database, verb: str) -> None:
    uma = put_uma(database)
    key = put_key(database, user_id="uma")
    for table, row in PAST.items():
        put(database, table, **row)
    if verb == "reassign":
        put(database, "UserTable", user_id="zoe")
    before = database.dump()
    said = gwctl(f"--actor ann users {verb} uma zoe --yes").stderr
    of_user = [(uma, {"user_id": "zoe"})] if verb == "rename" else []
    assert_only(database, before, *of_user, (key, {"user_id": "zoe"}))
    assert "spend" in said.lower()


@pytest.mark.parametrize("command", ["rename uma zoe", "reassign uma gus"])
def test_is_audited_once_and_takes_no_secret_along(gwctl: Program, database: Database, command: str) -> None:
    put_uma(database)
    put(database, "UserTable", user_id="gus")
    put_key(database, user_id="uma")
    gwctl(f"--actor ann users {command} --yes")
    rows = database.rows("LiteLLM_AuditLog")
    about = [(row["table_name"], row["object_id"]) for row in rows]
    assert len(set(about)) == len(about) > 0
    assert {row["changed_by"] for row in rows} == {"ann"}
    assert ("LiteLLM_VerificationToken", TOKEN) in about
    assert "0f" * 32 not in repr(rows)


def test_reassign_what_the_other_has_too(gwctl: Program, database: Database) -> None:
    """2.4, I-8: one entry, the stronger role; his own membership rows stay, hers go, and her list of teams is empty."""
    uma = put_uma(database, teams=["t-1", "t-2"])
    gus = put(database, "UserTable", user_id="gus", teams=["t-0", "t-1"])
    entries = [member("gus"), member("uma", "admin", "Uma@X.org")]
    one = put(database, "TeamTable", team_id="t-1", team_alias="one", members_with_roles=entries)
    two = put(database, "TeamTable", team_id="t-2", team_alias="two", members_with_roles=[member("uma")])
    hers = put_owned(database, "TeamMembership", "of-free", user_id="uma", team_id="t-1", spend=1.0)
    his = put_owned(database, "TeamMembership", "standard", user_id="gus", team_id="t-1", spend=2.0)
    in_acme: Row = {"organization_id": "o-acme", "spend": 1.0}
    her_seat = put(database, "OrganizationMembership", **in_acme, user_id="uma", user_role="org_admin")
    his_seat = put(database, "OrganizationMembership", **in_acme, user_id="gus", user_role="internal_user")
    before = database.dump()
    gwctl("--actor ann users reassign uma gus --yes")
    assert_only(
        database,
        before,
        (uma, {"teams": []}),
        (gus, {"teams": ["t-0", "t-1", "t-2"]}),
        (one, {"members_with_roles": [member("gus", "admin")]}),
        (two, {"members_with_roles": [member("gus")]}),
        (hers, None),
        (his, {"spend": either(2.0, 3.0)}),
        (her_seat, None),
        (his_seat, {"user_role": either("internal_user", "org_admin"), "spend": either(1.0, 2.0)}),
    )


JOINED: dict[str, tuple[str, Row, dict[str, Any]]] = {  # options; columns of the user; tables besides
    "2.10 several teams, by id and by name": (
        "zed --teams t-plain,ops",
        {"user_id": "zed", "teams": ["t-plain", "t-ops"]},
        {
            "TeamTable": [
                changed("t-plain", members_with_roles=[member("zed")]),
                changed("t-ops", members_with_roles=[member("bob"), member("zed")]),
            ]
        },
    ),
    "2.5 the e-mail goes into the list": (
        "zed --user-email Zed@Y.org --teams plain",
        {"user_id": "zed", "user_email": "Zed@Y.org", "teams": ["t-plain"]},
        {"TeamTable": [changed("t-plain", members_with_roles=[member("zed", email="Zed@Y.org")])]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), JOINED.values(), ids=JOINED)
def test_create_in_teams(
    gwctl: Program, database: Database, options: str, columns: Row, others: dict[str, Any]
) -> None:
    build_tenancy(database)
    with writes_exactly(database, UserTable=[new("UserTable", **columns)], **others):
        gwctl(f"--actor ann users create {options}")


def test_create_in_a_team_with_a_default_budget(gwctl: Program, database: Database) -> None:
    """2.3"""
    team = build_tenancy(database)
    default = team["metadata"]["team_member_budget_id"]
    entries = [*team["members_with_roles"], member("zed")]
    with writes_exactly(
        database,
        UserTable=[new("UserTable", user_id="zed", teams=["t-research"])],
        TeamTable=[changed("t-research", members_with_roles=entries)],
        TeamMembership=[new("TeamMembership", user_id="zed", team_id="t-research", budget_id=default)],
    ):
        gwctl("--actor ann users create zed --teams research")


REFUSED: dict[str, tuple[str, int | set[int]]] = {
    "rename: no such user": ("rename nobody zoe --yes", 3),
    "rename: the new id is taken": ("rename uma bob --yes", 4),
    "rename: the proxy's admin": ("rename default_user_id zoe --yes", 6),
    "rename: to the proxy's admin": ("rename uma default_user_id --yes", {4, 6}),
    "rename: an e-mail of two users": ("rename TWIN@x.org zoe --yes", 4),
    "rename: a rehearsal": ("rename uma zoe --dry-run", 0),
    "reassign: from nobody": ("reassign nobody bob --yes", 3),
    "reassign: to nobody, and nobody is made": ("reassign uma nobody --yes", 3),
    "reassign: nothing to move": ("reassign fay bob --yes", 0),
    "reassign: nobody to ask": ("reassign uma bob", 2),
    "reassign: a rehearsal": ("reassign uma bob --dry-run", 0),
    "2.10 create: one of its teams is missing": ("create zed --teams plain,nobody", 3),
    "create: a rehearsal in teams": ("create zed --teams plain --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int | set[int]) -> None:
    put_uma(database)
    put(database, "UserTable", user_id="default_user_id", user_role="proxy_admin")
    put_key(database, user_id="uma")
    with writes_exactly(database):
        gwctl(f"--actor ann users {command}", code=code)
