"""An apply of several batches that is killed, cut off or out of room: all of it or nothing, a clear error, no secret
lost, and the next run completes it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.database import Database
from support.interleaving import IN_COMMIT, Left, Meeting, end, held, stops_in_commit
from support.own_server import OwnServer, own_server
from support.points import kill_at
from support.program import Program
from support.terminal import SCRIPT

KEYS = "LiteLLM_VerificationToken"
NEW, PART = "new.jsonl", "new.jsonl.part"
APPLY = ["apply", "-f", "m.jsonl", "--yes", "--secrets-to", NEW, "-o", "json"]
APPEND = [*APPLY, "--secrets-append"]
MANY, FEW = 2_050, 10
"""Keys: a batch and a bit; a few, where it does not matter how many they are."""
OLD = json.dumps({"kind": "key", "key_alias": "old", "token": "0" * 64, "key": "sk-old"})


@pytest.fixture(autouse=True)
def manifest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(MANY)
    (tmp_path / "aside").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "aside"))


def write(keys: int) -> None:
    """A manifest of several batches: one of people, one of teams, and those of keys."""
    objects: list[dict[str, object]] = [{"kind": "users", "user_id": f"u{number}"} for number in range(3)]
    objects += [{"kind": "teams", "team_alias": f"t{number}", "members": [{"user": "u0"}]} for number in range(2)]
    objects += [{"kind": "keys", "key_alias": f"k{number}", "team": "t1"} for number in range(keys)]
    Path("m.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in objects))


@pytest.fixture
def meeting(database: Database, gwctl: Program) -> Iterator[Meeting]:
    found = Meeting(database, gwctl)
    yield found
    found.kill()


def files() -> set[str]:
    """The secrets files; nothing lies where files are put aside."""
    assert list(Path("aside").iterdir()) == []
    return {path.name for path in Path().glob("new*")}


def secrets() -> dict[str, str]:
    """The key of each token in the file, but for a line that was torn."""
    found = {}
    for text in Path(NEW).read_text().splitlines():
        if text.endswith("}"):
            line = json.loads(text)
            found[line["token"]] = line["key"]
    return found


def refuse_loss(database: Database) -> None:
    """Every key that exists has its secret in the file."""
    known = secrets() if Path(NEW).exists() else {}
    for row in database.execute(f'select token from "{KEYS}"'):
        assert hashlib.sha256(known[row["token"]].encode()).hexdigest() == row["token"]


def is_whole(database: Database) -> bool:
    """Whether all of it is there; half of it fails the test."""
    refuse_loss(database)
    told = len(Path("m.jsonl").read_text().splitlines())
    made = {KEYS: told - 5, "LiteLLM_UserTable": 3, "LiteLLM_TeamTable": 2, "LiteLLM_AuditLog": told}
    counts = {table: count for table, count in database.counts().items() if count}
    change_sets = len(database.rows("gwctl.change_set"))
    assert (counts, change_sets) in ((made, 1), ({}, 0))
    return bool(counts)


def complete(gwctl: Program, database: Database, command: list[str] = APPLY) -> None:
    """The next run: where a file lies that may hold secrets of keys, it says so first, and adds to it when it is
    told to."""
    if Path(NEW).exists() and command == APPLY:
        before = Path(NEW).read_text()
        assert "It may hold the only secrets of keys" in gwctl(command, code=5, images=False).stderr
        assert Path(NEW).read_text() == before
        command = APPEND
    expected = "unchanged" if is_whole(database) else "create"
    done = gwctl(command, images=False).json["summary"]
    assert done == {"create": 0, "update": 0, "delete": 0, "unchanged": 0, expected: sum(done.values())}
    assert is_whole(database)
    assert files() == {NEW}


# Killed


@pytest.mark.parametrize(("keys", "said", "times", "left"), [
    (1_000, "reading: 1,000 objects", 1, set()),
    (FEW, "point: spooled", 1, set()),
    (FEW, "BEGIN", 1, set()),
    (FEW, "point: locked", 1, set()),
    (FEW, "point: batch 1 written", 1, set()),
    (FEW, "point: batch 2 written", 1, set()),
    (MANY, "point: secrets gathered", 1, {PART}),
    (MANY, "point: batch 3 written", 1, {PART}),
    (MANY, "point: secrets gathered", 2, {PART}),
    (MANY, "point: batch 4 written", 1, {PART}),
    (MANY, "point: secrets in place", 1, {NEW}),
])  # fmt: skip
def test_killed_before_commit(
    gwctl: Program, database: Database, meeting: Meeting, keys: int, said: str, times: int, left: set[str]
) -> None:
    write(keys)
    kill_at(gwctl, APPLY, said, times)
    meeting.until(lambda: meeting.backends() == [])
    assert not is_whole(database)
    assert files() == left
    complete(gwctl, database)


@pytest.mark.parametrize("kept", [True, False])
def test_killed_in_commit(gwctl: Program, database: Database, meeting: Meeting, kept: bool) -> None:
    """Whether the server keeps it or not, nobody is there to hear of it: the file stays."""
    write(FEW)
    with stops_in_commit(database) as gate:
        process = meeting.start(APPLY)
        process.kill()
        assert end(process).code == -signal.SIGKILL
        for pid in () if kept else meeting.backends():
            database.execute("select pg_terminate_backend(%s)", pid)
        gate.commit()
    meeting.until(lambda: meeting.backends() == [])
    assert is_whole(database) is kept
    assert files() == {NEW}
    database.execute(f'drop trigger wait on "{KEYS}"')
    complete(gwctl, database)


def test_killed_after_commit(gwctl: Program, database: Database, meeting: Meeting) -> None:
    kill_at(gwctl, APPLY, "point: committed")
    meeting.until(lambda: meeting.backends() == [])
    assert is_whole(database)
    assert files() == {NEW}
    complete(gwctl, database)


def test_killed_while_it_adds_to_a_file(gwctl: Program, database: Database, meeting: Meeting) -> None:
    """What was there stays; what is torn does not spoil the line behind it."""
    write(FEW)
    Path(NEW).write_text(f"{OLD}\n")
    kill_at(gwctl, APPEND, "point: secrets in place")
    meeting.until(lambda: meeting.backends() == [])
    assert not is_whole(database)
    assert files() == {NEW}
    left = Path(NEW).read_text()
    Path(NEW).write_text(left[: len(left) // 2])
    complete(gwctl, database, APPEND)
    assert Path(NEW).read_text().startswith(f"{OLD}\n")


# Cut off


def stops_in_copy(database: Database) -> AbstractContextManager[psycopg.Connection[Any]]:
    """Makes the transaction wait in the middle of the first batch of keys."""
    database.execute(
        f"""create function pause() returns trigger language plpgsql as $$ begin
            if new.key_alias = 'k5' then perform pg_advisory_xact_lock({IN_COMMIT}); end if; return new; end $$"""
    )
    database.execute(f'create trigger pause before insert on "{KEYS}" for each row execute function pause()')
    return held(database, "select pg_advisory_xact_lock(%s)", IN_COMMIT)


GATES = {"in a batch": stops_in_copy, "in COMMIT": stops_in_commit}


def test_connection_cut_in_a_batch(gwctl: Program, database: Database, meeting: Meeting) -> None:
    write(FEW)
    with stops_in_copy(database):
        process = meeting.start(APPLY)
        assert files() == {PART}
        for pid in meeting.backends():
            database.execute("select pg_terminate_backend(%s)", pid)
        failed = end(process)
    assert_lost(failed, database)
    complete(gwctl, database)


def assert_lost(failed: Left, database: Database) -> None:
    """It says that the connection is gone, in one line of JSON and nothing besides, and has left nothing."""
    assert (failed.code, failed.stdout) == (7, "")
    error = json.loads(failed.stderr)["error"]
    assert re.match(r"the connection to \S+ was lost$|the server is going down or starting: ", error["message"])
    assert error["hint"] == "Nothing was changed. Run the command again."
    assert not is_whole(database)
    assert files() == set()


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server that may go down."""
    folder = Path(tempfile.mkdtemp(prefix="gwctl-"))
    folder.chmod(0o755)  # it may run as another user
    with own_server(folder) as started:
        yield started
    shutil.rmtree(folder)


