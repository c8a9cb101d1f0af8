"""Commands that meet one another, a proxy, a signal or the end of their connection: nothing lost, nothing half done."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gwctl.core import outcome
from support.cutting import AFTER, BEFORE, FOR_GOOD, cut_at_commit
from support.database import Database
from support.interleaving import Left, Meeting, beside, closed, end, held, stops_in_commit
from support.program import Program

NEW = "new.jsonl"
APPLY = ["apply", "-f", "m.yaml", "--yes", "--secrets-to", NEW]


@pytest.fixture
def meeting(database: Database, gwctl: Program) -> Iterator[Meeting]:
    """A team and a key, in rows where no command has been yet, and what runs beside them."""
    people = "users: [{user_id: ada}, {user_id: bob}]\n"
    gwctl("apply -f - --yes", stdin=f"{people}teams: [{{team_alias: research, members: [{{user: bob}}]}}]")
    gwctl("keys create nightly --team research")
    found = Meeting(database, gwctl)
    yield found
    found.kill()


def manifest(text: str, name: str = "m.yaml") -> None:
    Path(name).write_text(text)


def ends(meeting: Meeting, gate: Any, *commands: str | list[str]) -> list[Left]:
    """Starts commands one after the other: the first stops where it has done all but its record, the next ones where
    they meet it. Then the gate is opened."""
    processes = [meeting.start(command) for command in commands]
    assert meeting.waiting() == len(commands)
    gate.commit()
    return [end(process) for process in processes]


# Commands beside commands


def test_two_applies_of_overlapping_files(meeting: Meeting, database: Database) -> None:
    keys = "keys: [{key_alias: k%d, team: both}]\nteams: [{team_alias: team-%d}, {team_alias: both, max_budget: %d%s}]"
    manifest(keys % (1, 1, 1, ", models: [a]"), "1.yaml")
    manifest(keys % (2, 2, 2, ""), "2.yaml")
    with closed(database) as gate:
        apply = "apply -f {0}.yaml --yes --secrets-to {0}.jsonl -o json"
        first, second = ends(meeting, gate, apply.format(1), apply.format(2))
    assert (first.code, second.code) == (0, 0), (first, second)
    assert json.loads(first.stdout)["summary"] == {"create": 3, "update": 0, "delete": 0, "unchanged": 0}
    assert json.loads(second.stdout)["summary"] == {"create": 2, "update": 1, "delete": 0, "unchanged": 0}
    both = database.row("LiteLLM_TeamTable", team_alias="both")
    assert (both["max_budget"], both["models"]) == (2, ["a"])
    assert {row["team_alias"] for row in database.rows("LiteLLM_TeamTable")} == {"research", "both", "team-1", "team-2"}
    assert len(database.rows("LiteLLM_VerificationToken", team_id=both["team_id"])) == 2


def test_an_apply_and_a_command_that_makes_the_same(meeting: Meeting, database: Database) -> None:
    manifest("keys: [{key_alias: same}]")
    with closed(database) as gate:
        first, second = ends(meeting, gate, APPLY, "keys create same")
    assert (first.code, second.code) == (0, 4), (first, second)
    token = database.row("LiteLLM_VerificationToken", key_alias="same")["token"]
    assert token == json.loads(Path(NEW).read_text())["token"]


def test_a_member_added_twice_in_two_roles(meeting: Meeting, database: Database) -> None:
    with closed(database) as gate:
        add = "teams members add research ada"
        first, second = ends(meeting, gate, f"{add} --role admin --max-budget 3", f"{add} --role user --max-budget 4")
    assert (first.code, second.code) == (0, 4), (first, second)
    members = database.row("LiteLLM_TeamTable")["members_with_roles"]
    assert [(one["user_id"], one["role"]) for one in members] == [("bob", "user"), ("ada", "admin")]
    assert database.row("LiteLLM_UserTable", user_id="ada")["teams"] == [database.row("LiteLLM_TeamTable")["team_id"]]
    membership = database.row("LiteLLM_TeamMembership", user_id="ada")
    assert database.row("LiteLLM_BudgetTable", budget_id=membership["budget_id"])["max_budget"] == 3
    assert database.counts()["LiteLLM_BudgetTable"] == 1


def test_two_members_at_once(meeting: Meeting, database: Database) -> None:
    """cyd and dan are made on the way; no list entry is lost."""
    with closed(database) as gate:
        results = ends(meeting, gate, "teams members add research cyd", "teams members add research dan ada")
    assert [result.code for result in results] == [0, 0], results
    members = database.row("LiteLLM_TeamTable")["members_with_roles"]
    assert [one["user_id"] for one in members] == ["bob", "cyd", "dan", "ada"]
    team = database.row("LiteLLM_TeamTable")["team_id"]
    assert [row["teams"] for row in database.rows("LiteLLM_UserTable")] == [[team]] * 4


def test_a_key_for_a_team_that_is_being_deleted(meeting: Meeting, database: Database) -> None:
    with closed(database, "LiteLLM_DeletedTeamTable") as gate:  # everything is planned, the team still there
        deleted, created = ends(meeting, gate, "teams delete research --yes", "keys create orphan --team research")
    assert (deleted.code, created.code) == (0, 3), (deleted, created)
    assert database.rows("LiteLLM_TeamTable") == database.rows("LiteLLM_VerificationToken") == []


def test_a_team_deleted_while_a_key_is_being_made_in_it(meeting: Meeting, database: Database) -> None:
    with closed(database) as gate:
        created, deleted = ends(meeting, gate, "keys create late --team research", "teams delete research --yes")
    assert (created.code, deleted.code) == (0, 0), (created, deleted)
    assert database.rows("LiteLLM_TeamTable") == database.rows("LiteLLM_VerificationToken") == []
    archived = {row["key_alias"] for row in database.rows("LiteLLM_DeletedVerificationToken")}
    assert archived == {"nightly", "late"}


def test_a_member_for_a_team_that_is_being_deleted(meeting: Meeting, database: Database) -> None:
    with closed(database, "LiteLLM_DeletedTeamTable") as gate:
        add = "teams members add research ada --max-budget 1"
        deleted, added = ends(meeting, gate, "teams delete research --yes", add)
    assert (deleted.code, added.code) == (0, 3), (deleted, added)
    counts = database.counts()
    assert {counts[table] for table in ("LiteLLM_TeamTable", "LiteLLM_TeamMembership", "LiteLLM_BudgetTable")} == {0}
    assert [row["teams"] for row in database.rows("LiteLLM_UserTable")] == [[], []]


def test_two_rotations_of_one_key(meeting: Meeting, database: Database, gwctl: Program) -> None:
    with closed(database) as gate:
        first, second = ends(meeting, gate, "keys rotate nightly --yes", "keys rotate nightly --yes")
    assert (first.code, second.code) == (0, 0), (first, second)
    gwctl("keys get -", stdin=first.stdout, code=3)
    assert gwctl("keys get - -o json", stdin=second.stdout).json["key_alias"] == "nightly"
    assert database.counts()["LiteLLM_VerificationToken"] == 1
    assert database.counts()["LiteLLM_DeletedVerificationToken"] == 2


def test_two_keys_of_one_alias(meeting: Meeting, database: Database) -> None:
    with closed(database) as gate:
        first, second = ends(meeting, gate, "keys create same", "keys create same")
    assert (first.code, second.code) == (0, 4), (first, second)
    assert second.stdout == ""
    database.row("LiteLLM_VerificationToken", key_alias="same")


# Commands beside a proxy

SPEND = """update "LiteLLM_TeamTable" set spend = spend + 1.5 where team_alias = 'research'"""


def test_no_spend_is_lost_while_the_row_changes(meeting: Meeting, database: Database) -> None:
    with held(database, SPEND) as proxy:
        update = meeting.start("teams update research --max-budget 9 --models gpt-4o")
        proxy.commit()
        assert end(update).code == 0
    with closed(database) as gate:
        update = meeting.start("teams update research --max-budget 8")
        with beside(lambda: database.execute(SPEND)):
            gate.commit()
            assert end(update).code == 0
    row = database.row("LiteLLM_TeamTable")
    assert (row["spend"], row["max_budget"], row["models"]) == (3, 8, ["gpt-4o"])


def test_a_reset_takes_what_was_spent_till_then(meeting: Meeting, database: Database) -> None:
    with held(database, SPEND) as proxy:
        reset = meeting.start("teams reset-spend research --yes")
        proxy.commit()
        assert end(reset).code == 0
    with beside(lambda: database.execute(SPEND)):
        pass
    assert database.row("LiteLLM_TeamTable")["spend"] == 1.5


def test_a_proxy_does_not_wait_for_rows_that_are_only_referred_to(meeting: Meeting, database: Database) -> None:
    manifest("keys: [{key_alias: k, team: research, user: ada}]")
    with closed(database) as gate:
        process = meeting.start(APPLY)
        with psycopg.connect(database.url) as proxy:
            proxy.execute("set lock_timeout = '2s'")
            proxy.execute(SPEND)
            proxy.execute("""update "LiteLLM_UserTable" set spend = 1""")
            proxy.execute("""update "LiteLLM_VerificationToken" set spend = 1 where key_alias = 'nightly'""")
        gate.commit()
        assert end(process).code == 0


# Locks that are not had


@pytest.mark.parametrize(("command", "lock"), [
    ("teams update research --max-budget 1", """select from "LiteLLM_TeamTable" for update"""),
    ("keys create k --team research", """select from "LiteLLM_TeamTable" for update"""),
    ("apply -f m.yaml --yes", """select from "LiteLLM_TeamTable" for update"""),
    ("apply -f m.yaml --yes", """lock table "LiteLLM_TeamTable" in exclusive mode"""),
], ids=["row", "reference", "apply", "table"])  # fmt: skip
def test_a_lock_that_is_held(meeting: Meeting, database: Database, gwctl: Program, command: str, lock: str) -> None:
    manifest("teams: [{team_alias: research, max_budget: 3}]")
    before = database.dump()
    with held(database, lock):
        start = time.monotonic()
        failed = gwctl(command, code=7, env={"GWCTL_LOCK_TIMEOUT": "0.2"})
        assert time.monotonic() - start < 5
    assert "a lock was not had within 0.2 seconds" in failed.stderr
    assert "hint: Nothing was changed" in failed.stderr
    assert database.dump() == before


def test_an_apply_that_another_one_keeps_waiting(meeting: Meeting, database: Database, gwctl: Program) -> None:
    manifest("teams: [{team_alias: research, max_budget: 3}]")
    with closed(database) as gate:
        first = meeting.start(APPLY)
        failed = gwctl(["--lock-timeout", "0.2", *APPLY], code=7)
        assert "gwctl apply" in failed.stderr
        gate.commit()
        assert end(first).code == 0


# Transactions that the database gives up


def test_a_deadlock_is_tried_again(meeting: Meeting, database: Database) -> None:
    """Somebody holds team b and wants a, where gwctl holds a and wants b: the database ends gwctl's transaction."""
    database.execute("""update "LiteLLM_TeamTable" set team_id = 'a'""")
    manifest("teams: [{team_id: a, max_budget: 1}, {team_id: b, max_budget: 1}]\nkeys: [{key_alias: k, team: b}]")
    database.execute(
        """insert into "LiteLLM_TeamTable"
           select (jsonb_populate_record(t, '{"team_id": "b", "team_alias": "b"}')).* from "LiteLLM_TeamTable" t"""
    )
    name = database.execute("select current_database() as name")[0]["name"]
    database.execute(f"alter database {name} set deadlock_timeout = '1s'")
    touch = """update "LiteLLM_TeamTable" set spend = spend + 1 where team_id = %s"""
    with held(database, "set local deadlock_timeout = '1h'") as other:
        other.execute(touch, ["b"])
        process = meeting.start(APPLY)
        other.execute(touch, ["a"])  # goes on when gwctl was made to let go
        other.commit()
        result = end(process)
    assert result.code == 0, result
    assert [(row["max_budget"], row["spend"]) for row in database.rows("LiteLLM_TeamTable")] == [(1, 1), (1, 1)]
    token = database.row("LiteLLM_VerificationToken", key_alias="k")["token"]
    assert [json.loads(line)["token"] for line in Path(NEW).read_text().splitlines()] == [token]


