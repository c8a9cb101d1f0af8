"""Results in every format: what is written for which value, and that what is written can be read back."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwctl.cli.render import Column, Kind, listing, one, values
from gwctl.cli.session import GlobalOptions, Session
from gwctl.cli.terminal import Terminal
from gwctl.core.values import JSON_NULL

MOMENT = datetime(2026, 3, 18, 14, 37, 20, tzinfo=UTC)
COLUMNS = [
    Column("key_alias", Kind.NAME),
    Column("spend", Kind.MONEY),
    Column("tpm_limit", Kind.COUNT),
    Column("models", Kind.LIST),
    Column("expires", Kind.TIME),
    Column("blocked", Kind.FLAG),
    Column("budget_duration", Kind.DURATION),
    Column("metadata", Kind.JSON, wide=True),
]
ROWS: list[dict[str, Any]] = [
    {
        "key_alias": "nightly",
        "spend": 1234.5,
        "tpm_limit": 12000,
        "models": ["gpt-4o", "o3"],
        "expires": MOMENT,
        "blocked": False,
        "budget_duration": "30d",
        "metadata": {"owner": "ada"},
        "token": "ab" * 32,
    },
    {
        "key_alias": "[red]bold[/red]",
        "spend": 0.1 + 0.2,
        "tpm_limit": None,
        "models": [],
        "expires": None,
        "blocked": None,
        "budget_duration": None,
        "metadata": JSON_NULL,
        "token": "cd" * 32,
    },
]
PIPE = Terminal()
SCREEN = Terminal(stdin=True, stdout=True, stderr=True, width=100)


def show(
    capsys: pytest.CaptureFixture[str],
    rows: Any = ROWS,
    columns: list[Column] = COLUMNS,
    output: str = "table",
    terminal: Terminal = PIPE,
    **more: Any,
) -> str:
    listing(rows, columns, output=output, identity="token", session=Session(terminal=terminal), **more)
    return capsys.readouterr().out


def show_one(capsys: pytest.CaptureFixture[str], output: str, terminal: Terminal = PIPE, **more: Any) -> str:
    one(ROWS[0], COLUMNS, output=output, identity="token", session=Session(terminal=terminal), **more)
    return capsys.readouterr().out


# For machines

PLAIN = [
    {**ROWS[0], "expires": "2026-03-18T14:37:20.000Z"},
    {**ROWS[1], "metadata": None},
]


@pytest.mark.parametrize("terminal", [PIPE, SCREEN])
def test_json_is_an_array_of_whole_rows(capsys: pytest.CaptureFixture[str], terminal: Terminal) -> None:
    assert json.loads(show(capsys, output="json", terminal=terminal)) == PLAIN


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_no_rows_are_an_empty_array(capsys: pytest.CaptureFixture[str], output: str) -> None:
    assert show(capsys, [], output=output) == "[]\n"


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines = show(capsys, output="jsonl").splitlines()
    assert [json.loads(line) for line in lines] == PLAIN


def test_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert yaml.safe_load(show(capsys, output="yaml")) == PLAIN


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, output="csv") == (
        "key_alias,spend,tpm_limit,models,expires,blocked,budget_duration,metadata\r\n"
        'nightly,1234.5,12000,gpt-4o;o3,2026-03-18T14:37:20.000Z,false,30d,"{""owner"":""ada""}"\r\n'
        "[red]bold[/red],0.30000000000000004,,[],,,,\r\n"
    )


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, output="name") == "ab" * 32 + "\n" + "cd" * 32 + "\n"


def test_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(show_one(capsys, "json")) == PLAIN[0]
    assert json.loads(show_one(capsys, "jsonl")) == PLAIN[0]
    assert yaml.safe_load(show_one(capsys, "yaml")) == PLAIN[0]
    assert show_one(capsys, "name") == "ab" * 32 + "\n"
    assert show_one(capsys, "csv").splitlines()[1].startswith("nightly,1234.5,")


def test_fields_are_chosen_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    fields = ["token", "spend"]
    assert show(capsys, output="jsonl", fields=fields).splitlines()[0] == f'{{"token":"{"ab" * 32}","spend":1234.5}}'
    assert show(capsys, output="csv", fields=fields).splitlines()[1] == f"{'ab' * 32},1234.5"
    assert show(capsys, fields=fields).splitlines()[0] == "token\tspend"
    assert show(capsys, output="name", fields=["spend"]).splitlines()[0] == "ab" * 32
    assert json.loads(show_one(capsys, "json", fields=["metadata"])) == {"metadata": {"owner": "ada"}}


@pytest.mark.parametrize("output", ["json", "jsonl", "yaml", "csv", "name", "table"])
def test_rows_are_written_as_they_come(capsys: pytest.CaptureFixture[str], output: str) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        seen.append(capsys.readouterr().out)
        yield ROWS[0]

    seen: list[str] = []
    show(capsys, rows(), output=output)
    assert "ab" * 32 in seen[0] or "nightly" in seen[0]


MOMENTS = [
    (MOMENT, "2026-03-18T14:37:20.000Z"),
    (MOMENT.replace(microsecond=123000), "2026-03-18T14:37:20.123Z"),
    (MOMENT.replace(tzinfo=None), "2026-03-18T14:37:20.000Z"),
    (MOMENT.astimezone(timezone(timedelta(hours=-5))), "2026-03-18T14:37:20.000Z"),
]


@pytest.mark.parametrize(("moment", "written"), MOMENTS)
def test_times_are_utc_with_milliseconds(moment: datetime, written: str) -> None:
    assert values.moment(moment) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1.50"), "1.5"), (Decimal(3), "3"), (float("inf"), "null"), ([float("nan"), 1], "[null,1]"),
        ({"at": MOMENT, "none": JSON_NULL}, '{"at":"2026-03-18T14:37:20.000Z","none":null}'),
        ("\x1b[31m\x9b\u2028\u202e", '"\\u001b[31m\\u009b\\u2028\\u202e"'), ("Zoë", '"Zoë"'),
        (2**63, "9223372036854775808"),
    ],
)  # fmt: skip
def test_values_in_json(value: Any, written: str) -> None:
    assert values.to_json(value) == written


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
))  # fmt: skip
def test_json_comes_back_on_one_line(value: Any) -> None:
    written = values.to_json(value)
    assert json.loads(written) == value
    assert len(written.splitlines()) == 1


# Characters that PostgreSQL can store.
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))
TWO = [Column("a", Kind.NAME), Column("b")]
ROUND = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@ROUND
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_csv_comes_back(capsys: pytest.CaptureFixture[str], cells: list[tuple[str, str]]) -> None:
    written = show(capsys, [{"a": a, "b": b} for a, b in cells], TWO, output="csv")
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["a", "b"], *map(list, cells)]


@given(st.lists(TEXT))
def test_a_list_in_csv_comes_back(items: list[str]) -> None:
    cell = values.for_csv(items)
    assert (json.loads(cell) if cell.startswith("[") else cell.split(";")) == items


@ROUND
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_tab_lines_come_back(capsys: pytest.CaptureFixture[str], cells: list[tuple[str, str]]) -> None:
    lines = show(capsys, [{"a": a, "b": b} for a, b in cells], TWO).splitlines()
    assert [tuple(_read(cell) for cell in line.split("\t")) for line in lines] == [("a", "b"), *cells]


def _read(cell: str) -> str:
    """A cell as a reader of these lines would take it."""
    named = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}

    def character(found: re.Match[str]) -> str:
        return named.get(found.group(1)) or chr(int(found.group(1)[1:], 16))

    return re.sub(r"\\(t|n|r|\\|x[0-9a-f]{2}|u[0-9a-f]{4})", character, cell)


# For people


def test_off_a_terminal_a_table_is_lines_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys).splitlines() == [
        "key_alias\tspend\ttpm_limit\tmodels\texpires\tblocked\tbudget_duration",
        "nightly\t1234.5\t12000\tgpt-4o,o3\t2026-03-18T14:37:20.000Z\tfalse\t30d",
        "[red]bold[/red]\t0.3\t\t\t\t\t",
    ]
    assert show(capsys, output="wide").splitlines()[1].endswith('\t30d\t{"owner":"ada"}')


def test_one_object_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = show_one(capsys, "table").splitlines()
    assert lines[:3] == ["field\tvalue", "key_alias\tnightly", "spend\t1234.5"]
    assert show_one(capsys, "wide").splitlines()[-1] == f"token\t{'ab' * 32}"


def test_a_table_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.rstrip() for line in show(capsys, terminal=SCREEN).splitlines()] == [
        "key_alias            spend  tpm_limit  models      expires               blocked  budget_duration",
        "─" * 97,
        "nightly          $1,234.50     12,000  gpt-4o, o3  2026-03-18 14:37:20Z  no       30d",
        "[red]bold[/red]      $0.30",
    ]


def test_a_narrow_table_folds_texts_before_names(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(capsys, terminal=Terminal(stdout=True, width=80))
    assert [line.rstrip() for line in shown.splitlines()] == [
        "                                                                       budget_du",
        "key_alias            spend  tpm_limit  models     expires     blocked  ation",
        "─" * 80,
        "nightly          $1,234.50     12,000  gpt-4o,    2026-03-18  no       30d",
        "                                       o3         14:37:20Z",
        "[red]bold[/red]      $0.30",
    ]


@pytest.mark.parametrize("width", [30, 60, 79, 80, 120, 200])
@pytest.mark.parametrize("output", ["table", "wide"])
def test_a_table_fits_and_cuts_nothing(capsys: pytest.CaptureFixture[str], width: int, output: str) -> None:
    columns = [Column("token", Kind.NAME), Column("key_alias", Kind.NAME), *COLUMNS[3:]]
    shown = show(capsys, [ROWS[0]], columns, output, Terminal(stdout=True, width=width))
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    letters = "".join(sorted(re.sub(r"[\s─]", "", shown)))
    visible = [column for column in columns if output == "wide" or not column.wide]
    cells = [values.for_person(ROWS[0][column.name], column.kind) for column in visible]
    assert letters == "".join(sorted(re.sub(r"\s", "", "".join([*cells, *(column.name for column in visible)]))))


def test_names_stay_whole_when_there_is_room(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [Column("token", Kind.NAME), Column("note")]
    rows = [{"token": "ab" * 32, "note": "word " * 40}]
    assert "ab" * 32 in show(capsys, rows, columns, terminal=Terminal(stdout=True, width=80))
    rows = [{"token": "模型" * 15, "note": "word " * 40}]
    assert "模型" * 15 in show(capsys, rows, columns, terminal=Terminal(stdout=True, width=72))
    assert "模型" * 15 not in show(capsys, rows, columns, terminal=Terminal(stdout=True, width=65))


def test_one_object_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    one(ROWS[1], COLUMNS, output="table", identity="token", session=Session(terminal=SCREEN))
    assert capsys.readouterr().out.split() == ["key_alias", "[red]bold[/red]", "spend", "$0.30"]


def test_data_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07\x9b31m\r\n\u202e[bold]:smile:"
    for output in ("table", "wide", "json", "jsonl", "yaml", "csv", "name"):
        rows = [{"a": evil, "b": [evil], "token": evil}]
        shown = show(capsys, rows, TWO, output, SCREEN) + show(
            capsys, rows, TWO, output, PIPE if output != "csv" else SCREEN
        )
        assert not set(shown) & set("\x1b\x07\x9b\u202e"), output
        assert "owned" in shown
        assert ":smile:" in shown


def test_colour_only_where_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[" not in show(capsys, terminal=SCREEN)
    assert "\x1b[1m" in show(capsys, terminal=Terminal(stdout=True, colour=True, width=100))


def test_an_empty_table_says_so_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    for terminal, quiet in ((PIPE, False), (SCREEN, False), (PIPE, True)):
        session = Session(GlobalOptions(quiet=quiet), terminal)
        listing([], COLUMNS[:2], output="table", identity="token", session=session, empty="No keys.")
        shown = capsys.readouterr()
        assert shown.out == ("" if terminal is SCREEN else "key_alias\tspend\n")
        assert shown.err == ("" if quiet else "No keys.\n")


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "$0.00"), (1234.5, "$1,234.50"), (-3, "-$3.00"), (0.1 + 0.2, "$0.30"), (1e-17, "$0.00"), (-1e-17, "$0.00"),
        (0.00123, "$0.0012"), (0.0000123, "$0.000012"), (0.00999, "$0.010"), (1e6, "$1,000,000.00"),
        (float("inf"), "$inf"),
    ],
)  # fmt: skip
def test_money_for_people(amount: float, written: str) -> None:
    assert values.for_person(amount, Kind.MONEY) == written


def test_counts_for_people() -> None:
    assert values.for_person(1234567, Kind.COUNT) == "1,234,567"
    assert values.for_tsv(1234567, Kind.COUNT) == "1234567"