@pytest.mark.parametrize("moment", GATES)
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_server_restarted(bare_gwctl: Program, server: OwnServer, how: str, moment: str) -> None:
    """Where it went down in COMMIT, it is asked what became of it once it is up again."""
    write(FEW)
    with closing(server.database(f"{how} {moment}")) as database:
        gwctl = bare_gwctl.on(database)
        gwctl("db upgrade --yes", images=False)
        meeting = Meeting(database, gwctl)
        with suppress(psycopg.OperationalError), GATES[moment](database):  # the gate breaks down, too
            process = meeting.start(APPLY)
            server.restart(how)
            failed = end(process)
        database.close()
        assert_lost(failed, database)
        complete(gwctl, database)


# Out of room


@pytest.mark.parametrize(("room", "command", "code", "message"), [
    (20, APPLY, 1, "temporary files cannot be written: File too large"),
    (200, APPLY, 5, "the secrets cannot be written to new.jsonl: File too large"),
    (300, APPLY, 5, "the secrets cannot be written to new.jsonl: File too large"),
    (350, APPEND, 5, "the secrets cannot be written to new.jsonl: File too large"),
], ids=["where files are put aside", "in a batch", "for its end", "to add to what is there"])  # fmt: skip
def test_disk_full(
    gwctl: Program, database: Database, room: int, command: list[str], code: int, message: str
) -> None:  # fmt: skip
    """No file of the process may have more KiB than that."""
    before = f"{OLD}\n" * 1000 if command == APPEND else None
    if before:
        Path(NEW).write_text(before)
    failed = run_in(room * 1024, command, gwctl.environment())
    assert failed.returncode == code, failed.stderr
    error = json.loads(failed.stderr)["error"]
    assert error["message"] == message
    assert error["hint"].startswith("Nothing was changed.")
    assert not is_whole(database)
    assert files() == ({NEW} if before else set())
    assert not before or Path(NEW).read_text() == before
    complete(gwctl, database, command)


def run_in(room: int, command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    return subprocess.run(
        [SCRIPT, *command], env=env, capture_output=True, text=True, check=False, preexec_fn=limit
    )  # fmt: skip


@pytest.mark.parametrize(("command", "name"), [(APPLY, PART), (APPEND, PART), (APPEND, NEW)])
def test_another_run_is_writing_to_the_file(
    gwctl: Program, database: Database, command: list[str], name: str
) -> None:  # fmt: skip
    """Its secrets are not taken from it, nor thrown away with what this run takes back."""
    write(FEW)
    with Path(name).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(OLD)
        other.flush()
        failed = gwctl(command, code=5)
        assert "another run of gwctl is writing to it" in failed.stderr
        assert files() == {name}
        assert Path(name).read_text() == OLD
    assert not is_whole(database)
    complete(gwctl, database, command)
