"""Secrets of keys that apply makes: in their file before anything is kept, and nowhere else."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.database import Database
from support.program import Program
from support.terminal import SCRIPT

TWO = "keys: [{key_alias: a, metadata: {owner: ada}}, {key_alias: b}]"
OWN = "sk-of-my-own-0123456789"


@pytest.fixture(autouse=True)
def manifests() -> None:
    Path("two.yaml").write_text(TWO)
    Path("own.yaml").write_text("keys: [{key_alias: own, key: {env: OWN}}, {key_alias: filed, key: {file: secret}}]")
    Path("secret").write_text("sk-in-a-file-0123456789\n")


def secrets(name: str) -> dict[str, str]:
    lines: list[dict[str, Any]] = [json.loads(line) for line in Path(name).read_text().splitlines()]
    assert all(set(line) == {"kind", "key_alias", "token", "key"} and line["kind"] == "key" for line in lines)
    assert all(line["token"] == hashlib.sha256(line["key"].encode()).hexdigest() for line in lines)
    return {line["key_alias"]: line["key"] for line in lines}


def test_minted_ones_are_in_the_file_and_nowhere_else(gwctl: Program, database: Database) -> None:
    done = gwctl("--verbose apply -f two.yaml -f own.yaml --yes --secrets-to new.jsonl -o json", env={"OWN": OWN})
    found = secrets("new.jsonl")
    assert set(found) == {"a", "b"}
    assert Path("new.jsonl").stat().st_mode & 0o777 == 0o600
    for alias, secret in found.items():
        assert gwctl("keys get - -o json", stdin=secret).json["key_alias"] == alias
    everywhere = json.dumps(database.dump(), default=str) + gwctl("audit list -o json").stdout + gwctl("export").stdout
    for secret in (*found.values(), OWN, "sk-in-a-file-0123456789"):
        assert secret not in done.stdout + done.stderr
        assert secret not in everywhere


@pytest.mark.parametrize("name", ["own.yaml", "hashed.yaml"])
def test_no_place_is_needed_for_secrets_that_are_known(gwctl: Program, name: str) -> None:
    Path("hashed.yaml").write_text(f"keys: [{{key_alias: a, token: '{'a' * 64}'}}]")
    gwctl(["apply", "-f", name, "--yes"], env={"OWN": OWN})


def test_without_a_place_nothing_is_made(gwctl: Program, database: Database) -> None:
    before = database.dump()
    refused = gwctl("apply -f two.yaml -f own.yaml --yes -o json", env={"OWN": OWN}, code=5)
    error = json.loads(refused.stderr)["error"]
    assert [problem["path"] for problem in error["problems"]] == ["keys[0]", "keys[1]"]
    assert "--secrets-to" in error["hint"]
    assert database.dump() == before
    assert "+ a" in gwctl("apply -f two.yaml --dry-run").stdout  # a rehearsal mints nothing that could be lost


def test_a_file_that_is_there_is_refused_before_connecting(gwctl: Program) -> None:
    Path("new.jsonl").write_text("kept\n")
    nowhere = {"GWCTL_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    refused = gwctl("apply -f two.yaml --yes --secrets-to new.jsonl", env=nowhere, code=5)
    assert "--secrets-append" in refused.stderr
    assert Path("new.jsonl").read_text() == "kept\n"


def test_appended_secrets_leave_what_was_there(gwctl: Program) -> None:
    append = "--yes --secrets-to new.jsonl --secrets-append"
    gwctl(f"apply -f two.yaml {append}")
    first = Path("new.jsonl").read_text()
    Path("three.yaml").write_text(TWO.replace("}]", "}, {key_alias: c}]"))
    gwctl(f"apply -f three.yaml {append}")
    assert Path("new.jsonl").read_text().startswith(first)
    assert set(secrets("new.jsonl")) == {"a", "b", "c"}


def test_nothing_is_written_where_nothing_is_minted_or_kept(gwctl: Program) -> None:
    gwctl("apply -f two.yaml --dry-run --secrets-to new.jsonl")
    assert not Path("new.jsonl").exists()
    Path("wrong.yaml").write_text(TWO.replace("}]", "}, {key_alias: c, team: nowhere}]"))
    gwctl("apply -f wrong.yaml --yes --secrets-to new.jsonl", code=5)
    assert not Path("new.jsonl").exists()
    gwctl("apply -f two.yaml --yes --secrets-to new.jsonl")
    gwctl("apply -f two.yaml --yes --secrets-to again.jsonl")
    assert not Path("again.jsonl").exists()


def test_a_folder_that_is_not_there(gwctl: Program, database: Database) -> None:
    before = database.dump()
    gwctl("apply -f two.yaml --yes --secrets-to nowhere/new.jsonl", code=5)
    assert database.dump() == before


@pytest.mark.parametrize("append", [[], ["--secrets-append"]])
def test_a_full_disk_leaves_nothing(gwctl: Program, database: Database, append: list[str]) -> None:
    """No file may grow past 1 KiB in this process: two secrets fit, ten do not."""
    many = ", ".join(f"{{key_alias: k{number}}}" for number in range(10))
    Path("many.yaml").write_text(f"keys: [{many}]")
    if append:
        gwctl("apply -f two.yaml --yes --secrets-to new.jsonl")
    kept = Path("new.jsonl").read_text() if append else None
    before = database.dump()
    command = [SCRIPT, "apply", "-f", "many.yaml", "--yes", "--secrets-to", "new.jsonl", *append]
    full = subprocess.run(
        ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *command],
        env=gwctl.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 5, full.stderr
    assert full.stderr.startswith("error: the secrets cannot be written to new.jsonl")
    assert "Traceback" not in full.stderr
    assert (Path("new.jsonl").read_text() if append else None) == kept
    assert Path("new.jsonl").exists() is bool(append)
    assert database.dump() == before


def test_to_stdout_they_go_alone(gwctl: Program) -> None:
    """After the commit, a line each, without the plan."""
    done = gwctl("apply -f two.yaml --yes --secrets-to -")
    keys = [json.loads(line)["key"] for line in done.lines]
    assert [gwctl("keys get - -o json", stdin=key).json["key_alias"] for key in keys] == ["a", "b"]