@pytest.mark.parametrize(("state", "times", "code"), [("40001", 2, 0), ("40P01", 2, 0), ("40001", 3, 7)])
def test_a_transaction_is_tried_three_times(
    meeting: Meeting, database: Database, gwctl: Program, state: str, times: int, code: int
) -> None:
    """The trigger works at COMMIT, so that the secrets of the failed attempt are in the file already."""
    database.execute("create sequence tries")
    database.execute(
        f"""create function fail() returns trigger language plpgsql as $$ begin
            if nextval('tries') <= {times} then raise exception 'again' using errcode = '{state}'; end if; return null;
            end $$"""
    )
    database.execute(
        """create constraint trigger fail after insert on "LiteLLM_VerificationToken"
           deferrable initially deferred for each row execute function fail()"""
    )
    manifest("keys: [{key_alias: k}]")
    before = database.rows("LiteLLM_VerificationToken")
    gwctl(APPLY, code=code)
    assert database.execute("select last_value from tries")[0]["last_value"] == min(times + 1, 3)
    if code:
        assert database.rows("LiteLLM_VerificationToken") == before
        assert not Path(NEW).exists()
    else:
        token = database.row("LiteLLM_VerificationToken", key_alias="k")["token"]
        assert [json.loads(line)["token"] for line in Path(NEW).read_text().splitlines()] == [token]


