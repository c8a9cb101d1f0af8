"""`keys rotate` gives a key another secret in its place, and what names the key follows (keys.md §3.7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.rows import (
    ARCHIVED,
    CHANGED,
    LONG_AGO,
    MINTED,
    NOW,
    SECRET,
    UUID,
    Row,
    after,
    assert_audited,
    assert_nowhere,
    assigned,
    build_world,
    hash_of,
    key_of,
    moment,
    put_grace,
    put_group,
    put_key,
    put_mapping,
    writes,
)
from support.database import Database
from support.program import Program

TOKEN = hash_of(SECRET)
ROTATED = {"VerificationToken": "+1 -1", "DeletedVerificationToken": "+1", "AuditLog": "+1"}


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    build_world(database)


def renewed(old: Row, secret: str) -> Row:
    return {**old, **CHANGED, "token": hash_of(secret), "key_name": f"sk-...{secret[-4:]}"}


KEPT: dict[str, dict[str, Any]] = {
    "spend, limits, metadata": {},
    "blocked": {"blocked": True},
    "the rotation's dates": {"auto_rotate": True, "rotation_interval": "30d", "key_rotation_at": moment("2027-01-01")},
    "references": {"team_id": "t-ops", "user_id": "ada", "budget_id": "standard", "organization_id": "o-acme"},
}


@pytest.mark.parametrize("columns", KEPT.values(), ids=KEPT)
def test_keeps_all_but_the_secret(gwctl: Program, database: Database, columns: dict[str, Any]) -> None:
    """In a pipe the plain secret alone; the old row is archived; no grace, no row for it."""
    old = put_key(database, **columns)
    with writes(database, **ROTATED):
        secret = gwctl("--actor ann keys rotate nightly --yes").stdout.removesuffix("\n")
    assert MINTED.fullmatch(secret)
    assert key_of(database, hash_of(secret)) == renewed(old, secret)
    assert database.row("LiteLLM_DeletedVerificationToken") == {**old, **ARCHIVED}


def test_audits_under_the_old_hash(gwctl: Program, database: Database) -> None:
    """3.9"""
    put_key(database, team_id="t-research", user_id="ada")
    secret = gwctl("--actor ann keys rotate nightly --grace 1h --yes -o json").json["key"]
    same = {"team_id": "t-research", "user_id": "ada"}
    assert_audited(
        database, "rotated", TOKEN, before={**same, "token": TOKEN}, after={**same, "token": hash_of(secret)}
    )
    assert_nowhere(database, secret, SECRET)


def test_grace_keeps_the_old_hash_for_a_while(gwctl: Program, database: Database) -> None:
    put_key(database)
    with writes(database, **ROTATED, DeprecatedVerificationToken="+1"):
        result = gwctl("keys rotate nightly --grace 24h --yes")
    assert database.row("LiteLLM_DeprecatedVerificationToken") == {
        "id": UUID, "token": TOKEN, "active_token_id": hash_of(result.stdout.strip()), "revoke_at": after(hours=24),
        "created_at": NOW,
    }  # fmt: skip
    assert "grace" in result.stderr  # this release of the gateway does not honour it


def test_grace_replaces_a_stale_row_of_the_same_hash(gwctl: Program, database: Database) -> None:
    """An upsert by `token`."""
    put_key(database)
    put_grace(database, TOKEN, "0" * 64)
    secret = gwctl("keys rotate nightly --grace 24h --yes").stdout.strip()
    row = database.row("LiteLLM_DeprecatedVerificationToken")
    assert (row["token"], row["active_token_id"], row["revoke_at"]) == (TOKEN, hash_of(secret), after(hours=24))


@pytest.mark.parametrize("grace", ["", "--grace 24h"], ids=["at once", "with grace"])
def test_what_names_the_key_follows(gwctl: Program, database: Database, grace: str) -> None:
    """Mappings, earlier grace rows with their own end, and access groups; another key's stay."""
    put_key(database, access_group_ids=["g-both"])
    put_key(database, "sk-other-0123456789", key_alias="other")
    other = hash_of("sk-other-0123456789")
    put_mapping(database, "one", TOKEN)
    put_mapping(database, "other", other)
    put_grace(database, "0" * 64, TOKEN)
    put_grace(database, "1" * 64, other)
    put_group(database, "both", other, TOKEN)
    put_group(database, "others", other)
    more = {"DeprecatedVerificationToken": "+1 ~1" if grace else "~1"}
    with writes(database, **ROTATED, JWTKeyMapping="~1", AccessGroupTable="~1", **more):
        new = hash_of(gwctl(f"keys rotate nightly {grace} --yes").stdout.strip())
    assert database.row("LiteLLM_JWTKeyMapping", jwt_claim_value="one")["token"] == new
    earlier = database.row("LiteLLM_DeprecatedVerificationToken", token="0" * 64)
    assert (earlier["active_token_id"], earlier["revoke_at"]) == (new, moment("2027-01-01"))
    assert sorted(assigned(database, "both")) == sorted([other, new])


