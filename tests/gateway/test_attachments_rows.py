"""Policy attachments go by alias, and a list in them that is empty means all: tidying never widens one (resources 7.2,
7.3, 17)."""

from __future__ import annotations

import pytest

from gateway.literals import Row, Step, build_tenancy, changed, gone
from gateway.policy_rows import put_attachment, put_policy
from gateway.rows import put_key
from support.database import Database
from support.program import Program

ATTACHED: Row = {
    "a-alone": {"teams": ["ops"]},
    "a-with-models": {"teams": ["ops"], "models": ["gpt-*"]},
    "a-of-two": {"teams": ["ops", "plain"]},
    "a-by-pattern": {"teams": ["op*"]},
    "a-key": {"keys": ["nightly"]},
    "a-key-tag": {"keys": ["nightly"], "tags": ["x"]},
    "a-keys": {"keys": ["nightly", "other"]},
    "a-all": {"scope": "*"},
}


@pytest.fixture
def attached(database: Database) -> Database:
    build_tenancy(database)
    put_key(database)
    put_policy(database, "eu")
    for identifier, columns in ATTACHED.items():
        put_attachment(database, "eu", identifier, **columns)
    return database


TIDIED: dict[str, tuple[str, list[Step]]] = {
    "a team goes": (
        "teams delete ops --yes", [gone("a-alone"), gone("a-with-models"), changed("a-of-two", teams=["plain"])],
    ),
    "a team is renamed": (
        "teams update ops --team-alias run --yes",
        [
            changed("a-alone", teams=["run"]), changed("a-with-models", teams=["run"]),
            changed("a-of-two", teams=["run", "plain"]),
        ],
    ),
    "a team has no alias any more": (
        "teams update ops --set-null team_alias --yes",
        [gone("a-alone"), gone("a-with-models"), changed("a-of-two", teams=["plain"])],
    ),
    "a key goes": (
        "keys delete nightly --yes", [gone("a-key"), gone("a-key-tag"), changed("a-keys", keys=["other"])],
    ),
    "a key is renamed": (
        "keys update nightly --key-alias daily --yes",
        [
            changed("a-key", keys=["daily"]), changed("a-key-tag", keys=["daily"]),
            changed("a-keys", keys=["daily", "other"]),
        ],
    ),
    "a key is rotated": ("keys rotate nightly --yes", []),
}  # fmt: skip


@pytest.mark.parametrize(("command", "steps"), TIDIED.values(), ids=TIDIED)
def test_attachments_never_widen(gwctl: Program, attached: Database, command: str, steps: list[Step]) -> None:
    before = attached.dump()
    gwctl(command)
    change = attached.changed(before).get("LiteLLM_PolicyAttachmentTable")
    deleted = {row["attachment_id"] for row in change.deleted} if change else set()
    updated = {row["attachment_id"]: row for _, row in change.updated} if change else {}
    assert deleted == {step.key for step in steps if step.sign == "-"}
    assert updated.keys() == {step.key for step in steps if step.sign == "~"}
    for step in steps:
        assert all(updated[str(step.key)][column] == value for column, value in step.columns.items())


IMPACT: dict[str, tuple[str, list[tuple[int, int, list[str]]]]] = {  # options; of teams and keys: count, unnamed, names
    "7.4 everybody": ("--scope '*'", [(4, 0, ["gold", "ops", "plain", "research"]), (3, 1, ["nightly", "of-ops"])]),
    "7.4 a team and its keys": ("--team ops", [(1, 0, ["ops"]), (1, 0, ["of-ops"])]),
    "7.4 a pattern": ("--team 'o*' --team gold", [(2, 0, ["gold", "ops"]), (1, 0, ["of-ops"])]),
    "7.4 keys by alias": ("--key 'night*'", [(0, 0, []), (1, 0, ["nightly"])]),
    "7.4 tags, of the key or its team": ("--tag 'eu-*'", [(1, 0, ["ops"]), (2, 1, ["of-ops"])]),
    "models are not known before a request": ("--model o3 --team plain", [(1, 0, ["plain"]), (0, 0, [])]),
}  # fmt: skip


@pytest.mark.parametrize(("options", "expected"), IMPACT.values(), ids=IMPACT)
def test_impact(gwctl: Program, database: Database, options: str, expected: list[tuple[int, int, list[str]]]) -> None:
    build_tenancy(database)
    database.execute("""update "LiteLLM_TeamTable" set metadata = '{"tags": ["eu-west"]}' where team_alias = 'ops'""")
    put_key(database)
    put_key(database, "sk-of-ops-0123456789", key_alias="of-ops", team_id="t-ops")
    put_key(database, "sk-unnamed-0123456789", key_alias=None, metadata={"tags": ["eu-1"]})
    rows = gwctl(f"policies impact {options} -o json").json
    assert [(row["kind"], row["count"], row["unnamed"], row["names"]) for row in rows] == [
        ("teams", *expected[0]), ("keys", *expected[1]),
    ]  # fmt: skip
    gwctl("policies impact", code=2)
