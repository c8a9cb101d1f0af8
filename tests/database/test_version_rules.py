"""What gwctl does on a database that differs from the schema of record: a test for each rule.

The rules are those of the compatibility table, one row of it a name in ROWS; a row without a case fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from database.version_cases import CASES, ROWS, Case, World
from support.database import Database
from support.program import Program

for module in ("database.version_cases_columns", "database.version_cases_tables"):
    pytest.register_assert_rewrite(module)
    import_module(module)


@pytest.fixture
def world(database: Database, gwctl: Program, foreign_database: Callable[[str], Database]) -> World:
    return World(database, gwctl, foreign_database)


@pytest.mark.parametrize(("row", "check"), CASES, ids=[f"{row}: {check.__name__}" for row, check in CASES])
def test_row(world: World, row: str, check: Case) -> None:
    check(world)


def test_every_row_has_a_case() -> None:
    assert {row for row, _ in CASES} == set(ROWS)
    assert len(ROWS) == 18
