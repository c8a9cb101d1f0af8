"""Manifests of several batches: what is said early is known late, and the plan is that of one batch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwctl.cli import options, progress
from gwctl.cli.session import GlobalOptions, Session
from gwctl.cli.terminal import Terminal
from gwctl.core import audit, beside, spool
from gwctl.core.manifest import json_lines
from support.database import Database
from support.program import Program

KEYS = "LiteLLM_VerificationToken"


@pytest.fixture(autouse=True, params=["with a copy", "alone"])
def _batches_of_three(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Lines are judged three by three, here and by a copy of the process or all of them here."""
    monkeypatch.setattr(spool, "BATCH", 3)
    monkeypatch.setattr(json_lines, "MOST_LINES", 3)
    monkeypatch.setattr(audit, "MANY", 2)
    if request.param == "alone":
        monkeypatch.setattr(beside, "is_possible", lambda: False)


def lines(*objects: dict[str, object]) -> str:
    Path("m.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in objects))
    return "m.jsonl"


def keys(count: int, **fields: object) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {"kind": "keys", "key_alias": f"k{number}", **fields}


def test_what_comes_later_is_known_and_the_plan_is_the_same(gwctl: Program, database: Database) -> None:
    """Keys before their team, members before they are users, one user in several teams."""
    teams = [{"kind": "teams", "team_alias": f"t{n}", "members": [{"user": "ada"}, {"user": "bob"}]} for n in range(5)]
    name = lines(*keys(8, team="t4"), *teams, {"kind": "users", "user_id": "ada"})
    looked = gwctl(f"diff -f {name} -o json", code=1).json
    rehearsed = gwctl(f"apply -f {name} --dry-run -o json").json
    assert database.rows(KEYS) == []
    done = gwctl(f"apply -f {name} --yes --secrets-to new.jsonl -o json").json
    assert looked["checksum"] == rehearsed["checksum"] == done["checksum"]
    assert done["summary"] == {"create": 14, "update": 0, "delete": 0, "unchanged": 0}
    team = database.row("LiteLLM_TeamTable", team_alias="t4")
    assert len(database.rows(KEYS, team_id=team["team_id"])) == 8
    ids = [row["team_id"] for row in database.rows("LiteLLM_TeamTable")]
    for user in ("ada", "bob"):
        assert sorted(database.row("LiteLLM_UserTable", user_id=user)["teams"]) == sorted(ids)
    assert len(Path("new.jsonl").read_text().splitlines()) == 8
    assert not Path("new.jsonl.part").exists()
    again = gwctl(f"apply -f {name} --yes -o json").json
    assert again["summary"] == {"create": 0, "update": 0, "delete": 0, "unchanged": 14}


def test_a_name_twice_in_two_batches_and_a_fault_in_the_last(gwctl: Program, database: Database) -> None:
    name = lines(*keys(7), {"kind": "keys", "key_alias": "k1"}, {"kind": "keys", "key_alias": "z", "team": "nobody"})
    failed = gwctl(f"apply -f {name} --yes --secrets-to new.jsonl", code=5)
    assert "m.jsonl:8:31: keys[7].key_alias: 'k1' is told of twice, first in m.jsonl:2" in failed.stderr
    assert "m.jsonl:9:44: keys[8].team: there is no team 'nobody'" in failed.stderr
    name = lines(*keys(7), {"kind": "keys", "key_alias": "z", "team": "nobody"})
    failed = gwctl(f"apply -f {name} --yes --secrets-to new.jsonl", code=5)
    assert "m.jsonl:8" in failed.stderr
    assert database.rows(KEYS) == []
    assert sorted(path.name for path in Path().glob("new*")) == []


def test_what_is_wrong_is_told_in_its_order_whoever_finds_it(gwctl: Program) -> None:
    """In the lines that are judged here and in those that the copy judges, and in names that each met once."""
    wrong = [{"kind": "keys", "key_alias": f"w{number}", "max_budget": "much"} for number in range(2)]
    name = lines(*keys(4), wrong[0], *keys(2), wrong[1], {"kind": "keys"}, *keys(1, models=["a"]))
    told = gwctl(f"validate -f {name}", code=5).stderr
    assert re.findall(r"^ *m\.jsonl:(\d+):", told, re.MULTILINE) == ["5", "6", "7", "8", "9", "10"]
    assert "'k0' is told of twice, first in m.jsonl:1" in told
    text = Path(name).read_text().splitlines()
    for line in (1, 5, 9):  # no JSON, in the lines of either
        text[line] = "{"
    Path(name).write_text("\n".join(text))
    told = gwctl(f"validate -f {name}", code=5).stderr
    assert re.findall(r"^ *m\.jsonl:(\d+):", told, re.MULTILINE) == ["2", "5", "6", "8", "9", "10"]


def test_promises_are_summed_over_batches(gwctl: Program) -> None:
    gwctl("teams create busy --tpm-limit 60")
    promised = {"team": "busy", "tpm_limit": 10, "tpm_limit_type": "guaranteed_throughput"}
    assert "70 would be promised" in gwctl(f"diff -f {lines(*keys(7, **promised))}", code=6).stderr
    assert "70 would be promised" in gwctl("apply -f m.jsonl --yes --secrets-to new.jsonl", code=6).stderr
    gwctl(f"apply -f {lines(*keys(6, **promised))} --yes --secrets-to new.jsonl")


def test_own_secrets_wait_in_memory(gwctl: Program, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven keys with secrets of their own, of which the first six go through the spool's file."""
    for number in range(7):
        monkeypatch.setenv(f"OWN_{number}", f"sk-own-{number:020}")
    name = lines(*({**one, "key": {"env": f"OWN_{number}"}} for number, one in enumerate(keys(7))))
    gwctl(f"apply -f {name} --yes")
    assert {row["key_name"] for row in database.rows(KEYS)} == {f"sk-...{number:04}" for number in range(7)}
    nameless = lines(*({"kind": "keys", "key": {"env": f"OWN_{number}"}} for number in (5, 6, 5)))
    assert "this secret is told of twice, first in m.jsonl:1" in gwctl(f"apply -f {nameless} --yes", code=5).stderr


def test_a_set_prunes_over_batches(gwctl: Program, database: Database) -> None:
    apply = "apply -f m.jsonl --set one --prune --yes --secrets-to new.jsonl --secrets-append"
    people = [{"user": f"u{number}"} for number in range(5)]
    lines(*keys(9), {"kind": "teams", "team_alias": "t", "members": people})
    gwctl(apply)
    gwctl("teams members add t by-hand")
    lines(*keys(7), {"kind": "teams", "team_alias": "t", "members": people[1:]})
    looked = gwctl("diff -f m.jsonl --set one --prune -o json", code=1).json
    done = gwctl([*apply.split(), "-o", "json"]).json
    assert done["checksum"] == looked["checksum"]
    assert done["summary"] == {"create": 0, "update": 1, "delete": 2, "unchanged": 7}
    assert len(database.rows(KEYS)) == 7
    team = database.row("LiteLLM_TeamTable", team_alias="t")
    assert sorted(one["user_id"] for one in team["members_with_roles"]) == ["by-hand", "u1", "u2", "u3", "u4"]


def test_a_long_plan_is_shown_in_part(gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "MOST_CREATED", 2)
    gwctl("teams create t0 --max-budget 1")
    name = lines(
        *({"kind": "teams", "team_alias": f"t{number}", "max_budget": 2} for number in range(5)),
        {"kind": "users", "user_id": "ada"},
    )
    plan, by_hand = gwctl(f"diff -f {name}", code=1).stdout.split("By hand since it was applied:")
    assert "team t0: changed by tester" in by_hand
    assert [line.strip() for line in plan.splitlines() if line.startswith("  ") and not line.startswith("    ")] == [
        "+ ada", "+ t1", "+ t2", "~ t0", "… and 2 more to create; -o json tells all of them",
    ]  # fmt: skip
    assert "more to create" in gwctl(f"diff -f {name} -o markdown", code=1).stdout
    assert len(gwctl(f"diff -f {name} -o json", code=1).json["changes"]) == 6


def test_what_was_wrong_before_is_the_reason(gwctl: Program, database: Database) -> None:
    """The database refuses the last rows of a batch, and says so when the next one begins."""
    database.execute(
        "create function no() returns trigger language plpgsql as $$ begin raise 'not here'; end $$;"
        'create trigger no before insert on "LiteLLM_AuditLog" for each row execute function no()'
    )
    before = database.dump()
    name = lines({"kind": "keys", "key_alias": "lost", "team": "nobody"}, *keys(4))
    told = gwctl(f"apply -f {name} --yes --secrets-to new.jsonl", code=5).stderr
    assert "'nobody'" in told
    assert "not here" not in told
    assert database.dump() == before
    for count in (3, 7):  # the last batch of rows is refused, or one before it
        told = gwctl(f"apply -f {lines(*keys(count))} --yes --secrets-to new.jsonl", code=7).stderr
        assert "not here" in told
        assert database.dump() == before
    assert not Path("new.jsonl").exists()


def test_progress_is_told_where_it_takes_long(gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    name = lines(*keys(7))
    assert "objects" not in gwctl(f"diff -f {name}", code=1).stderr
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "BETWEEN_LINES", 0)
    told = gwctl(f"apply -f {name} --yes --secrets-to new.jsonl").stderr.splitlines()
    assert [line.partition(" objects")[0] for line in told if "applying" in line] == [
        "applying: 3 of 7", "applying: 6 of 7", "applying: 7 of 7",
    ]  # fmt: skip
    assert " a second" not in gwctl(f"--quiet diff -f {name}").stderr


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich takes stderr for a terminal then
    with progress.shown(Session(GlobalOptions(), Terminal(stderr=True))) as shown:
        shown.begin("applying", 10)
        shown.seen(5)
    drawn = capsys.readouterr().err
    assert "applying" in drawn
    assert "50%" in drawn
    assert "5 objects" in drawn
