"""`invitations` and `users invite` write these rows (tenancy 1.10, 2.12). Whoever makes a link must be a user, by
foreign key: the actor if there is such a user, else the proxy's own administrator."""

from __future__ import annotations

import pytest

from gateway.literals import build_tenancy, gone, put, writes_exactly
from gateway.owners import made
from gateway.rows import has
from support.database import Database
from support.program import Program

ADMIN = "default_user_id"


def put_links(database: Database) -> None:
    for name, user in {"l-1": "ada", "l-2": "bob"}.items():
        put(database, "InvitationLink", id=name, user_id=user, created_by="bob", updated_by="bob")


MADE_BY: dict[str, tuple[tuple[str, ...], str, str]] = {  # which of the two are users; the command; who made it
    "1.10 by the actor, who is a user": (("ann", ADMIN), "invitations create fay", "ann"),
    "1.10 by the proxy's administrator": ((ADMIN,), "invitations create fay", ADMIN),
    "2.12 invite": (("ann",), "users invite fay", "ann"),
    "2.12 invite, by the proxy's administrator": ((ADMIN,), "users invite fay", ADMIN),
}


@pytest.mark.parametrize(("users", "command", "by"), MADE_BY.values(), ids=MADE_BY)
def test_create(gwctl: Program, database: Database, users: tuple[str, ...], command: str, by: str) -> None:
    build_tenancy(database)
    for user in users:
        put(database, "UserTable", user_id=user)
    with writes_exactly(database, InvitationLink=[made("InvitationLink", user_id="fay", created_by=by, updated_by=by)]):
        gwctl(f"--actor ann {command}")


@pytest.mark.parametrize("command", ["invitations create", "users invite"])
def test_create_by_email_in_other_letters_beside_another(gwctl: Program, database: Database, command: str) -> None:
    """2.12: several links for one user are no conflict."""
    build_tenancy(database)
    put(database, "UserTable", user_id="ann")
    put_links(database)
    with writes_exactly(database, InvitationLink=[made("InvitationLink", user_id="ada")]):
        gwctl(f"--actor ann {command} ADA@x.org")


def test_invite_prints_the_path_of_the_link(gwctl: Program, database: Database) -> None:
    """1.10"""
    build_tenancy(database)
    put(database, "UserTable", user_id="ann")
    result = gwctl("--actor ann users invite fay")
    link = database.row("LiteLLM_InvitationLink", user_id="fay")
    assert f"/ui?invitation_id={link['id']}" in result.stdout


@pytest.mark.parametrize("command", ["invitations create fay", "users invite fay"])
def test_nobody_who_could_have_made_it(gwctl: Program, database: Database, command: str) -> None:
    """1.10, I-31: the complaint says how to make the proxy's administrator."""
    build_tenancy(database)
    with writes_exactly(database):
        complaint = gwctl(f"--actor ann {command}", code=6).stderr
    assert f"users create {ADMIN}" in complaint


def test_delete(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_links(database)
    with writes_exactly(database, InvitationLink=[gone("l-1")]):
        gwctl("--actor ann invitations delete l-1 --yes")


def test_list_and_get(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put_links(database)
    ours = has(id="l-1", user_id="ada", is_accepted=False, accepted_at=None, created_by="bob", updated_by="bob")
    with writes_exactly(database):
        assert gwctl("invitations get l-1 -o json").json == ours
        assert gwctl("invitations list -o json").json in (
            [ours, has(id="l-2", user_id="bob")],
            [has(id="l-2", user_id="bob"), ours],
        )


REFUSED: dict[str, tuple[str, int]] = {
    "2.12 create: no such user": ("invitations create nobody", 3),
    "2.12 create: an e-mail of two users": ("invitations create TWIN@x.org", 4),
    "2.12 invite: no such user, and none is made": ("users invite nobody", 3),
    "create: a rehearsal": ("invitations create fay --dry-run", 0),
    "2.12 delete: no such link": ("invitations delete nobody --yes", 3),
    "2.12 delete: one of two is missing": ("invitations delete l-1 nobody --yes", 3),
    "delete: nobody to ask": ("invitations delete l-1", 2),
    "delete: missing, and that is fine": ("invitations delete nobody --ignore-missing --yes", 0),
    "get: no such link": ("invitations get nobody", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_tenancy(database)
    put(database, "UserTable", user_id="ann")
    put_links(database)
    with writes_exactly(database):
        gwctl(f"--actor ann {command}", code=code)
