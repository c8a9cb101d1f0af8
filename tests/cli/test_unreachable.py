"""What a person sees when the database cannot be had: where it was, why not, what to do; never a password."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.database import Database
from support.guarded import ENCODED, PASSWORD, Guarded, guarded_server
from support.program import Program, Result

COMMAND = "teams list"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with tempfile.TemporaryDirectory(prefix="gw") as folder:
        Path(folder).chmod(0o755)
        with guarded_server(Path(folder)) as server:
            yield server


def fails(program: Program, url: str, *options: str, env: Mapping[str, str | None] | None = None) -> Result:
    """A run that cannot reach its database, in every way of asking for more: no password appears in any of them."""
    environ = {"GWCTL_DATABASE_URL": url, **(env or {})}
    plain = program([*options, *COMMAND.split()], code=7, env=environ)
    as_json = program([*options, *COMMAND.split(), "-o", "json"], code=7, env=environ)
    loud = program(["--verbose", "--debug", *options, *COMMAND.split()], code=7, env=environ)
    for result in (plain, as_json, loud):
        assert result.stdout == ""
        for secret in (PASSWORD, ENCODED, "wrong-one"):
            assert secret not in result.stderr
    first, second = plain.stderr.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")
    error = json.loads(as_json.stderr)["error"]
    assert (f"error: {error['message']}", f"hint: {error['hint']}") == (first, second)
    assert (error["code"], error["exit_status"]) == ("unreachable", 7)
    assert "Traceback" in loud.stderr
    return plain


def test_wrong_password(bare_gwctl: Program, guarded: Guarded) -> None:
    result = fails(bare_gwctl, guarded.url("wrong-one"))
    assert f"postgresql://admin@127.0.0.1:{guarded.port}/postgres: password authentication failed" in result.stderr
    assert "password_command" in result.stderr


def test_wrong_password_of_a_password_command(bare_gwctl: Program, guarded: Guarded, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[contexts.prod]\nurl = "{guarded.url("")}"\npassword_command = ["printf", "wrong-one"]\n')
    result = fails(bare_gwctl, "", env={"GWCTL_CONFIG": str(config), "GWCTL_CONTEXT": "prod"})
    assert "password authentication failed" in result.stderr


def test_password_command_that_fails(bare_gwctl: Program, guarded: Guarded, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    script = "echo wrong-one; echo wrong-one >&2; exit 9"
    config.write_text(f"[contexts.prod]\nurl = '{guarded.url('')}'\npassword_command = ['sh', '-c', '{script}']\n")
    result = fails(bare_gwctl, "", env={"GWCTL_CONFIG": str(config), "GWCTL_CONTEXT": "prod"})
    assert "password_command failed with exit status 9" in result.stderr


def test_password_from_a_passfile(bare_gwctl: Program, guarded: Guarded) -> None:
    passfile = Path(os.environ["HOME"]) / "pgpass"
    passfile.write_text(f"127.0.0.1:{guarded.port}:*:admin:{PASSWORD}\n")
    passfile.chmod(0o600)
    found = fails(bare_gwctl, guarded.url("", database="nowhere"), env={"PGPASSFILE": str(passfile)})
    assert 'database "nowhere" does not exist' in found.stderr  # so the password was right


def test_service_file(bare_gwctl: Program, guarded: Guarded, tmp_path: Path) -> None:
    services = tmp_path / "services.conf"
    services.write_text(f"[gateway]\nhost=127.0.0.1\nport={guarded.port}\nuser=admin\npassword={PASSWORD}\ndbname=no\n")
    found = fails(bare_gwctl, "postgresql://?service=gateway", env={"PGSERVICEFILE": str(services)})
    assert 'database "no" does not exist' in found.stderr


def test_missing_database(bare_gwctl: Program, guarded: Guarded) -> None:
    assert '/nowhere: database "nowhere" does not exist' in fails(bare_gwctl, guarded.url(database="nowhere")).stderr


def test_closed_port(bare_gwctl: Program) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = fails(bare_gwctl, f"postgresql://ada:{ENCODED}@127.0.0.1:{port}/litellm")
    assert f"postgresql://ada@127.0.0.1:{port}/litellm: nothing listens on port {port} there" in result.stderr


def test_unknown_host(bare_gwctl: Program) -> None:
    result = fails(bare_gwctl, f"postgresql://ada:{ENCODED}@db.invalid/litellm?schema=public&pgbouncer=true")
    assert "postgresql://ada@db.invalid/litellm: the host db.invalid is not known" in result.stderr


def test_no_answer(bare_gwctl: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada:{ENCODED}@127.0.0.1:{silent.getsockname()[1]}/litellm"
        assert (
            "no answer within 1 seconds"
            in bare_gwctl(["--timeout", "1", "--database-url", url, *COMMAND.split()], code=7).stderr
        )


def test_role_without_rights(gwctl: Program, database: Database) -> None:
    role = database.url.rpartition("/")[2] + "_role"
    database.execute(f'create role "{role}" login')
    try:
        url = database.url.replace("//postgres@", f"//{role}@")
        result = fails(gwctl, url)
        assert "no permission: permission denied for " in result.stderr
        assert "GRANT SELECT ON" in result.stderr
        assert role in result.stderr
    finally:
        database.execute(f'drop role "{role}"')


def test_no_database_is_named(bare_gwctl: Program) -> None:
    result = bare_gwctl(COMMAND, code=7, env={"GWCTL_NO_LOCAL": None})
    assert "no database is named" in result.stderr
    assert "GWCTL_LOCAL=1" in result.stderr
    assert "GWCTL_NO_LOCAL" in bare_gwctl(COMMAND, code=7).stderr


@pytest.mark.parametrize(
    "url", [f"postgresql://ada:{PASSWORD}@db/x", f"mysql://ada:{ENCODED}@db/x", f"ada:{ENCODED}@db"]
)
def test_what_is_no_address(bare_gwctl: Program, url: str) -> None:
    for how in ({"env": {"GWCTL_DATABASE_URL": url}}, {"env": {"DATABASE_URL": url}}):
        result = bare_gwctl(["--debug", *COMMAND.split()], code=5, **how)
        assert PASSWORD not in result.stderr
        assert ENCODED not in result.stderr
    assert ENCODED not in bare_gwctl(["--debug", "--database-url", url, *COMMAND.split()], code=5).stderr
