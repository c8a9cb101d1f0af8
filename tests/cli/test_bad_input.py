"""Input that is wrong: every mistake is one problem with its place, all are told at once, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.database import Database
from support.program import Program, Result

SECRET = "sk-plain-text-0123456789"
ENVIRONMENT = {"SET": "sk-of-the-environment-01", "UNFIT": "not a key", "EMPTY": "", "UNSET": None}


@dataclass(frozen=True)
class Bad:
    """One mistake and where it is told to be."""

    name: str
    text: str | bytes
    line: int
    column: int
    path: str
    word: str
    ending: str = "yaml"
    options: tuple[str, ...] = ()
    offline: bool = field(default=True)
    """Whether it can be seen without a database."""

    def __str__(self) -> str:
        return self.name


def team(rest: str) -> str:
    """A manifest of one team whose fields begin in line 3, column 5; their values there, behind the name."""
    return f"teams:\n  - team_alias: a\n    {rest}\n"


def key(rest: str) -> str:
    return f"keys:\n  - key_alias: a\n    {rest}\n"


BOMB = team("metadata:\n      a: &a [x, x, x, x, x, x, x, x, x, x]") + "".join(
    f"      {one}: &{one} [{', '.join([f'*{before}'] * 10)}]\n" for before, one in zip("abcdef", "bcdefg", strict=True)
)
DEEP = "{a: " * 200 + "1" + "}" * 200

YAML = [
    Bad("not-yaml", "teams: [\n", 2, 1, "", "not closed"),
    Bad("no-map", "hello\n", 1, 1, "", "map of group names"),
    Bad("no-list", "teams:\n  team_alias: a\n", 2, 3, "teams", "list of objects"),
    Bad("no-object", "teams:\n  - a\n", 2, 5, "teams[0]", "map of fields"),
    Bad("null-object", "teams:\n  - null\n", 2, 5, "teams[0]", "map of fields"),
    Bad("unclosed-quote", 'teams:\n  - team_alias: "a\n', 3, 1, "", "not closed"),
    Bad("tab", "teams:\n\t- team_alias: a\n", 2, 1, "", "tab"),
    Bad("tab-inside", "teams:\n  - team_alias: a\n\tmodels: [x]\n", 3, 1, "", "tab"),
    Bad("unknown-group", "taems:\n  - team_alias: a\n  - team_alias: b\n", 1, 1, "taems", "did you mean 'teams'?"),
    Bad("unknown-group-without-objects", "keyz: []\n", 1, 1, "keyz", "did you mean 'keys'?"),
    Bad("group-twice", "teams: []\nteams: []\n", 2, 1, "teams", "given twice, first in line 1"),
    Bad("unknown-field", team("max_budgt: 3"), 3, 5, "teams[0].max_budgt", "did you mean 'max_budget'?"),
    Bad("unknown-field-far-off", team("zzz: 3"), 3, 5, "teams[0].zzz", "there is no field 'zzz'"),
    Bad("unknown-field-inside", team("members: [{user: u, rol: admin}]"), 3, 25, "teams[0].members[0].rol", "'role'?"),
    Bad("observed-field", team("spend: 3"), 3, 5, "teams[0].spend", "looked at, not set"),
    Bad("no-name", "teams:\n  - max_budget: 3\n", 2, 5, "teams[0]", "needs a name: team_alias, team_id"),
    Bad("null-name", "teams:\n  - team_alias:\n", 2, 5, "teams[0]", "needs a name"),
    Bad("empty-name", 'teams:\n  - team_alias: ""\n', 2, 17, "teams[0].team_alias", "not be empty"),
    Bad("no-name-of-a-key", "keys:\n  - max_budget: 3\n", 2, 5, "keys[0]", "needs a name: key_alias, token"),
    Bad("name-twice", team("") + "  - team_alias: a\n", 4, 17, "teams[1].team_alias",
        "told of twice, first in bad.yaml:2"),
    Bad("id-twice", "users: [{user_id: a}]\n---\nusers: [{user_id: a}]\n", 3, 19, "users[0].user_id", "told of twice"),
    Bad("member-twice", team("members: [{user: u}, {user: u, role: admin}]"), 3, 33, "teams[0].members[1].user",
        "twice"),
    Bad("text-for-a-number", team("max_budget: lots"), 3, 17, "teams[0].max_budget", "a number, not text"),
    Bad("quoted-number", team('max_budget: "3"'), 3, 17, "teams[0].max_budget", "a number, not text"),
    Bad("number-for-a-text", "teams:\n  - team_alias: 7\n", 2, 17, "teams[0].team_alias", "text, not a number"),
    Bad("truth-for-a-text", "teams:\n  - team_alias: true\n", 2, 17, "teams[0].team_alias", "text, not true"),
    Bad("text-for-truth", team("blocked: yes"), 3, 14, "teams[0].blocked", "true or false"),
    Bad("list-for-a-text", "teams:\n  - team_alias: [a]\n", 2, 17, "teams[0].team_alias", "text, not a list"),
    Bad("text-for-a-list", team("models: gpt-4o"), 3, 13, "teams[0].models", "list, not text"),
    Bad("text-for-an-object", team("members: [ada]"), 3, 15, "teams[0].members[0]", "object, not text"),
    Bad("null-in-a-list", team("models: [a, null]"), 3, 17, "teams[0].models[1]", "text, not null"),
    Bad("other-choice", team("members: [{user: u, role: owner}]"), 3, 31, "teams[0].members[0].role",
        "'admin' or 'user'"),
    Bad("negative", team("max_budget: -3"), 3, 17, "teams[0].max_budget", "not be below 0"),
    Bad("nan", team("max_budget: .nan"), 3, 17, "teams[0].max_budget", "not-a-number"),
    Bad("infinity", team("max_budget: -.inf"), 3, 17, "teams[0].max_budget", "infinity"),
    Bad("number-too-large", team("max_budget: 1e400"), 3, 17, "teams[0].max_budget", "too large"),
    Bad("bigint-too-large", team("tpm_limit: 9223372036854775808"), 3, 16, "teams[0].tpm_limit", "9223372036854775807"),
    Bad("integer-too-large", "budgets:\n  - budget_id: b\n    max_parallel_requests: 2147483648\n", 3, 28,
        "budgets[0].max_parallel_requests", "2147483647"),
    Bad("fraction-for-a-count", team("tpm_limit: 1.5"), 3, 16, "teams[0].tpm_limit", "whole number"),
    Bad("no-duration", team("budget_duration: 3 weeks"), 3, 22, "teams[0].budget_duration", "not a duration"),
    Bad("number-for-a-duration", team("budget_duration: 30"), 3, 22, "teams[0].budget_duration", "text, not a number"),
    Bad("endless-duration", team("budget_duration: 999999d"), 3, 22, "teams[0].budget_duration", "thousand years"),
    Bad("no-moment", key("expires: tomorrow"), 3, 14, "keys[0].expires", "2026-03-31T12:00:00Z"),
    Bad("thirteenth-month", key("expires: 2026-13-01"), 3, 14, "keys[0].expires", "2026-03-31T12:00:00Z"),
    Bad("moment-past-the-last-year", key("expires: 9999-12-31T23:00:00-14:00"), 3, 14, "keys[0].expires", "9999"),
    Bad("python-tag", team("budget_duration: !!python/object/apply:os.system [echo]"), 3, 22,
        "teams[0].budget_duration", "the tag !!python/object/apply:os.system is not understood"),
    Bad("python-tag-of-all", "!!python/object:x.Y\nteams: []\n", 1, 1, "", "!!python/object:x.Y"),
    Bad("python-tag-of-a-group", "teams: !!python/name:os.system\n", 1, 8, "teams", "list of objects"),
    Bad("alias-bomb", BOMB, 8, 14, "teams[0].metadata.e[0]", "far more than is written"),
    Bad("alias-to-nothing", team("models: *here"), 3, 13, "teams[0].models", "names nothing"),
    Bad("merge-of-no-map", "teams:\n  - <<: 3\n", 2, 9, "teams[0].<<", "takes a map"),
    Bad("key-twice", team("max_budget: 1\n    max_budget: 2"), 4, 5, "teams[0].max_budget", "twice, first in line 3"),
    Bad("deep", team(f"metadata: {DEEP}"), 3, 407, "teams[0].metadata" + ".a" * 98, "100 deep"),
    Bad("deeper", "teams: " + "[" * 20_000, 1, 1007, "", "nested"),
    Bad("escaped-nul", 'teams:\n  - team_alias: "a\\0b"\n', 2, 17, "teams[0].team_alias", "NUL"),
    Bad("nul", b"teams:\n  - team_alias: a\0b\n", 2, 18, "", "U+0000"),
    Bad("control-character", b"teams:\n  - team_alias: a\x07b\n", 2, 18, "", "U+0007"),
    Bad("binary", bytes(range(5)) * 99, 0, 0, "", "binary file"),
    Bad("latin-1", "teams:\n  - team_alias: ü\n".encode("latin-1"), 2, 17, "", "not UTF-8"),
    Bad("utf-16", "teams: []".encode("utf-16"), 0, 0, "", "UTF-16"),
    Bad("gzip", b"\x1f\x8b\x08\0\0\0\0\0", 0, 0, "", "zcat"),
    Bad("half-a-surrogate", 'teams:\n  - team_alias: "a\\ud83d"\n', 2, 21, "", "no character"),
    Bad("too-long-a-text", team("budget_duration: " + "x" * (1 << 20) + "y"), 3, 22, "teams[0].budget_duration",
        "1,048,576"),
    Bad("unset-variable", key("key: {env: UNSET}"), 3, 10, "keys[0].key", "UNSET is not set"),
    Bad("empty-variable", key("key: {env: EMPTY}"), 3, 10, "keys[0].key", "EMPTY is empty"),
    Bad("unfit-variable", key("key: {env: UNFIT}"), 3, 10, "keys[0].key", "not one that the gateway would accept"),
    Bad("missing-file", key("key: {file: nowhere}"), 3, 10, "keys[0].key", "nowhere cannot be read"),
    Bad("two-places", key("key: {env: SET, file: x}"), 3, 10, "keys[0].key", "{env: NAME} or {file: PATH}"),
    Bad("plain-secret", key(f"key: {SECRET}"), 3, 10, "keys[0].key", "{env: NAME} or {file: PATH}"),
    Bad("null-secret", key("key: null"), 3, 10, "keys[0].key", "{env: NAME} or {file: PATH}"),
    Bad("mask", key('key: "********"'), 3, 10, "keys[0].key", "{env: NAME} or {file: PATH}"),
    Bad("mask-inside", team('metadata: {api_key: "********"}'), 3, 25, "teams[0].metadata.api_key", "mask"),
    Bad("no-hash", key("token: abc"), 3, 12, "keys[0].token", "SHA-256"),
    Bad("duration-and-expires", key("duration: 30d\n    expires: null"), 4, 14, "keys[0].expires", "give one of them"),
    Bad("model-budget", "budgets:\n  - budget_id: b\n    model_max_budget: {gpt: 3}\n", 3, 23,
        "budgets[0].model_max_budget", "where an object"),
    Bad("old-name-no-text", team("renamed_from: 3"), 3, 19, "teams[0].renamed_from", "should be text"),
    Bad("field-and-inside", team("tags: [a]\n    metadata: {tags: [b]}"), 4, 22, "teams[0].metadata.tags",
        "one of them"),
    Bad("dangling", key("team: nowhere"), 3, 11, "keys[0].team", "there is no team 'nowhere'", offline=False),
    Bad("dangling-in-a-list", team("access_groups: [nowhere]"), 3, 20, "teams[0].access_groups", "'nowhere'",
        offline=False),
    Bad("reference-to-a-key-of-its-own", key("budget: a"), 3, 13, "keys[0].budget", "there is no budget 'a'",
        offline=False),
]  # fmt: skip

OTHERS = [
    Bad("json-broken", '{"teams": [\n{"team_alias": }]}', 2, 16, "", "expecting value", "json"),
    Bad("json-key-twice", '{"teams": [{"team_alias": "a",\n"team_alias": "b"}]}', 2, 1, "", "twice", "json"),
    Bad("json-group", '{"taems":\n[{"team_alias": "a"}]}', 1, 2, "taems", "did you mean 'teams'?", "json"),
    Bad("json-group-null", '{"taems": null}', 1, 2, "taems", "did you mean 'teams'?", "json"),
    Bad("json-field", '{"teams": [{"team_alias": "a",\n "max_budget": null, "models": {}}]}', 2, 32,
        "teams[0].models", "list",
        "json"),
    Bad("json-null-object", '{"teams": [null]}', 1, 12, "teams[0]", "map of fields", "json"),
    Bad("json-null-name", '{"teams": [{"team_alias": null}]}', 1, 12, "teams[0]", "needs a name", "json"),
    Bad("json-null", "null", 1, 1, "", "an object of group names", "json"),
    Bad("json-nan", '{"teams": [{"team_alias": "a", "max_budget": NaN}]}', 1, 46, "", "not-a-number", "json"),
    Bad("json-half-a-surrogate", '{"teams": [{"team_alias": "\\ud83d"}]}', 1, 27, "", "half of a surrogate", "json"),
    Bad("json-nul", '{"teams": [{"team_alias": "\\u0000"}]}', 1, 27, "", "NUL", "json"),
    Bad("json-deep", '{"teams": [{"team_alias": "a", "metadata": ' + '{"a":' * 200 + "1" + "}" * 200 + "}]}", 1, 539,
        "", "100 deep", "json"),
    Bad("lines-broken", '{"team_alias": "a"}\n{"team_alias": \n', 2, 16, "", "expecting value", "jsonl", ("--kind",
        "teams")),
    Bad("lines-no-kind", '{"team_alias": "a"}\n', 1, 1, "", "--kind", "jsonl"),
    Bad("lines-unknown-kind", '{"kind": "taem", "team_alias": "a"}\n', 1, 1, "taem[0]", "did you mean 'teams'?",
        "jsonl"),
    Bad("lines-null-kind", '{"kind": null, "team_alias": "a"}\n', 1, 1, "", "--kind", "jsonl"),
    Bad("lines-field", '\n{"kind": "team", "team_alias": "a", "max_budgt": 1}\n', 2, 37, "team[0].max_budgt",
        "max_budget",
        "jsonl"),
    Bad("cells-header", "team_alias,team_alias\na,b\n", 1, 1, "", "twice", "csv", ("--kind", "teams")),
    Bad("cells-count", "team_alias,max_budget\na\n", 2, 1, "", "2 fields", "csv", ("--kind", "teams")),
    Bad("cells-number", "team_alias,max_budget\na,3\nb,lots\n", 3, 3, "teams[1].max_budget", "number", "csv",
        ("--kind", "teams")),
    Bad("cells-field", "team_alias,max_budgt\na,3\n", 1, 12, "teams[0].max_budgt", "max_budget", "csv", ("--kind",
        "teams")),
    Bad("cells-semicolons", "team_alias;max_budget\na;3\n", 1, 1, "", "commas", "csv", ("--kind", "teams")),
    Bad("cells-quote", 'team_alias\n"a\n', 2, 1, "", "not closed", "csv", ("--kind", "teams")),
]  # fmt: skip


@pytest.fixture
def program(standing_database: Database) -> Program:
    return Program(standing_database)


@pytest.fixture
def untouched(standing_database: Database) -> Iterator[None]:
    before = standing_database.dump()
    yield
    assert standing_database.dump() == before


def problems(result: Result) -> list[dict[str, Any]]:
    """What an error told as JSON; it is one line of stderr, and nothing else was said anywhere."""
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["exit_status"]) == ("invalid", 5)
    assert error["message"]
    assert error["hint"]
    return list(error["problems"])


@pytest.mark.parametrize("bad", YAML + OTHERS, ids=str)
@pytest.mark.usefixtures("untouched")
def test_one_mistake_is_one_problem(program: Program, bad: Bad) -> None:
    name = f"bad.{bad.ending}"
    Path(name).write_bytes(bad.text if isinstance(bad.text, bytes) else bad.text.encode())
    files = ["-f", name, *bad.options]
    (found,) = problems(program(["apply", *files, "--yes", "-o", "json"], code=5, env=ENVIRONMENT))
    assert bad.word in found.pop("message")
    assert found == {"file": name, "line": bad.line, "column": bad.column, "path": bad.path}
    offline = program(["validate", *files, "-o", "json"], code=5 if bad.offline else 0, env=ENVIRONMENT, images=False)
    if bad.offline:
        assert bad.word in offline.stderr
    told = program(["apply", *files, "--yes"], code=5, env=ENVIRONMENT)
    place = ":".join(str(part) for part in (name, bad.line, bad.column) if part)
    assert told.stderr.startswith(f"error: {place}: ")
    assert "Traceback" not in told.stderr
    assert SECRET not in told.stderr + offline.stderr


NINE = """\
teams:
  - team_alias: research
    max_budget: -5
    budget_duration: 3 weeks
    models: [gpt-4o]
  - team_alias: research
    max_budgt: 10
  - max_budget: 3
    tpm_limit: .nan