# Commands that are ended

WORK = "teams: [{team_alias: research, max_budget: 3}, {team_alias: new}]\nkeys: [{key_alias: k, team: new}]"


@pytest.mark.parametrize(("number", "moment"), [
    (signal.SIGINT, "before its record"), (signal.SIGINT, "before the lock"), (signal.SIGINT, "in COMMIT"),
    (signal.SIGTERM, "before its record"), (signal.SIGTERM, "in COMMIT"),
])  # fmt: skip
def test_signals(meeting: Meeting, database: Database, number: int, moment: str) -> None:
    manifest(WORK)
    gates = {
        "before its record": lambda: closed(database),
        "before the lock": lambda: held(database, """select from "LiteLLM_TeamTable" for update"""),
        "in COMMIT": lambda: stops_in_commit(database),
    }
    with gates[moment]():
        before = database.dump()
        process = meeting.start(APPLY)
        assert Path(NEW).exists() is (moment == "in COMMIT")
        process.send_signal(number)
        result = end(process)
    code, word = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}[number]
    assert (result.code, result.stdout) == (code, ""), result
    assert result.stderr == f"error: {word}: nothing was half done\n"
    assert not Path(NEW).exists()
    assert database.dump() == before


def test_a_signal_while_a_large_file_is_read(meeting: Meeting, database: Database) -> None:
    Path("m.jsonl").write_text("".join(f'{{"key_alias": "k{n}", "team": "research"}}\n' for n in range(100_000)))
    before = database.dump()
    process = meeting.start(["apply", "-f", "m.jsonl", "--kind", "keys", "--yes", "--secrets-to", NEW], waits=False)
    meeting.until(lambda: "m.jsonl" in open_files(process.pid))
    process.send_signal(signal.SIGINT)
    assert end(process).code == 130
    assert not Path(NEW).exists()
    assert database.dump() == before


