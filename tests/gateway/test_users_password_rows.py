"""`users set-password` writes this column (tenancy 1.9, 2.12 claim): the hash, nowhere the password."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from gateway.literals import build_tenancy, changed, put, writes_exactly
from support.database import Database
from support.program import Program

WORD = "correct horse ✓"
HASH = sha256(WORD.encode()).hexdigest()
SOURCES = {"stdin": "-", "a variable": "env:WORD", "a file": "file:word.txt"}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_set(gwctl: Program, database: Database, source: str) -> None:
    build_tenancy(database)
    Path("word.txt").write_text(f"{WORD}\n")
    with writes_exactly(database, UserTable=[changed("ada", password=HASH)]):
        result = gwctl(f"--actor ann users set-password ada --password-from {source} -o json", stdin=f"{WORD}\n",
                       env={"WORD": WORD})  # fmt: skip
    said = f"{result.stdout}{result.stderr}{database.rows('LiteLLM_AuditLog')}{database.rows('gwctl.row_image')}"
    assert WORD not in said
    assert HASH not in said
    assert result.json["user_id"] == "ada"
    assert "password" not in result.json


def test_clear(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    put(database, "UserTable", user_id="uma", password=HASH)
    with writes_exactly(database, UserTable=[changed("uma", password=None)]):
        gwctl("--actor ann users set-password uma --clear --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "no such user": ("zed --password-from -", 3),
    "neither given": ("ada", 2),
    "both given": ("ada --clear --password-from - --yes", 2),
    "an empty password": ("ada --password-from file:empty", 5),
    "the password itself": (f"ada --password-from {WORD.replace(' ', '-')}", 5),
    "no such file": ("ada --password-from file:nowhere", 5),
    "clear: nobody to ask": ("uma --clear", 2),
    "clear: a rehearsal": ("uma --clear --dry-run", 0),
    "clear: there is none": ("ada --clear --yes", 0),
    "set: the same one": ("uma --password-from -", 0),
}


@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, arguments: str, code: int) -> None:
    build_tenancy(database)
    put(database, "UserTable", user_id="uma", password=HASH)
    Path("empty").touch()
    with writes_exactly(database):
        gwctl(f"--actor ann users set-password {arguments}", code=code, stdin=f"{WORD}\n")


def undone(gwctl: Program, env: dict[str, str] | None = None) -> str:
    change_set = gwctl("audit list --limit 1 -o json").json[0]["change_set"]
    return gwctl(["audit", "undo", change_set, "--yes"], env=env or {}).stderr


TAKEN_BACK: dict[str, tuple[str, str | None]] = {
    "another": ("set-password uma --password-from -", HASH),
    "the first": ("set-password ada --password-from -", None),
    "cleared": ("set-password uma --clear --yes", HASH),
    "gone with the user": ("delete uma --yes", HASH),
}


@pytest.mark.parametrize(("command", "before"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_undo_brings_it_back_out_of_the_seal(
    gwctl: Program, database: Database, command: str, before: str | None
) -> None:
    build_tenancy(database)
    put(database, "UserTable", user_id="uma", password=HASH)
    user, salt = command.split()[1], {"LITELLM_SALT_KEY": "sk-salt-0123456789"}
    gwctl(f"users {command}", stdin="another\n", env=salt)
    images = str(database.rows("gwctl.row_image"))
    assert HASH not in images
    assert sha256(b"another").hexdigest() not in images
    assert HASH not in gwctl(f"audit show {gwctl('audit list -o json').json[0]['change_set']} -o json").stdout
    assert "password" not in undone(gwctl, salt)
    assert database.row("LiteLLM_UserTable", user_id=user)["password"] == before


@pytest.mark.parametrize(("command", "before"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_undo_without_a_salt_key_names_the_user(
    gwctl: Program, database: Database, command: str, before: str | None
) -> None:
    """No image keeps it then; one that was set since is nobody's to take."""
    build_tenancy(database)
    put(database, "UserTable", user_id="uma", password=HASH)
    user = command.split()[1]
    gwctl(f"users {command}", stdin="another\n")
    left = [row["password"] for row in database.rows("LiteLLM_UserTable", user_id=user)] or [None]
    assert f"UserTable.password of {user}" in undone(gwctl)
    assert [row["password"] for row in database.rows("LiteLLM_UserTable", user_id=user)] == left
