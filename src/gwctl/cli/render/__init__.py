"""Results on stdout, in the format that was asked for. Nothing else is written there.

`json`, `jsonl` and `yaml` have whole rows, `csv` all columns, `table` the columns that are not wide, `name` the
identity alone. Off a terminal a table is lines with tabs. Rows are written as they come, but for tables on a
terminal, which need to know their widths. Times, money and lists: see `values`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gwctl.cli.render import machine, tables
from gwctl.cli.render.columns import Column, Kind
from gwctl.cli.session import Session
from gwctl.core.values import JSON_NULL

__all__ = ["FORMATS", "Column", "Kind", "listing", "one"]

FORMATS = ("table", "wide", "json", "jsonl", "yaml", "csv", "name")

Row = Mapping[str, Any]


def listing(
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    output: str,
    identity: str,
    session: Session,
    empty: str = "",
    fields: Sequence[str] | None = None,
) -> None:
    """Many rows. `empty` is said on stderr where a table has none; `fields` are all that is shown, in that order."""
    if fields is not None:
        rows, columns = _narrowed(rows, fields, output), _chosen(columns, fields)
    match output:
        case "json":
            _write(machine.json_array(rows, pretty=session.terminal.stdout))
        case "jsonl":
            _write(machine.json_lines(rows))
        case "yaml":
            _write(machine.yaml_sequence(rows))
        case "csv":
            _write(machine.csv_lines(rows, columns, escaped=session.terminal.stdout))
        case "name":
            _write(machine.names(rows, identity))
        case _:
            _table(rows, _visible(columns, output), session=session, empty=empty)


def one(
    row: Row,
    columns: Sequence[Column],
    *,
    output: str,
    identity: str,
    session: Session,
    fields: Sequence[str] | None = None,
) -> None:
    """One object. A table has a line for each column; on a terminal `table` leaves out what is empty, and `wide` has
    the fields without a column, too."""
    if fields is not None:
        [row], columns = _narrowed([row], fields, output), _chosen(columns, fields)
    match output:
        case "json":
            _write(machine.json_object(row))
        case "jsonl":
            _write(machine.json_lines([row]))
        case "yaml":
            _write(machine.yaml_mapping(row))
        case "csv":
            _write(machine.csv_lines([row], columns, escaped=session.terminal.stdout))
        case "name":
            _write(machine.names([row], identity))
        case _:
            _fields(row, columns, output, session)


def _table(rows: Iterable[Row], columns: Sequence[Column], *, session: Session, empty: str) -> None:
    counted = _Counted(rows)
    if not session.terminal.stdout:
        _write(tables.tab_lines(counted, columns))
    elif found := list(counted):
        tables.print_rows(found, columns, session.terminal, sys.stdout)
    if not counted.count and empty:
        session.note(empty)


def _fields(row: Row, columns: Sequence[Column], output: str, session: Session) -> None:
    if output == "wide":
        columns = _chosen(columns, list(dict.fromkeys([*(column.name for column in columns), *row])))
    if not session.terminal.stdout:
        _write(tables.tab_fields(row, columns))
        return
    if output == "table":
        columns = [column for column in columns if not _is_empty(row.get(column.name))]
    tables.print_fields(row, columns, session.terminal, sys.stdout)


def _is_empty(value: Any) -> bool:
    return value is None or value is JSON_NULL or value in ("", [], {})


class _Counted:
    """Rows, and how many there were."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _write(parts: Iterable[str]) -> None:
    write = sys.stdout.write
    for part in parts:
        write(part)


def _visible(columns: Sequence[Column], output: str) -> list[Column]:
    return [column for column in columns if output == "wide" or not column.wide]


def _narrowed(rows: Iterable[Row], fields: Sequence[str], output: str) -> Iterable[Row]:
    """The rows with these fields alone; a name does not depend on what else is shown."""
    return rows if output == "name" else ({name: row.get(name) for name in fields} for row in rows)


def _chosen(columns: Sequence[Column], fields: Sequence[str]) -> list[Column]:
    """A column for each field; what has none is text."""
    known = {column.name: column for column in columns}
    return [replace(known.get(name, Column(name)), wide=False) for name in fields]
