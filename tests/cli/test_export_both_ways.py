"""Entries that the database writes itself are those that are read and written in Python, to the letter."""

from __future__ import annotations

import json
import re
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from gwctl import secrets
from gwctl.core import entry_text
from house.test_every_entity import SAMPLES, WORLD
from support.commands import SALT, fill
from support.database import Database
from support.program import Program

KEYS = "LiteLLM_VerificationToken"
MADE_UP = "00000000-0000-0000-0000-0000000000"
HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def filled(standing_database: Database) -> Database:
    """One with a row of everything, and what keys may refer to: a name of one's own, one that two bear, and none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GWCTL_NO_LOCAL", "1")
        patch.setenv("GWCTL_ACTOR", "tester")
        fill(Program(standing_database), standing_database)
    for number, alias in enumerate(["single", "shared", "shared", "", None]):
        standing_database.execute(
            'INSERT INTO "LiteLLM_TeamTable" (team_id, team_alias) VALUES (%s, %s)', f"t{number}", alias
        )
    for number in (1, 2):
        standing_database.execute(
            'INSERT INTO "LiteLLM_BudgetTable" (budget_id, soft_budget, created_by, updated_by) '
            "VALUES (%s, 2.5, 'x', 'x')",
            f"{MADE_UP}{number:02}",
        )
    return standing_database


def both_ways(program: Program, words: str) -> tuple[list[str], list[str]]:
    """The lines of an export as usual, and without the database's help."""
    usual = program(f"export {words} -o jsonl", env=SALT).stdout.split("\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry_text, "select", lambda *_, **__: None)
        return usual, program(f"export {words} -o jsonl", env=SALT).stdout.split("\n")


@pytest.mark.parametrize("words", ["", "--with-hashes", "--all-rows --with-hashes"])
def test_a_row_of_everything(filled: Database, words: str) -> None:
    usual, slow = both_ways(Program(filled), words)
    assert usual == slow
    assert len(usual) > 30


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_field(name: str, gwctl: Program, database: Database) -> None:
    from gwctl.entities import INDEX

    gwctl("apply -f - --yes", stdin=WORLD)
    gwctl("apply -f - --yes --secrets-to -", stdin=json.dumps({INDEX[name][0]: [SAMPLES[name]]}), env=SALT)
    usual, slow = both_ways(gwctl, INDEX[name][0])
    assert usual == slow


TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(
        ["", "sk-abcdefghijklmnop", "SK-x", "http://u:p@h/x", 'a"b\\c\n', "e+5", ": null", "\x01", "\u2028é"]
    ),
    st.sampled_from(["v1.10, x", "token", "os.environ/KEY", "x" * 40, "NaN", "0.0000", "İ"]),
)
NAMES = st.one_of(
    TEXTS,
    st.sampled_from(
        ["api_key", "API_KEY", "apikey", "client_\u017fecret", "toKen", "env", "headers", "extra_headers", "tags"]
    ),
    st.sampled_from(["max_tokens", "callback_vars", "aws_region", "guardrails", "model_rpm_limit", "allowed_tools"]),
)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, 1e15, 1e16, 1e-5, 0.1 + 0.2, 5.0, -0.0, 123456789.123456789, 1e300]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
OBJECTS = st.one_of(
    st.dictionaries(st.sampled_from(["a", "tags", "env"]), st.one_of(NUMBERS, st.booleans(), st.none()), max_size=2),
    st.dictionaries(NAMES, VALUES, max_size=3),
    VALUES,
)
AMOUNTS = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 10.0, 1e15, 0.1 + 0.2, 1e-7, 99.5, -1.0]))
LISTS = st.one_of(st.none(), st.lists(TEXTS, max_size=3))
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "key_alias": st.one_of(st.none(), st.sampled_from(["", "a", "b", "B", "sk-abcdefghijklmnop"]), TEXTS),
    "team_id": st.sampled_from([None, "", "t0", "t1", "t2", "t3", "t4", "gone"]),
    "user_id": st.one_of(st.none(), st.sampled_from(["ada", "bob"]), TEXTS),
    "metadata": OBJECTS,
    "aliases": OBJECTS,
    "permissions": OBJECTS,
    "router_settings": st.one_of(st.none(), OBJECTS),
    "models": LISTS,
    "allowed_routes": LISTS,
    "access_group_ids": st.sampled_from([[], None, ["gone"]]),
    "max_budget": AMOUNTS,
    "tpm_limit": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    "blocked": st.sampled_from([None, True, False]),
    "expires": st.one_of(st.none(), st.datetimes()),
    "budget_id": st.sampled_from([None, None, f"{MADE_UP}01", f"{MADE_UP}02"]),
    "rotation_interval": st.one_of(st.none(), TEXTS),
}
ROWS = st.lists(st.one_of(*(st.tuples(st.just(name), values) for name, values in COLUMNS.items())), max_size=3).map(
    dict
)
"""Few columns each: a row that needs one thing more hides what else is in it."""


