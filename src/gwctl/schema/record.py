"""The schema of record as data: what commands ask of it, without what its models cost to load.

`record.json` is written from the models (`python tests/support/record.py`), and a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """`type` as PostgreSQL's catalogue writes it; `default` as SQL without its casts, "" for none."""

    type: str
    nullable: bool
    default: str


@dataclass(frozen=True, slots=True)
class RecordTable:
    """`key` is the primary key; `references` are foreign keys: column, table and column that it points at."""

    columns: Mapping[str, RecordColumn]
    key: tuple[str, ...]
    references: tuple[tuple[str, str, str], ...]


@cache
def table(name: str) -> RecordTable | None:
    """A table of the schema of record; None if it is none."""
    found = _all().get(name)
    if found is None:
        return None
    columns = {column: RecordColumn(*said) for column, said in found["columns"].items()}
    return RecordTable(columns, tuple(found["key"]), tuple(map(tuple, found["references"])))


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("record.json").read_text())
    return found
