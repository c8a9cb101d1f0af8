"""The tests' own tools: what a helper that cannot fail would hide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from support.database import ZONE, Database
from support.images import Witness
from support.program import Program
from support.snapshot import Dump
from support.values import JSON_NULL

TEAM = {"team_id": "t1", "models": [], "admins": [], "members": [], "members_with_roles": {}, "metadata": {}}
KEYS = {"key_before": {"team_id": "t1"}, "key_after": {"team_id": "t1"}}
PLACE = {"change_set_id": "c1", "gateway_schema": "public", "table_name": "LiteLLM_TeamTable", "object_id": "t1"}
CHANGE_SET = {"id": "c1", "gateway_schema": "public", "actor": "a", "session_user": "s", "command": "c"}


def test_databases_are_apart_and_in_a_zone_of_their_own(database: Database, empty_database: Database) -> None:
    assert len(database.counts()) == 57
    assert sum(database.counts().values()) == 0
    assert empty_database.counts() == {}
    assert database.execute("show timezone") == [{"TimeZone": ZONE}]


def test_changes_are_told_by_table_and_kind(database: Database, snapshot: Callable[[], Dump]) -> None:
    database.insert("LiteLLM_TeamTable", **TEAM)
    database.insert("LiteLLM_TeamTable", **TEAM | {"team_id": "t2"})
    before = snapshot()
    database.execute("""update "LiteLLM_TeamTable" set metadata = 'null', spend = 1 where team_id = 't1'""")
    database.execute("""delete from "LiteLLM_TeamTable" where team_id = 't2'""")
    database.insert("LiteLLM_TeamTable", **TEAM | {"team_id": "t3"})
    change = database.changed(before)["LiteLLM_TeamTable"]
    assert change.columns == {"metadata", "spend"}
    assert change.updated[0][1]["metadata"] is JSON_NULL
    assert [row["team_id"] for row in change.inserted + change.deleted] == ["t3", "t2"]


def test_witness_misses_no_row_without_an_image(database: Database) -> None:
    with Witness(database) as witness:
        database.insert("LiteLLM_TeamTable", **TEAM)
    assert "LiteLLM_TeamTable" in witness.complaint(failed=False)
    assert "failed and changed" in witness.complaint(failed=True)
    database.insert("gwctl.change_set", at=dt.datetime.now(dt.UTC), **CHANGE_SET)
    with Witness(database) as witness:
        database.execute("""update "LiteLLM_TeamTable" set spend = 1""")
        database.insert("gwctl.row_image", seq=1, action="update", **PLACE, **KEYS)
    assert witness.complaint(failed=False) == ""
    with Witness(database) as witness:
        database.execute("""delete from "LiteLLM_TeamTable" """)
    assert witness.complaint(failed=False).count("t1") == 1


def test_command_runs_here_in_a_process_and_on_a_terminal(bare_gwctl: Program) -> None:
    here = bare_gwctl("--version")
    assert here.stdout.startswith("gwctl ")
    assert bare_gwctl.process("--version").stdout == here.stdout
    assert bare_gwctl("--version", tty=True).stdout == here.stdout
    with pytest.raises(pytest.fail.Exception, match="expected exit status 0"):
        bare_gwctl("nonsense")