@settings(max_examples=8, deadline=None, suppress_health_check=HEALTHY)
@given(st.lists(ROWS, min_size=1, max_size=60), st.sampled_from(["", " --with-hashes"]))
def test_keys_of_all_sorts(filled: Database, rows: list[dict[str, Any]], words: str) -> None:
    with psycopg.connect(filled.url, autocommit=True) as connection:
        connection.execute(f"DELETE FROM \"{KEYS}\" WHERE token ~ '^(sk-)?x'")
        for number, row in enumerate(rows):
            values = {**row, "token": f"{'sk-' if number % 7 == 0 else ''}x{number:064}"}
            columns = ", ".join(f'"{name}"' for name in values)
            stored = [
                Jsonb(value) if name in ("metadata", "aliases", "permissions", "router_settings") else value
                for name, value in values.items()
            ]
            try:
                connection.execute(
                    f'INSERT INTO "{KEYS}" ({columns}) VALUES ({", ".join(["%s"] * len(values))})', stored
                )
            except psycopg.errors.DataError:  # half a character, or a number that no column holds
                continue
    usual, slow = both_ways(Program(filled), f"keys{words}")
    assert usual == slow


NUMBERS_OF_JSON = [
    "1.10",
    "5.0",
    "5.00",
    "0.00001",
    "-0.0",
    "1e400",
    "12345678.25",
    "0.12345678901234567",
    "7e-9",
    "1e22",
]
AMOUNTS_OF_COLUMNS = ["1e15", "999999999999999", "1e16", "1.5e300", "NaN", "Infinity", "-Infinity", "1e-7", "0.1", "-0"]


@pytest.mark.parametrize("number", NUMBERS_OF_JSON + AMOUNTS_OF_COLUMNS)
def test_numbers(filled: Database, number: str) -> None:
    if number in NUMBERS_OF_JSON:
        column, value = "metadata", f'{{"a": {number}, "b": [{number}], "model_rpm_limit": {number}}}'
    else:
        column, value = "max_budget", number
    statement = (
        f'INSERT INTO "{KEYS}" (token, {column}) VALUES (%s, %s) ON CONFLICT (token) DO UPDATE SET {column} = %s'
    )
    filled.execute(statement, "z" * 64, value, value)
    usual, slow = both_ways(Program(filled), "keys")
    filled.execute(f'DELETE FROM "{KEYS}" WHERE token = %s', "z" * 64)
    assert usual == slow


def test_most_rows_are_written_by_the_database(filled: Database) -> None:
    """What nobody would take for a secret does not send a row the long way."""
    filled.execute(
        f'INSERT INTO "{KEYS}" (token, key_alias, metadata, models, max_budget) VALUES (%s, %s, %s, %s, 12.5)',
        "y" * 64, "plain", json.dumps({"env": "prod", "owner": "ada@example.org", "n": [1, 2.5]}), ["gpt-4.1"],
    )  # fmt: skip
    read: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "gwctl.core.export._read",
            lambda _u, _e, keys, _h: iter([{"token": key} for key in keys if not read.append(key)]),
        )
        lines = Program(filled)("export keys -o jsonl").lines
    assert "y" * 64 not in read
    assert any('"key_alias": "plain"' in line for line in lines)


def test_signs_are_in_every_name_of_a_secret() -> None:
    for pattern, holds_others in ((secrets._SECRET_NAME, False), (secrets._ALL_WITHIN, True)):
        for part in pattern.pattern.split("|"):
            for name in {part.strip("^$").replace("_?", one) for one in ("_", "")}:
                for told in (name, name.upper()):
                    text = json.dumps({told: {"a": "x"} if holds_others else "x"})
                    assert secrets.masked(json.loads(text)) != json.loads(text), name
                    assert entry_text.may_hold_secret(text), name


def test_letters_that_python_takes_for_others() -> None:
    alike = {
        (one, letter)
        for one in map(chr, range(128, 0x3000))
        for letter in "abcdefghijklmnopqrstuvwxyz"
        if re.fullmatch(letter, one, re.IGNORECASE)
    }
    assert {one for one, _ in alike} == {"\u0130", "\u0131", "\u017f", "\u212a"}
    for sign in secrets.SIGNS:
        for one, letter in alike:
            assert entry_text.may_hold_secret(f'{{"x{sign.replace(letter, one)}": 1}}'), (sign, one)
