"""Options that are wrong: a wrong value is status 5, a wrong command line 2, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from support.database import Database
from support.program import Program

SECRET = "sk-plain-text-0123456789"
ENVIRONMENT = {"UNFIT": "not a key", "UNSET": None}

OPTIONS = [
    ("teams create a --max-budget lots", 5, "--max-budget: should be a number"),
    ("teams create a --max-budget -3", 5, "--max-budget: should not be below 0"),
    ("teams create a --max-budget nan", 5, "--max-budget: should be a finite number"),
    ("teams create a --max-budget 1e999", 5, "--max-budget: should be a finite number"),
    ("teams create a --tpm-limit 9223372036854775808", 5, "--tpm-limit: is too large"),
    ("teams create a --tpm-limit 1.5", 5, "--tpm-limit: should be a whole number"),
    ("budgets create a --max-parallel-requests 2147483648", 5, "2147483647"),
    ("teams create a --budget-duration '3 weeks'", 5, "--budget-duration: '3 weeks' is not a duration"),
    ("teams create ''", 5, "--team-alias: should not be empty"),
    ("users create a --user-role king", 5, "--user-role: should be 'proxy_admin'"),
    ("teams create a --metadata nonsense", 5, "--metadata: 'nonsense' should be KEY=TEXT"),
    ("teams create a --metadata a:=[1", 5, "--metadata: should be JSON"),
    ("teams create a --metadata a:=NaN", 5, "not-a-number"),
    ("teams create a --router-settings '{'", 5, "--router-settings: should be JSON"),
    ("teams create a --router-settings [1]", 5, "an object of names and values, not a list"),
    ("""teams create a --router-settings '{"a": 1, "a": 2}'""", 5, "`a` is given twice"),
    ("""teams create a --router-settings '{"a": "\\u0000"}'""", 5, "NUL"),
    ("teams create a --router-settings '" + '{"a": ' * 5000 + "1" + "}" * 5000 + "'", 5, "100 deep"),
    ("teams create a --router-settings @nowhere", 5, "cannot read nowhere"),
    ("keys create a --expires tomorrow", 5, "--expires: should be a moment"),
    ("keys create a --expires 9999-12-31T23:00:00-14:00", 5, "between the years 1 and 9999"),
    ("keys create a --duration 30", 5, "--duration: '30' is not a duration"),
    ("keys create a --token abc", 5, "--token: should be the SHA-256"),
    ("keys create a --secret-from env:UNSET", 5, "--secret-from: the environment variable UNSET is not set"),
    ("keys create a --secret-from file:nowhere", 5, "--secret-from: cannot read nowhere"),
    ("keys create a --secret-from env:UNFIT", 5, "not one that the gateway would accept"),
    ("keys create a --key-type weird", 5, "--key-type: should be 'default'"),
    ("""keys create a --model-rpm-limit '{"gpt": "x"}'""", 5, "should be a whole number"),
    ("keys create a --logging '{}'", 5, "--logging: should be a list"),
    ("teams update standing --max-budget lots", 5, "--max-budget: should be a number"),
    ("teams update standing --budget-duration 0d", 5, "--budget-duration: "),
    ("teams members add standing u --role owner", 5, "--role: should be 'admin' or 'user'"),
    ("keys rotate a --grace -1d", 5, "not a duration"),
    ("keys create a --team nowhere", 3, "there is no team 'nowhere'"),
    ("teams update nowhere --max-budget 3", 3, "there is no team 'nowhere'"),
    ("teams create a --max-budgt 3", 2, "Did you mean --max-budget"),
    ("teams update standing", 2, "nothing to change"),
    ("teams update standing --set-null max_budgt", 2, "max_budget"),
    ("teams update standing --set-null max_budget --max-budget 3", 2, "contradict"),
    ("teams update standing --set-null team_id", 2, "cannot be cleared"),
    ("teams create a --blocked maybe", 2, "unexpected extra argument"),
    (f"keys create {SECRET}", 2, "must not be an argument"),
    (f"keys create a --secret-from {SECRET}", 2, "must not be an argument"),
]


@pytest.fixture
def program(standing_database: Database) -> Program:
    return Program(standing_database)


@pytest.fixture
def untouched(standing_database: Database) -> Iterator[None]:
    before = standing_database.dump()
    yield
    assert standing_database.dump() == before


@pytest.fixture
def standing_team(program: Program) -> None:
    program("teams create standing --if-not-exists --max-budget 7")


@pytest.mark.parametrize(("command", "code", "word"), OPTIONS, ids=[command[:60] for command, _, _ in OPTIONS])
def test_options(
    program: Program, standing_team: None, standing_database: Database, command: str, code: int, word: str
) -> None:
    before = standing_database.dump()
    told = program(command, code=code, env=ENVIRONMENT)
    assert told.stdout == ""
    assert told.stderr.startswith("error: ")
    assert word in told.stderr
    assert len(told.stderr.splitlines()) == 2
    for secret in (SECRET, "not a key"):
        assert secret not in told.stderr
    assert standing_database.dump() == before


def test_options_are_told_all_at_once(program: Program, standing_team: None, standing_database: Database) -> None:
    before = standing_database.dump()
    wrong = "--max-budget lots --tpm-limit -1 --budget-duration never --metadata x"
    for command in ("teams create a", "teams update standing"):
        error = json.loads(program(f"{command} {wrong} -o json", code=5).stderr)["error"]
        assert error["hint"]
        assert {one["path"] for one in error["problems"]} == {
            "--max-budget",
            "--tpm-limit",
            "--budget-duration",
            "--metadata",
        }
    assert standing_database.dump() == before


@pytest.mark.parametrize(
    "words",
    [
        ["teams", "create", "a\0b"],
        ["teams", "create", "a\udc80"],
        ["teams", "get", "\udc80"],
        ["teams", "get", "a\0"],
        ["keys", "create", "a", "--team", "\udc80"],
        ["teams", "create", "a", "--models", "\udc80"],
        ["teams", "create", "a", "--metadata", "a=\udc80"],
        ["keys", "list", "--metadata", "\udc80=a"],
    ],
    ids=repr,
)
@pytest.mark.usefixtures("untouched")
def test_arguments_that_no_text_in_the_database_can_hold(program: Program, words: list[str]) -> None:
    told = program(words, code=5)
    assert told.stderr.startswith("error: ")
    assert "defect" not in told.stderr
