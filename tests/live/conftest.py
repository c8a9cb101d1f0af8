"""Fixtures of the tests at a running gateway (docs/live.md). Without one they are skipped.

live_gateway   the proxy, over HTTP
live           gwctl on the proxy's database: live("keys list")
live_database  that database, row by row
sides          the two of them doing the same, for comparison
name           names of this run's own: name("team") -> "live-3f2a9c1e-team-7"

Everything that bears such a name is deleted at the end, by gwctl.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.gateway import Gateway
from live.program import LiveProgram
from live.sides import Sides
from support.database import Database

VARIABLES = ("GWCTL_LIVE_URL", "GWCTL_LIVE_MASTER_KEY", "GWCTL_LIVE_DATABASE_URL")
RUN = f"live-{uuid.uuid4().hex[:8]}"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def variables() -> dict[str, str]:
    """The three that say where the gateway is."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no running gateway: {', '.join(missing)} not set (docs/live.md)")
    return {name: os.environ[name] for name in VARIABLES}


@pytest.fixture(scope="session")
def live_gateway(variables: dict[str, str]) -> Gateway:
    return Gateway(variables["GWCTL_LIVE_URL"], variables["GWCTL_LIVE_MASTER_KEY"])


@pytest.fixture(scope="session")
def live_database(variables: dict[str, str]) -> Iterator[Database]:
    database = Database(variables["GWCTL_LIVE_DATABASE_URL"])
    yield database
    database.close()


@pytest.fixture(scope="session")
def live(live_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProgram]:
    program = LiveProgram(live_database, tmp_path_factory.mktemp("live-home"))
    yield program
    clean_up(program)


@pytest.fixture(scope="session")
def name() -> Callable[[str], str]:
    return lambda kind: f"{RUN}-{kind}-{next(NUMBERS)}"


@pytest.fixture(scope="session")
def sides(live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Callable[[str], str]) -> Sides:
    return Sides(live_gateway, live, live_database, name)


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this text."""

    def write(text: str) -> Path:
        path = tmp_path / f"manifest-{next(NUMBERS)}.yaml"
        path.write_text(text)
        return path

    return write


def clean_up(program: LiveProgram) -> None:
    """Deletes what bears a name of this run, referring things first."""
    for group in ("keys", "teams", "users", "access-groups", "budgets"):
        found = program(f"{group} list --all --all-rows --search {RUN} -o name").lines
        if found:
            program([group, "delete", *found, "--yes", "--force", "--ignore-missing"])
