"""What `db check` says of a database: each kind of difference, and how much it matters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from gwctl.core import comparison
from gwctl.core.comparison import NEWEST_TRIED, Difference
from support.database import Database
from support.program import Program

TEAMS = "LiteLLM_TeamTable"
DRIFT = {
    "an unknown column that may be left out": ("add x text", "info", "x"),
    "an unknown column with a default": ("add x text not null default ''", "info", "x"),
    "an unknown column that must have a value": ("add x text not null", "warning", "x"),
    "a known column missing": ("drop policies", "info", "policies"),
    "a known column of another type": ("alter max_budget type numeric", "error", "max_budget"),
    "another nullability": ("alter spend drop not null", "warning", "spend"),
    "no default": ("alter spend drop default", "warning", "spend"),
    "another default": ("alter blocked set default true", "warning", "blocked"),
    "a primary key on something else": (
        f'drop constraint "{TEAMS}_pkey" cascade, add constraint other primary key (team_id, spend)',
        "error",
        "primary key",
    ),
    "a foreign key missing": (f'drop constraint "{TEAMS}_model_id_fkey"', "warning", f"{TEAMS}_model_id_fkey"),
    "another delete rule": (
        f'drop constraint "{TEAMS}_model_id_fkey", add constraint "{TEAMS}_model_id_fkey" '
        'foreign key (model_id) references "LiteLLM_ModelTable" on delete cascade',
        "warning",
        f"{TEAMS}_model_id_fkey",
    ),
    "a foreign key of another name": (
        f'rename constraint "{TEAMS}_model_id_fkey" to other',
        "ignored",
        f"{TEAMS}_model_id_fkey",
    ),
    "a unique key more": ("add unique (team_alias)", "info", f"{TEAMS}_team_alias_key"),
    "another order of columns": ("drop policies, add policies text[] default array[]::text[]", "ignored", ""),
}
STATEMENTS = {
    "a unique key missing": (f'drop index "{TEAMS}_model_id_key"', "info", f"{TEAMS}_model_id_key"),
    "an index on something else": (
        f'drop index "{TEAMS}_model_id_key"; create unique index "{TEAMS}_model_id_key" on "{TEAMS}" (model_id desc)',
        "info",
        f"{TEAMS}_model_id_key",
    ),
    "an index of another name": (
        f'alter index "{TEAMS}_model_id_key" rename to other',
        "ignored",
        f"{TEAMS}_model_id_key",
    ),
    "the e-mail index": (
        'create index "LiteLLM_UserTable_user_email_lower_idx" on "LiteLLM_UserTable" (lower(user_email))',
        "ignored",
        "LiteLLM_UserTable_user_email_lower_idx",
    ),
    "a view": ('create view "LiteLLM_VerificationTokenView" as select 1', "ignored", "LiteLLM_VerificationTokenView"),
    "a known table missing": ('drop table "LiteLLM_SkillsTable"', "info", ""),
    "an archive missing": ('drop table "LiteLLM_DeletedTeamTable"', "error", ""),
    "an unknown table of the gateway's": ('create table "LiteLLM_New" (id text)', "info", ""),
    "an unknown table of somebody's": ("create table mine (id text)", "ignored", ""),
    "an unknown foreign key": (
        f'create table "mine" (id text constraint ours references "{TEAMS}" on delete cascade)',
        "info",
        "ours",
    ),
    "values of the enumeration": ("alter type \"JobStatus\" add value 'PAUSED'", "warning", "JobStatus"),
    "the later delete rule of JWT mappings": (
        'alter table "LiteLLM_JWTKeyMapping" drop constraint "LiteLLM_JWTKeyMapping_token_fkey"; '
        'alter table "LiteLLM_JWTKeyMapping" add constraint "LiteLLM_JWTKeyMapping_token_fkey" '
        'foreign key (token) references "LiteLLM_VerificationToken" on delete cascade',
        "info",
        "LiteLLM_JWTKeyMapping_token_fkey",
    ),
    "a gateway that migrates": (
        "create table _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz)",
        "info",
        "",
    ),
}
MATTERS = ("error", "warning")


def compare(database: Database, *, strict: bool = False, role: str | None = None) -> list[Difference]:
    url = make_url(database.url).set(drivername="postgresql+psycopg")
    with sa.create_engine(url.set(username=role) if role else url, poolclass=sa.NullPool).begin() as connection:
        return comparison.compare(connection, "public", strict=strict)


def test_no_difference(database: Database) -> None:
    assert compare(database, strict=True) == []


@pytest.mark.parametrize(("change", "severity", "what"), DRIFT.values(), ids=DRIFT)
def test_a_changed_table(database: Database, change: str, severity: str, what: str) -> None:
    database.execute(f'alter table "{TEAMS}" {change}')
    the_difference(database, severity, what)


@pytest.mark.parametrize(("change", "severity", "what"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_changed_schema(database: Database, change: str, severity: str, what: str) -> None:
    for statement in change.split("; "):
        database.execute(statement)
    the_difference(database, severity, what)


def the_difference(database: Database, severity: str, what: str) -> None:
    """That it is told, and only where everything is asked for if it means nothing."""
    shown = [(each.severity, each.object) for each in compare(database)]
    everything = [(each.severity, each.object) for each in compare(database, strict=True)]
    assert (severity, what) in everything
    assert ((severity, what) in shown) is (severity != "ignored")
    assert any(each in MATTERS for each, _ in shown) is (severity in MATTERS)


def test_an_empty_database(empty_database: Database) -> None:
    [found] = compare(empty_database)
    assert (found.severity, found.table) == ("error", "LiteLLM_VerificationToken")
    assert "gwctl db upgrade" in found.message


@pytest.mark.parametrize(
    "name", ["gateway-1.80.17", "gateway-1.82.0", "gateway-1.82.4-as-migrated", "gateway-1.83.14", "gateway-1.100.0"]
)
def test_another_release_is_no_drift(foreign_database: Callable[[str], Database], name: str) -> None:
    found = compare(foreign_database(name))
    assert found
    assert [each for each in found if each.matters] == []


def test_a_migrated_database_is_named_difference_by_difference(foreign_database: Callable[[str], Database]) -> None:
    missing = {"approval_status", "review_notes", "reviewed_at", "submitted_at", "submitted_by", "source_url"}
    found = {(each.table, each.object) for each in compare(foreign_database("gateway-1.82.4-as-migrated"))}
    assert found == {("LiteLLM_MCPServerTable", column) for column in missing} | {("_prisma_migrations", "")}


def test_a_migration_newer_than_any_that_was_tried(database: Database) -> None:
    database.execute(
        "create table _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz)"
    )
    add = "insert into _prisma_migrations values (%s, %s, %s)"
    database.execute(add, NEWEST_TRIED, "2026-11-01", None)
    database.execute(add, "20991231000000_unfinished", None, None)
    database.execute(add, "20991231000001_rolled_back", "2026-11-01", "2026-11-01")
    assert [each for each in compare(database) if each.matters] == []
    database.execute(add, "20270101000000_new", "2027-01-01", None)
    assert [each.object for each in compare(database) if each.matters] == ["20270101000000_new"]


@pytest.fixture
def reader(database: Database) -> Iterator[str]:
    role = f"reader_{os.getpid()}"
    database.execute(f"create role {role} login")
    yield role
    database.execute(f"drop owned by {role}")
    database.execute(f"drop role {role}")


def test_the_trigger_on_mcp_servers_needs_a_right(database: Database, reader: str) -> None:
    database.execute("create function bump() returns trigger language plpgsql as 'begin return null; end'")
    database.execute(
        'create trigger litellm_mcp_catalog_revision after insert on "LiteLLM_MCPServerTable" execute function bump()'
    )
    assert compare(database) == []
    [found] = compare(database, role=reader)
    assert found.severity == "warning"
    assert f'GRANT INSERT, UPDATE ON "public"."LiteLLM_Config" TO "{reader}"' in found.message


class TestCommands:
    def test_check_says_that_there_is_no_difference(self, gwctl: Program) -> None:
        result = gwctl("db check -o json")
        assert result.json == []
        assert "looks like 1.82.2 to 1.83.13" in result.stderr

    def test_check_ends_with_1_where_a_difference_matters(self, gwctl: Program, database: Database) -> None:
        database.execute('alter table "LiteLLM_TeamTable" alter blocked set default true')
        [found] = gwctl("db check -o json", code=1).json
        assert found == {
            "severity": "warning",
            "table": "LiteLLM_TeamTable",
            "object": "blocked",
            "expected": "false",
            "found": "true",
            "message": "LiteLLM_TeamTable.blocked defaults to true, not false",
        }

    def test_strict_ends_with_1_where_there_is_any(self, gwctl: Program, database: Database) -> None:
        database.execute("create view something as select 1")
        gwctl("db check")
        assert [each["object"] for each in gwctl("db check --strict -o json", code=1).json] == ["something"]

    def test_upgrade_says_what_it_did(self, gwctl: Program, empty_database: Database) -> None:
        program = gwctl.on(empty_database)
        first = program("db upgrade --yes", images=False)
        assert 'tables in schema "public" are at 0001_gateway' in first.text
        assert "Nothing to do" in program("db upgrade").stderr

    def test_upgrade_leaves_a_gateways_tables(
        self, gwctl: Program, foreign_database: Callable[[str], Database]
    ) -> None:
        result = gwctl.on(foreign_database("gateway-1.100.0"))("db upgrade --yes", images=False)
        assert "its own to migrate" in result.stderr

    def test_current_and_history(self, gwctl: Program) -> None:
        assert gwctl("db current -o json").json == [
            {"branch": "own", "revision": "0001_own", "newest": "0001_own"},
            {"branch": "gateway", "revision": "0001_gateway", "newest": "0001_gateway"},
        ]
        assert {step["id"]: step["applied"] for step in gwctl("db history -o json").json} == {
            "0001_own": True,
            "0001_gateway": True,
        }

    def test_info(self, gwctl: Program) -> None:
        found = gwctl("db info -o json").json
        assert (found["release"], found["tables"], found["migrated_by"], found["own"]) == ("1.82.2", 57, "gwctl", True)

    def test_adopt_refuses_with_every_difference(
        self, gwctl: Program, foreign_database: Callable[[str], Database]
    ) -> None:
        result = gwctl.on(foreign_database("gateway-1.82.0"))("db adopt --yes", code=6)
        assert "no LiteLLM_JWTKeyMapping" in result.stderr

    def test_adopt_notes_the_version(self, gwctl: Program, foreign_database: Callable[[str], Database]) -> None:
        program = gwctl.on(foreign_database("gateway-1.82.4"))
        assert "0001_gateway" in program("db adopt --yes", images=False).stderr
        assert program("db current -o json").json[1]["revision"] == "0001_gateway"


class TestShell:
    @pytest.fixture
    def psql(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
        """A psql that writes down its arguments and what it finds in the environment."""
        folder = tmp_path / "bin"
        folder.mkdir()
        seen = folder / "seen"
        script = f'#!/bin/sh\nprintf "%s\\n" "$PGPASSWORD" "$@" > {seen}\nexit 3\n'
        (folder / "psql").write_text(script)
        (folder / "psql").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return lambda: seen.read_text().splitlines()

    def test_gets_the_password_by_the_environment_alone(
        self, bare_gwctl: Program, psql: Callable[[], list[str]]
    ) -> None:
        url = "postgresql://me:ver%20y@db.example/gate?schema=two&sslpassword=hidden"
        bare_gwctl(["db", "shell", "--", "-c", "select 1"], env={"GWCTL_DATABASE_URL": url}, code=3)
        password, address, *rest = psql()
        assert password == "ver y"
        assert rest == ["-c", "select 1"]
        assert "ver" not in address
        assert "hidden" not in address
        assert "host='db.example'" in address
        assert 'search_path="two"' in address

    def test_without_psql(self, bare_gwctl: Program) -> None:
        env = {"GWCTL_DATABASE_URL": "postgresql://me@db.example/gate", "PATH": "/nonexistent"}
        assert "no psql" in bare_gwctl("db shell", env=env, code=7).stderr
