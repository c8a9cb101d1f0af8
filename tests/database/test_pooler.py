"""Everything through PgBouncer in transaction mode, with one connection to the server for all: nothing may be left in
the session, and no command may want two transactions at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from support import server
from support.database import Database
from support.program import Program

POOLER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
"""
LEFT = """
    select current_setting('search_path') as path, current_setting('TimeZone') as zone,
           current_setting('lock_timeout') as timeout, (select count(*) from pg_prepared_statements) as prepared,
           (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks"""

pytestmark = pytest.mark.skipif(POOLER is None, reason="PgBouncer is not installed")


@pytest.fixture
def pooled(empty_database: Database) -> Iterator[Database]:
    """The database behind a pooler of its own."""
    target, listen = urlsplit(empty_database.url), server._free_port()
    with tempfile.TemporaryDirectory(dir=os.environ[server.RUN]) as name:
        folder, root = Path(name), os.geteuid() == 0
        folder.chmod(0o755)
        settings = folder / "pgbouncer.ini"
        how = {"host": target.hostname, "port": target.port, "user": target.username, "listen": listen}
        settings.write_text(SETTINGS.format(**how))
        command = [str(POOLER), "-q", *(["-u", "nobody"] if root else []), str(settings)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            database = Database(urlunsplit(target._replace(netloc=f"{target.username}@127.0.0.1:{listen}")))
            await_answer(database.url, process, folder / "log")
            yield database
            database.close()
        finally:
            process.terminate()
            process.wait(10)


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        try:
            psycopg.connect(url, prepare_threshold=None).close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        else:
            return
    pytest.fail(log.read_text())


def session_of(database: Database) -> dict[str, object]:
    with psycopg.connect(database.url, autocommit=True, prepare_threshold=None) as connection:
        row = connection.execute(LEFT).fetchone()
    assert row is not None
    return dict(zip(("path", "zone", "timeout", "prepared", "locks"), row, strict=True))


def test_everything_works_and_leaves_nothing_behind(
    gwctl: Program, empty_database: Database, pooled: Database, tmp_path: Path
) -> None:
    before = session_of(pooled)

    def run(command: str, **how: object) -> object:
        result = gwctl(command, env={"GWCTL_DATABASE_URL": pooled.url}, **how)  # type: ignore[arg-type]
        assert session_of(pooled) == before, command
        return result

    run("db upgrade --yes")
    run("db upgrade --yes")
    run("db check")
    run("teams create research --max-budget 5")
    run("users create ada")
    run("teams members add research ada --max-budget 3")
    run("keys create nightly --team research --user ada")
    run("keys list -o json")
    run("keys create nightly", code=4)
    keys = "".join(f"- {{key_alias: k{n}, team: research}}\n" for n in range(50))
    (tmp_path / "keys.yaml").write_text(f"keys:\n{keys}")
    run(f"diff -f {tmp_path}/keys.yaml", code=1)
    run(f"apply -f {tmp_path}/keys.yaml --yes --secrets-to {tmp_path}/new.jsonl")
    run("export")
    run("keys rotate nightly --grace 1d")
    run("keys update --team research --blocked --yes")
    run("keys list --all --sort key_alias")
    run("audit list")
    run("teams delete research --yes")
    assert len(empty_database.rows("LiteLLM_DeletedVerificationToken")) == 52


def test_the_first_change_makes_gwctls_own_schema_through_it(
    gwctl: Program, empty_database: Database, pooled: Database
) -> None:
    env = {"GWCTL_DATABASE_URL": pooled.url}
    gwctl("db upgrade --yes", env=env)
    empty_database.execute("drop schema gwctl cascade")
    assert "made the PostgreSQL schema" in gwctl("keys create nightly", env=env).stderr
    assert gwctl("audit list -o json", env=env).json
