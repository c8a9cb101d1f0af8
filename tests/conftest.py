"""Fixtures of every test. What they are made of is in tests/support/.

gwctl               runs one command against a database of its own, and checks its exit status
bare_gwctl          the same without a database, for help, settings and what needs no server
database            that database: a fresh copy of what `gwctl db upgrade` makes
standing_database   the same, one for all tests of a module: Program(standing_database) works on it
empty_database      one without any table
foreign_database    makes one of the schemas in tests/data/schemas: foreign_database("gateway-1.100.0")
snapshot            all rows of `database` now: before = snapshot(); …; database.changed(before)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import server
from support.database import Database, copy_of, template
from support.program import Program, in_process
from support.scripts import run_script
from support.snapshot import Dump

ROOT = Path(__file__).parents[1]
SCHEMAS = Path(__file__).with_name("data") / "schemas"
MADE_OF = ("alembic/**/*.*", "src/gwctl/core/migrations.py")  # a template is made anew when one of these changes
FOREIGN_VARIABLES = ("GWCTL_", "LITELLM_", "DATABASE_", "PG", "XDG_", "DIRECT_URL")


def pytest_configure() -> None:
    server.begin_run()


def pytest_unconfigure() -> None:
    server.end_run()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same environment on every machine: a home and a working directory of the test's own, no variables of the
    person's, a fixed width."""
    for name in list(os.environ):
        if name.startswith(FOREIGN_VARIABLES) and not name.startswith(("GWCTL_TEST_", "GWCTL_LIVE_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"):
        monkeypatch.setenv(f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}", str(home / kind.lower()))
    monkeypatch.setenv("GWCTL_NO_LOCAL", "1")
    monkeypatch.setenv("GWCTL_ACTOR", "tester")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def database() -> Iterator[Database]:
    with copy_of(template("current", _recipe(), _upgrade)) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def standing_database() -> Iterator[Database]:
    """One database for the tests of a module that change nothing, or do not mind what others left."""
    with copy_of(template("current", _recipe(), _upgrade)) as fresh:
        yield fresh


@pytest.fixture
def empty_database() -> Iterator[Database]:
    with copy_of("template0") as fresh:
        yield fresh


@pytest.fixture
def foreign_database() -> Iterator[Callable[[str], Database]]:
    with contextlib.ExitStack() as stack:

        def make(name: str) -> Database:
            script = (SCHEMAS / f"{name}.sql").read_text()
            return stack.enter_context(copy_of(template(name, script, lambda url: _load(url, script))))

        yield make


@pytest.fixture
def snapshot(database: Database) -> Callable[[], Dump]:
    return database.dump


@pytest.fixture
def gwctl(database: Database) -> Program:
    return Program(database)


@pytest.fixture
def bare_gwctl() -> Program:
    return Program()


def _recipe() -> str:
    paths = [path for pattern in MADE_OF for path in sorted(ROOT.glob(pattern)) if path.suffix != ".pyc"]
    return "\n".join(path.read_text() for path in paths)


def _upgrade(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GWCTL_DATABASE_URL", url)
        status, stdout, stderr = in_process(["db", "upgrade", "--yes"])
    if status:
        raise RuntimeError(f"gwctl db upgrade: exit status {status}\n{stdout}\n{stderr}")


def _load(url: str, script: str) -> None:
    database = Database(url)
    with contextlib.closing(database):
        run_script(database.connection, script)