keys:
  - key_alias: nightly
    team: research
  - key_alias: daily
    team: nowhere
    user: nobody
  - key_alias: weekly
    key: {env: UNSET}
budgts: []
"""


@pytest.mark.usefixtures("untouched")
def test_a_file_with_nine_mistakes_reports_nine(program: Program) -> None:
    """Those that a database is needed for among them, in the order of the lines. What refers to the flawed team does
    not dangle."""
    Path("nine.yaml").write_text(NINE)
    found = problems(program("apply -f nine.yaml --yes -o json", code=5))
    assert [(one["line"], one["path"]) for one in found] == [
        (3, "teams[0].max_budget"),
        (4, "teams[0].budget_duration"),
        (6, "teams[1].team_alias"),
        (7, "teams[1].max_budgt"),
        (9, "teams[2].tpm_limit"),
        (14, "keys[1].team"),
        (15, "keys[1].user"),
        (17, "keys[2].key"),
        (18, "budgts"),
    ]


@pytest.mark.usefixtures("untouched")
def test_offline_problems_are_the_same_to_all(program: Program) -> None:
    Path("nine.yaml").write_text(NINE)
    offline = problems(
        program("validate -f nine.yaml -o json", code=5, env={"GWCTL_DATABASE_URL": "postgresql://127.0.0.1:1/x"})
    )
    assert len(offline) == 7
    for command in ("apply --yes", "apply --dry-run", "diff"):
        whole = problems(program(f"{command} -f nine.yaml -o json", code=5))
        assert [one for one in whole if one in offline] == offline
    unreachable = {"GWCTL_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    assert problems(program("apply -f nine.yaml --yes -o json", code=5, env=unreachable)) == offline


@pytest.mark.usefixtures("untouched")
def test_files_are_told_in_order(program: Program) -> None:
    for name in ("b", "a"):
        Path(f"{name}.yaml").write_text("teams:\n  - team_alias: x\n    zz: 1\n    yy: 1\n")
    told = program("apply -f b.yaml -f a.yaml --yes", code=5)
    first, *rest, last = told.stderr.splitlines()
    assert first == "error: 5 problems in the manifests"
    assert [line.split(": ")[0].strip() for line in rest] == [
        "a.yaml:2:17", "a.yaml:3:5", "a.yaml:4:5", "b.yaml:3:5", "b.yaml:4:5",
    ]  # fmt: skip
    assert last == "hint: Nothing was changed."
