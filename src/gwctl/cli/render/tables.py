"""Results for people: a table on a terminal, lines with tabs elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from gwctl.cli.render import values
from gwctl.cli.render.columns import Column, Kind
from gwctl.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = Mapping[str, Any]

_NARROWEST, _DATE = 8, 10
"""How far a column of texts, or of times, is squeezed before names are folded."""


def tab_lines(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[str]:
    """Header and rows, cell by cell between tabs; nothing is cut."""
    yield "\t".join(column.name for column in columns) + "\n"
    for row in rows:
        yield "\t".join(values.for_tsv(row.get(column.name), column.kind) for column in columns) + "\n"


def tab_fields(row: Row, columns: Sequence[Column]) -> Iterator[str]:
    """One object: a line for each field."""
    yield "field\tvalue\n"
    for column in columns:
        yield f"{column.name}\t{values.for_tsv(row.get(column.name), column.kind)}\n"


def print_rows(rows: Sequence[Row], columns: Sequence[Column], terminal: Terminal, file: IO[str]) -> None:
    """A table that fits the terminal. Long cells are folded, never cut."""
    cells = [[values.for_person(row.get(column.name), column.kind) for column in columns] for row in rows]
    whole = _names_fit(cells, columns, terminal.width)
    table = _table(header=True)
    for column in columns:
        table.add_column(
            _verbatim(column.heading),
            justify="right" if column.numeric else "left",
            overflow="fold",
            no_wrap=whole and _is_firm(column),
            min_width=_DATE if whole and column.kind is Kind.TIME else None,
        )
    for line in cells:
        table.add_row(*[_verbatim(cell) for cell in line])
    _console(terminal, file).print(table)


def print_fields(row: Row, columns: Sequence[Column], terminal: Terminal, file: IO[str]) -> None:
    """One object, a field a line; `columns` are those to show."""
    table = _table(header=False)
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    for column in columns:
        cell = values.for_person(row.get(column.name), column.kind)
        table.add_row(_verbatim(column.heading), _verbatim(cell))
    _console(terminal, file).print(table)


def _names_fit(cells: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> bool:
    """Whether names can stay on one line when all else is squeezed."""
    from rich.cells import cell_len

    needed = 0
    for number, column in enumerate(columns):
        longest = max([cell_len(column.heading), *(cell_len(line[number]) for line in cells)])
        needed += 2 + (longest if _is_firm(column) else min(longest, _DATE if column.kind is Kind.TIME else _NARROWEST))
    return needed - 2 <= width


def _is_firm(column: Column) -> bool:
    return column.numeric or column.kind is Kind.NAME


def _table(*, header: bool) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    box = SIMPLE_HEAD if header else None
    padding = (0, 1 if header else 2, 0, 0)  # the box adds one
    return Table(box=box, show_header=header, show_edge=False, pad_edge=False, padding=padding, header_style="bold")


def _verbatim(cell: str) -> Any:
    """Text in which nothing is taken for markup."""
    from rich.text import Text

    return Text(cell)


def _console(terminal: Terminal, file: IO[str]) -> Console:
    from rich.console import Console

    return Console(
        file=file,
        width=terminal.width,
        force_terminal=terminal.colour,
        no_color=not terminal.colour,
        color_system="standard" if terminal.colour else None,
        markup=False,
        highlight=False,
        emoji=False,
    )
