"""A server of a test's own, which may go down."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from support import server
from support.database import Database

FRUGAL = "-c fsync=off -c autovacuum=off -c shared_buffers=16MB -c max_connections=20"


@dataclass(frozen=True)
class OwnServer:
    programs: Path
    data: Path
    user: dict[str, Any]
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    def database(self, name: str) -> Database:
        """A new database without any table."""
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return Database(f"{self.url}/{name.replace(' ', '%20')}")

    def restart(self, how: str) -> None:
        """`fast` ends all sessions; `immediate` is as a crash. Returns once it takes connections again."""
        self.control("-m", how, "restart")

    def control(self, *words: str) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k '' {FRUGAL}"
        fixed = ["-w", "-s", "-D", self.data, "-l", self.data / "log", "-o", options]
        server._call([self.programs / "pg_ctl", *fixed, *words], **self.user)


@contextlib.contextmanager
def own_server(folder: Path) -> Iterator[OwnServer]:
    """A server whose files are in an empty folder; it is stopped at the end."""
    programs, user = server._programs(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        for path in (folder, data):
            shutil.chown(path, user["user"])
    how = ("-U", "postgres", "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C")
    server._call([programs / "initdb", "-D", data, *how], **user)
    found = OwnServer(programs, data, user, server._free_port())
    found.control("start")
    try:
        yield found
    finally:
        found.control("-m", "immediate", "stop")
