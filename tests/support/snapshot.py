"""Two dumps of a database compared: which rows came, went and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


class Dump(dict[str, list[Row]]):
    """Rows by table; tables without rows are left out."""

    def __init__(self, rows: Mapping[str, list[Row]], keys: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(rows)
        self.keys_of = dict(keys)

    def indexed(self, table: str) -> dict[tuple[Any, ...], Row]:
        """A table's rows by primary key; by the whole row where a table has none."""
        key = self.keys_of.get(table)
        return {tuple(row[column] for column in key) if key else (repr(row),): row for row in self.get(table, [])}


@dataclass(frozen=True)
class Change:
    """What happened to one table. A row whose primary key changed counts as deleted and inserted."""

    inserted: list[Row]
    updated: list[tuple[Row, Row]]
    deleted: list[Row]

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)

    @property
    def columns(self) -> set[str]:
        """The columns that differ in any updated row."""
        return {column for before, after in self.updated for column in after if before.get(column) != after[column]}


def changed(before: Dump, after: Dump) -> dict[str, Change]:
    changes = {table: _change(before.indexed(table), after.indexed(table)) for table in sorted(before | after)}
    return {table: change for table, change in changes.items() if change}


def _change(before: dict[tuple[Any, ...], Row], after: dict[tuple[Any, ...], Row]) -> Change:
    return Change(
        inserted=[row for key, row in after.items() if key not in before],
        updated=[(before[key], row) for key, row in after.items() if key in before and before[key] != row],
        deleted=[row for key, row in before.items() if key not in after],
    )
