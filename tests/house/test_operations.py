"""docs/operations.md names every file of row tests, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_of_row_tests_is_named_once() -> None:
    named = re.findall(r"test_\w+\.py", (ROOT / "docs/operations.md").read_text())
    assert sorted(named) == sorted(path.name for path in (ROOT / "tests/gateway").glob("test_*.py"))
