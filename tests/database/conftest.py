"""Servers of every PostgreSQL that is at hand, and databases on them."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from support import server
from support.database import Database

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def debian_server() -> Iterator[str]:
    """The URL of a server of Debian's PostgreSQL 15, beside the session's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(server.RUN, raising=False)
        patch.delenv("GWCTL_TEST_DATABASE_URL", raising=False)
        patch.setenv("GWCTL_TEST_PG_BIN", str(DEBIAN))
        server.begin_run()
        folder = os.environ[server.RUN]
        url = server.server_url()
    yield url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(server.RUN, folder)
        server.end_run()


@pytest.fixture(params=["own", "debian-15"])
def any_server(request: pytest.FixtureRequest) -> str:
    """The session's server, and Debian's where it is installed."""
    if request.param == "own":
        return server.server_url()
    if not (DEBIAN / "initdb").exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    url: str = request.getfixturevalue("debian_server")
    return url


@pytest.fixture
def fresh() -> Iterator[Callable[[str], Database]]:
    """Makes empty databases on the server of a URL."""
    with contextlib.ExitStack() as stack:

        def make(url: str) -> Database:
            name = f"gwctl_test_{uuid.uuid4().hex[:16]}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'create database "{name}" template template0')
            database = Database(urlunsplit(urlsplit(url)._replace(path=f"/{name}")))
            stack.callback(_drop, url, name)
            stack.callback(database.close)
            return database

        yield make


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')