def open_files(pid: int) -> set[str]:
    return {path.resolve().name for path in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_rotation_that_is_interrupted_in_commit(meeting: Meeting, database: Database) -> None:
    with stops_in_commit(database):
        before = database.dump()
        process = meeting.start(["keys", "rotate", "nightly", "--yes", "--secrets-to", NEW])
        assert Path(NEW).exists()
        process.send_signal(signal.SIGINT)
        assert end(process).code == 130
    assert not Path(NEW).exists()
    assert database.dump() == before


def test_killed_before_commit_nothing_is_there(meeting: Meeting, database: Database) -> None:
    manifest(WORK)
    before = database.dump()
    with closed(database) as gate:
        process = meeting.start(APPLY)
        process.kill()
        assert end(process).code == -signal.SIGKILL
        gate.commit()
    meeting.until(lambda: meeting.backends() == [])
    assert database.dump() == before
    assert not Path(NEW).exists()


def test_killed_in_commit_all_is_there(meeting: Meeting, database: Database) -> None:
    manifest(WORK)
    with stops_in_commit(database) as gate:
        process = meeting.start(APPLY)
        process.kill()
        end(process)
        gate.commit()
    meeting.until(lambda: meeting.backends() == [])
    assert database.row("LiteLLM_TeamTable", team_alias="research")["max_budget"] == 3
    token = database.row("LiteLLM_VerificationToken", key_alias="k")["token"]
    assert json.loads(Path(NEW).read_text())["token"] == token


@pytest.mark.parametrize("moment", ["before its record", "in COMMIT"])
def test_connection_cut_by_the_server(meeting: Meeting, database: Database, moment: str) -> None:
    manifest(WORK)
    with stops_in_commit(database) if moment == "in COMMIT" else closed(database):
        before = database.dump()
        process = meeting.start(APPLY)
        for pid in meeting.backends():
            database.execute("select pg_terminate_backend(%s)", pid)
        result = end(process)
    assert (result.code, result.stdout) == (7, ""), result
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert not Path(NEW).exists()
    assert database.dump() == before


@pytest.mark.parametrize(("moment", "code", "kept"), [(BEFORE, 7, False), (AFTER, 0, True), (FOR_GOOD, 7, True)])
def test_connection_lost_at_commit(
    meeting: Meeting,
    database: Database,
    gwctl: Program,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    code: int,
    kept: bool,
) -> None:
    """What became of it is asked on another connection. Where that cannot be had, the secrets stay: they may be
    valid."""
    monkeypatch.setattr(outcome, "PATIENCE", 0.3)
    manifest(WORK)
    before = database.dump()
    with cut_at_commit(database.url, moment) as url:
        result = gwctl(APPLY, env={"GWCTL_DATABASE_URL": url}, code=code)
    meeting.until(lambda: meeting.backends() == [])
    assert Path(NEW).exists() is kept
    if kept:
        token = database.row("LiteLLM_VerificationToken", key_alias="k")["token"]
        assert json.loads(Path(NEW).read_text())["token"] == token
        assert ("files with secrets were kept" if code else "the database says that it is there") in result.stderr
    else:
        assert database.dump() == before
