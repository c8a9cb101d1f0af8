"""A second server, one that wants passwords: the session's own lets everybody in."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import server

PASSWORD = "s3cret/P@ss"
ENCODED = "s3cret%2FP%40ss"


@dataclass(frozen=True)
class Guarded:
    """Where it is; `sockets` has its Unix socket."""

    port: int
    sockets: Path

    def url(self, password: str = ENCODED, database: str = "postgres", user: str = "admin") -> str:
        login = f"{user}:{password}" if password else user
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def guarded_server(folder: Path) -> Iterator[Guarded]:
    """A server with password authentication, stopped at the end. `folder` must be short: sockets have a limit."""
    programs, user = server._programs(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if user:
        for path in (folder, data, secret):
            shutil.chown(path, user["user"])
    how = ("-U", "admin", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync", "--locale=C")
    server._call([programs / "initdb", "-D", data, *how], **user)
    port = server._free_port()
    options = (
        f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=6 -c superuser_reserved_connections=0"
    )
    options += " -c max_wal_senders=0 -c autovacuum=off"
    server._call([programs / "pg_ctl", "-w", "-s", "-D", data, "-l", data / "log", "-o", options, "start"], **user)
    try:
        yield Guarded(port, folder)
    finally:
        server._stop(int((data / "postmaster.pid").read_text().split()[0]))
