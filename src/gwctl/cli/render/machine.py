"""Results for programs: JSON, JSON Lines, YAML, CSV and bare names, written row by row as the rows come."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gwctl.cli.render import values
from gwctl.cli.render.columns import Column
from gwctl.cli.text import printable

Row = Mapping[str, Any]


def json_array(rows: Iterable[Row], *, pretty: bool) -> Iterator[str]:
    """One array: laid out on a terminal, else an object a line."""
    opened = False
    for row in rows:
        yield ",\n" if opened else "[\n"
        yield _indented(row) if pretty else values.to_json(row)
        opened = True
    yield "\n]\n" if opened else "[]\n"


def _indented(row: Row) -> str:
    return "\n".join(f"  {line}" for line in values.to_json(row, indent=2).split("\n"))


def json_object(row: Row) -> Iterator[str]:
    yield values.to_json(row, indent=2) + "\n"


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield values.to_json(row) + "\n"


def yaml_sequence(rows: Iterable[Row]) -> Iterator[str]:
    empty = True
    for row in rows:
        yield _yaml([values.plain(row)])
        empty = False
    if empty:
        yield "[]\n"


def yaml_mapping(row: Row) -> Iterator[str]:
    yield _yaml(values.plain(row))


def _yaml(data: Any) -> str:
    """Text in which only what a terminal would obey is escaped; then everything that is not ASCII is."""
    from gwctl.core.manifest.writing import dump

    text = dump(data)
    return dump(data, unicode=False) if values.UNSAFE.search(text) else text


def csv_lines(rows: Iterable[Row], columns: Sequence[Column], *, escaped: bool) -> Iterator[str]:
    """RFC 4180, with a header. All columns, the wide ones too, so that the header never depends on the rows.

    `escaped`: control characters are written out, for a terminal; in a file they are data.
    """
    for cells in itertools.chain([[column.name for column in columns]], _cells(rows, columns)):
        yield _csv_line([printable(cell) for cell in cells] if escaped else cells)


def _cells(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[list[str]]:
    for row in rows:
        yield [values.for_csv(row.get(column.name)) for column in columns]


class _Echo:
    """What `csv.writer` writes to: hands the line back."""

    def write(self, line: str) -> str:
        return line


_write = csv.writer(_Echo(), lineterminator="\r\n").writerow


def _csv_line(cells: Sequence[str]) -> str:
    line: str = _write(cells)  # what `_Echo.write` returned
    return line


def names(rows: Iterable[Row], identity: str) -> Iterator[str]:
    """Identifiers alone, one a line. `identity` should be a field that every row has a value in."""
    for row in rows:
        if row.get(identity) is not None:
            yield printable(str(row[identity])) + "\n"
