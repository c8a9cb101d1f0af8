"""`tools` write these rows (resources 4, 9)."""

from __future__ import annotations

import pytest

from gateway.literals import Row, Step, build_tenancy, changed, new, perhaps, put, writes_exactly
from gateway.resource_rows import made, put_thing
from gateway.rows import UUID, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]


def build(database: Database) -> str:
    """A tool that was seen; the team research has a permission row, the key nightly has none."""
    put_thing(database, "ToolTable", tool_id="x-rm", tool_name="fs-rm", call_count=7, origin="fs")
    put(database, "ObjectPermissionTable", object_permission_id="o-1", blocked_tools=["a"], agents=["x"])
    build_tenancy(database, object_permission_id="o-1")
    return str(put_key(database)["token"])


SET: dict[str, tuple[str, Tables]] = {
    "9 for everybody: what is sent": (
        "fs-rm --input-policy blocked", {"ToolTable": [changed("x-rm", input_policy="blocked", updated_by="ann")]},
    ),
    "9 both": (
        "fs-rm --input-policy trusted --output-policy trusted",
        {"ToolTable": [changed("x-rm", input_policy="trusted", output_policy="trusted", updated_by="ann")]},
    ),
    "9 one that was not seen": (
        "later --output-policy trusted", {"ToolTable": [made("ToolTable", tool_name="later", output_policy="trusted")]},
    ),
    "9 so already": ("fs-rm --input-policy untrusted", {}),
    "9 blocked for a team": (
        "fs-rm --input-policy blocked --team research",
        {
            "ObjectPermissionTable": [changed("o-1", blocked_tools=["a", "fs-rm"])],
            "TeamTable": [perhaps(changed("t-research"))],
        },
    ),
    "9 blocked for a team already": ("a --input-policy blocked --team research", {}),
    "9 no longer blocked for a team": (
        "a --input-policy untrusted --team research",
        {"ObjectPermissionTable": [changed("o-1", blocked_tools=[])], "TeamTable": [perhaps(changed("t-research"))]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "tables"), SET.values(), ids=SET)
def test_set_policy(gwctl: Program, database: Database, options: str, tables: Tables) -> None:
    build(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann tools set-policy {options}")


def test_block_for_a_key_without_permission_row(gwctl: Program, database: Database) -> None:
    token = build(database)
    with writes_exactly(
        database,
        VerificationToken=[changed(token, object_permission_id=UUID)],
        ObjectPermissionTable=[new("ObjectPermissionTable", blocked_tools=["fs-rm"])],
    ):
        gwctl("--actor ann tools set-policy fs-rm --input-policy blocked --key nightly")


REFUSED: dict[str, tuple[str, int]] = {
    "9 neither policy": ("set-policy fs-rm", 2),
    "9 both owners": ("set-policy fs-rm --input-policy blocked --key nightly --team research", 2),
    "9 no such owner": ("set-policy fs-rm --input-policy blocked --team nobody", 3),
    "9 not blocked there": ("set-policy fs-rm --input-policy untrusted --team research", 3),
    "9 not blocked there, without a row": ("set-policy fs-rm --input-policy untrusted --key nightly", 3),
    "9 no such policy": ("set-policy fs-rm --input-policy never", 5),
    "9 no such output policy": ("set-policy fs-rm --output-policy blocked", 5),
    "9 an owner is blocked and nothing else": ("set-policy fs-rm --output-policy trusted --team research", 2),
    "get: no such tool": ("get nobody", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build(database)
    with writes_exactly(database):
        gwctl(f"--actor ann tools {command}", code=code)


def test_reads(gwctl: Program, database: Database) -> None:
    build(database)
    [tool] = gwctl("tools list -o json").json
    expected: Row = {"tool_name": "fs-rm", "call_count": 7, "origin": "fs"}
    assert {name: tool[name] for name in expected} == expected