def test_a_chain_of_graces_ends_at_the_newest(gwctl: Program, database: Database) -> None:
    put_key(database)
    first = hash_of(gwctl("keys rotate nightly --grace 24h --yes").stdout.strip())
    second = hash_of(gwctl("keys rotate nightly --grace 24h --yes").stdout.strip())
    grace = {row["token"]: row["active_token_id"] for row in database.rows("LiteLLM_DeprecatedVerificationToken")}
    assert grace == {TOKEN: second, first: second}
    assert [row["key_alias"] for row in database.rows("LiteLLM_DeletedVerificationToken")] == ["nightly", "nightly"]


def test_a_secret_of_your_own(gwctl: Program, database: Database) -> None:
    old = put_key(database)
    with writes(database, **ROTATED):
        gwctl("--actor ann keys rotate nightly --secret-from {env:MINE} --yes", env={"MINE": "sk-mine-0123456789"})
    assert key_of(database, hash_of("sk-mine-0123456789")) == renewed(old, "sk-mine-0123456789")


def test_an_expired_key_stays_expired_and_says_so(gwctl: Program, database: Database) -> None:
    """7, PR #28934"""
    put_key(database, expires=LONG_AGO)
    result = gwctl("keys rotate nightly --yes")
    assert key_of(database, hash_of(result.stdout.strip()))["expires"] == LONG_AGO
    assert "expired" in result.stderr


def test_due_rotates_what_the_gateway_s_job_would(gwctl: Program, database: Database) -> None:
    """The job's columns: count, last and next rotation. Others that rotate are not due, or do not rotate."""
    due = put_key(database, auto_rotate=True, rotation_interval="30d", key_rotation_at=LONG_AGO)
    later = {"auto_rotate": True, "rotation_interval": "30d", "key_rotation_at": moment("2099-01-01")}
    put_key(database, "sk-later-0123456789", key_alias="later", **later)
    put_key(database, "sk-never-0123456789", key_alias="never", rotation_interval="30d", key_rotation_at=LONG_AGO)
    with writes(database, **ROTATED):
        gwctl("--actor ann keys rotate --due --yes --secrets-to new.jsonl")
    row = database.row("LiteLLM_VerificationToken", key_alias="nightly")
    (minted,) = [json.loads(line) for line in Path("new.jsonl").read_text().splitlines()]
    assert minted.items() >= {"key_alias": "nightly", "token": row["token"]}.items()
    assert row["token"] == hash_of(minted["key"]) != TOKEN
    new = {"token": row["token"], "key_name": row["key_name"]}
    assert row == {
        **due, **CHANGED, **new, "rotation_count": 3, "last_rotation_at": NOW, "key_rotation_at": after(days=30),
    }  # fmt: skip


REFUSED = {
    "no such key": ("nobody", "", 3),
    "a grace that is none": ("nightly --grace soon", "", 5),
    "a secret that does not begin with sk-": ("nightly --secret-from -", "nope-0123456789", 5),
    "a secret that another key has": ("nightly --secret-from -", "sk-other-0123456789", 4),
    "a rehearsal": ("nightly --grace 1h --dry-run", "", 0),
}


@pytest.mark.parametrize(("words", "stdin", "code"), REFUSED.values(), ids=REFUSED)
def test_rotates_nothing(gwctl: Program, database: Database, words: str, stdin: str, code: int) -> None:
    put_key(database)
    put_key(database, "sk-other-0123456789", key_alias="other")
    with writes(database):
        result = gwctl(f"keys rotate {words} --yes", stdin=stdin, code=code)
    assert not MINTED.search(result.stdout + result.stderr)
