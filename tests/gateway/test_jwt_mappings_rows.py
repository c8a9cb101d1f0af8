"""`keys jwt-mappings` write these rows (keys 3.10): a JWT whose claim has the value counts as the key."""

from __future__ import annotations

import pytest

from gateway.literals import changed, gone, writes_exactly
from gateway.owners import made
from gateway.rows import SECRET, assert_nowhere, has, hash_of, put_key, put_mapping
from support.database import Database
from support.program import Program

TOKEN = hash_of(SECRET)
CLAIM = "--claim-name sub --claim-value alice"

ADDED: dict[str, tuple[str, dict[str, object]]] = {
    "by alias": (f"nightly {CLAIM}", {"jwt_claim_value": "alice"}),
    "by hash, which the gateway would hash again": (f"{TOKEN} {CLAIM}", {"jwt_claim_value": "alice"}),
    "with a description": (
        f"nightly {CLAIM} --description 'The batch'", {"jwt_claim_value": "alice", "description": "The batch"},
    ),
    "another value of the claim": (
        "nightly --claim-name sub --claim-value carol", {"jwt_claim_value": "carol"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "columns"), ADDED.values(), ids=ADDED)
def test_add(gwctl: Program, database: Database, command: str, columns: dict[str, object]) -> None:
    put_key(database)
    put_mapping(database, "bob", TOKEN)
    with writes_exactly(database, JWTKeyMapping=[made("JWTKeyMapping", token=TOKEN, jwt_claim_name="sub", **columns)]):
        gwctl(f"--actor ann keys jwt-mappings add {command}")


def test_add_by_the_secret_on_stdin(gwctl: Program, database: Database) -> None:
    put_key(database)
    expected = made("JWTKeyMapping", token=TOKEN, jwt_claim_name="sub", jwt_claim_value="alice")
    with writes_exactly(database, JWTKeyMapping=[expected]):
        result = gwctl(f"--actor ann keys jwt-mappings add - {CLAIM}", stdin=f"{SECRET}\n")
    assert_nowhere(database, SECRET)
    assert SECRET not in result.text


def test_add_says_how_long_a_proxy_may_not_know_it(gwctl: Program, database: Database) -> None:
    """6: misses are cached too."""
    put_key(database)
    assert "300 s" in gwctl(f"--actor ann keys jwt-mappings add nightly {CLAIM}").stderr


UPDATED: dict[str, tuple[str, dict[str, object]]] = {
    "another key": ("--key second", {"token": hash_of("sk-second-0123456789")}),
    "switched off": ("--no-active", {"is_active": False}),
    "a description": ("--description 'By night'", {"description": "By night"}),
}


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: dict[str, object]) -> None:
    put_key(database)
    put_key(database, "sk-second-0123456789", key_alias="second")
    put_mapping(database, "bob", TOKEN)
    with writes_exactly(database, JWTKeyMapping=[changed("j-bob", **columns)]):
        gwctl(f"--actor ann keys jwt-mappings update j-bob {options}")


def test_remove(gwctl: Program, database: Database) -> None:
    put_key(database)
    for claim in ("alice", "bob"):
        put_mapping(database, claim, TOKEN)
    with writes_exactly(database, JWTKeyMapping=[gone("j-alice")]):
        gwctl("--actor ann keys jwt-mappings remove j-alice --yes")


def test_list(gwctl: Program, database: Database) -> None:
    put_key(database)
    put_key(database, "sk-second-0123456789", key_alias="second")
    put_mapping(database, "alice", TOKEN)
    put_mapping(database, "bob", hash_of("sk-second-0123456789"))
    with writes_exactly(database):
        found = gwctl("keys jwt-mappings list -o json").json
    assert sorted(found, key=lambda row: str(row["id"])) == [
        has(id="j-alice", jwt_claim_name="sub", jwt_claim_value="alice", token=TOKEN, key_alias="nightly"),
        has(id="j-bob", jwt_claim_name="sub", jwt_claim_value="bob", key_alias="second"),
    ]


REFUSED: dict[str, tuple[str, int]] = {
    "the pair is taken, by this key or another": ("add nightly --claim-name sub --claim-value bob", 4),
    "no such key": (f"add nobody {CLAIM}", 3),
    "no claim": ("add nightly --claim-name sub", 2),
    "add: a rehearsal": (f"add nightly {CLAIM} --dry-run", 0),
    "update: no such mapping": ("update nobody --no-active", 3),
    "update: no such key": ("update j-bob --key nobody", 3),
    "update: nothing given": ("update j-bob", 2),
    "update: so already": ("update j-bob --active", 0),
    "remove: no such mapping": ("remove nobody --yes", 3),
    "remove: nobody to ask": ("remove j-bob", 2),
    "remove: a rehearsal": ("remove j-bob --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_key(database)
    put_key(database, "sk-second-0123456789", key_alias="second")
    put_mapping(database, "bob", hash_of("sk-second-0123456789"))
    with writes_exactly(database):
        gwctl(f"--actor ann keys jwt-mappings {command}", code=code)
