"""Upgrades: on empty databases, on those of gateways, many at once, without the right, in several schemas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from gwctl.core import adoption, catalogue, migrations, overview, preparation
from gwctl.core.migrations import Upgrade, Versions
from gwctl.errors import Refused, SchemaMismatch, Unreachable
from support.database import Database

ROOT = Path(__file__).parents[2]
HEADS = Versions("0001_own", "0001_gateway")
NOTHING = Versions(None, None)
FOREIGN = ("gateway-1.80.17", "gateway-1.82.4", "gateway-1.82.4-as-migrated", "gateway-1.100.0")
TABLES = """
    select c.oid, c.relname, a.attname, a.attnum from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = (select oid from pg_namespace where nspname = 'public') order by 1, 4"""


def engine(database: Database, **changed: str) -> sa.Engine:
    url = make_url(database.url).set(drivername="postgresql+psycopg", **changed)
    return sa.create_engine(url, poolclass=sa.NullPool)


def upgrade(database: Database, schema: str = "public") -> Upgrade:
    with engine(database).connect() as connection:
        return migrations.upgrade(connection, schema)


def current(database: Database, schema: str = "public") -> Versions:
    with engine(database).connect() as connection:
        return migrations.current(connection, schema)


@pytest.fixture
def visitor(empty_database: Database) -> Iterator[str]:
    """A role without rights on `empty_database`."""
    role = f"visitor_{os.getpid()}"
    empty_database.execute(f"create role {role} login")
    yield role
    empty_database.execute(f"drop owned by {role}")
    empty_database.execute(f"drop role {role}")


class TestOnAnEmptyDatabase:
    def test_everything_is_made_once(self, empty_database: Database) -> None:
        assert upgrade(empty_database) == Upgrade(NOTHING, HEADS, "1.82.2", untouched=False)
        assert len(empty_database.counts()) == 57
        before = empty_database.execute(TABLES)
        again = upgrade(empty_database)
        assert again == Upgrade(HEADS, HEADS, "1.82.2", untouched=False)
        assert not again.changed
        assert empty_database.execute(TABLES) == before

    def test_nothing_of_gwctls_lies_in_the_gateways_schema(self, empty_database: Database) -> None:
        upgrade(empty_database)
        found = empty_database.execute("select tablename from pg_tables where schemaname = 'public'")
        assert all(row["tablename"].startswith("LiteLLM_") for row in found)

    def test_tables_that_were_dropped_come_back(self, empty_database: Database) -> None:
        upgrade(empty_database)
        empty_database.execute("drop schema public cascade")
        empty_database.execute("create schema public")
        assert upgrade(empty_database).after == HEADS
        assert len(empty_database.counts()) == 57

    def test_a_failure_leaves_nothing(self, empty_database: Database) -> None:
        empty_database.execute("create type \"JobStatus\" as enum ('X')")
        with pytest.raises(sa.exc.DBAPIError):
            upgrade(empty_database)
        assert empty_database.execute("select 1 from pg_namespace where nspname = 'gwctl'") == []

    def test_ten_at_once_end_well(self, empty_database: Database) -> None:
        name = make_url(empty_database.url).database
        empty_database.execute(f"alter database \"{name}\" set default_transaction_isolation = 'repeatable read'")
        script = """
            import os, sqlalchemy as sa
            from gwctl.core import migrations
            engine = sa.create_engine(os.environ["URL"], poolclass=sa.NullPool)
            with engine.connect() as connection:
                done = migrations.upgrade(connection, "public")
            print(int(done.changed), done.after)
        """
        words = [sys.executable, "-c", "\n".join(line.removeprefix(" " * 12) for line in script.splitlines())]
        environment = {**os.environ, "URL": empty_database.url.replace("://", "+psycopg://")}
        started = [
            subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(10)
        ]
        ended = [(process, *process.communicate(timeout=120)) for process in started]
        assert [process.returncode for process, _, _ in ended] == [0] * 10, [stderr for _, _, stderr in ended]
        assert sorted(stdout.split()[0] for _, stdout, _ in ended) == ["0"] * 9 + ["1"]
        assert current(empty_database) == HEADS

    def test_one_that_waits_too_long_says_so(self, empty_database: Database) -> None:
        with engine(empty_database).begin() as other:
            preparation.prepare(other, "public")
            with (
                engine(empty_database).connect() as connection,
                pytest.raises(Unreachable, match="another gwctl"),
            ):
                migrations.upgrade(connection, "public", lock_timeout=0.1)

    def test_strange_tables_are_refused(self, empty_database: Database) -> None:
        empty_database.execute('create table "LiteLLM_TeamTable" (team_id text)')
        with pytest.raises(SchemaMismatch, match="LiteLLM_VerificationToken"):
            upgrade(empty_database)

    def test_another_prisma_programs_schema_is_refused(self, empty_database: Database) -> None:
        empty_database.execute("create table _prisma_migrations (migration_name text)")
        with pytest.raises(SchemaMismatch):
            upgrade(empty_database)

    def test_a_newer_gwctls_database_is_refused(self, empty_database: Database) -> None:
        upgrade(empty_database)
        empty_database.execute(
            "update gwctl.alembic_version set version_num = '0099_own' where version_num = '0001_own'"
        )
        with pytest.raises(SchemaMismatch, match="0099_own"):
            upgrade(empty_database)


class TestOnAGatewaysDatabase:
    @pytest.mark.parametrize("name", FOREIGN)
    def test_its_tables_are_left_alone(self, foreign_database: Callable[[str], Database], name: str) -> None:
        database = foreign_database(name)
        before = database.execute(TABLES)
        done = upgrade(database)
        assert done.untouched
        assert done.after == Versions("0001_own", None)
        assert database.execute(TABLES) == before
        assert not upgrade(database).changed

    def test_ours_is_the_gateways_once_it_migrates(self, empty_database: Database) -> None:
        upgrade(empty_database)
        empty_database.execute("create table _prisma_migrations (migration_name text)")
        assert upgrade(empty_database).untouched

    def test_ensure_own_makes_gwctls_tables_alone(self, foreign_database: Callable[[str], Database]) -> None:
        database = foreign_database("gateway-1.100.0")
        before = database.execute(TABLES)
        for _ in range(2):
            with engine(database).connect() as connection:
                migrations.ensure_own(connection, "public")
        assert current(database) == Versions("0001_own", None)
        assert database.execute(TABLES) == before


class TestAdoption:
    @staticmethod
    def adopt(database: Database) -> adoption.Adoption:
        with engine(database).connect() as connection:
            return adoption.adopt(connection, "public")

    def test_notes_the_version_where_the_tables_agree(self, foreign_database: Callable[[str], Database]) -> None:
        database = foreign_database("gateway-1.82.4")
        before = database.execute(TABLES)
        done = self.adopt(database)
        assert (done.noted, done.versions) == (True, HEADS)
        assert database.execute(TABLES) == before
        assert not upgrade(database).untouched

    def test_refuses_others_with_every_difference(self, foreign_database: Callable[[str], Database]) -> None:
        database = foreign_database("gateway-1.82.0")
        with pytest.raises(Refused, match=r"1\.82\.0 to 1\.82\.1") as refusal:
            self.adopt(database)
        assert "no LiteLLM_JWTKeyMapping: an older release" in [problem.message for problem in refusal.value.problems]
        assert database.execute("select 1 from pg_namespace where nspname = 'gwctl'") == []

    def test_leaves_a_database_to_the_gateway_that_migrates_it(
        self, foreign_database: Callable[[str], Database]
    ) -> None:
        database = foreign_database("gateway-1.82.4-as-migrated")
        before = database.execute(TABLES)
        done = self.adopt(database)
        assert (done.noted, done.versions) == (False, Versions("0001_own", None))
        assert database.execute(TABLES) == before

    def test_needs_a_gateway(self, empty_database: Database) -> None:
        with pytest.raises(SchemaMismatch):
            self.adopt(empty_database)


class TestSeveralGatewaysInOneDatabase:
    LONG = "ä" * 30

    def test_each_has_a_version_and_they_share_gwctls_tables(self, empty_database: Database) -> None:
        assert upgrade(empty_database, "one").before == NOTHING
        assert upgrade(empty_database, 'T"wo').before == Versions("0001_own", None)
        assert upgrade(empty_database).before == Versions("0001_own", None)
        for schema in ("one", 'T"wo', "public"):
            assert current(empty_database, schema) == HEADS
            assert not upgrade(empty_database, schema).changed
        assert current(empty_database, "three") == Versions("0001_own", None)

    def test_a_long_name_is_cut_in_the_version_tables_name(self, empty_database: Database) -> None:
        upgrade(empty_database, self.LONG)
        assert current(empty_database, self.LONG) == HEADS
        assert current(empty_database, self.LONG[:-1]) == Versions("0001_own", None)
        assert len(migrations.version_table("gateway", self.LONG).encode()) <= 63


class TestWithoutTheRight:
    def test_to_make_the_schema(self, empty_database: Database, visitor: str) -> None:
        with engine(empty_database, username=visitor).connect() as connection, pytest.raises(Unreachable) as refusal:
            migrations.ensure_own(connection, "public")
        name = make_url(empty_database.url).database
        assert refusal.value.hint == f'Ask for: GRANT CREATE ON DATABASE "{name}" TO "{visitor}";'

    def test_to_make_tables_in_it(self, empty_database: Database, visitor: str) -> None:
        empty_database.execute("create schema gwctl")
        with engine(empty_database, username=visitor).connect() as connection, pytest.raises(Unreachable) as refusal:
            migrations.ensure_own(connection, "public")
        assert refusal.value.hint == f'Ask for: GRANT USAGE, CREATE ON SCHEMA "gwctl" TO "{visitor}";'

    def test_to_make_the_gateways_tables(self, empty_database: Database, visitor: str) -> None:
        empty_database.execute(f"create schema gwctl authorization {visitor}")
        with engine(empty_database, username=visitor).connect() as connection, pytest.raises(Unreachable) as refusal:
            migrations.upgrade(connection, "public")
        assert refusal.value.hint == f'Ask for: GRANT USAGE, CREATE ON SCHEMA "public" TO "{visitor}";'

    def test_to_write_at_all(self, empty_database: Database) -> None:
        with engine(empty_database).connect() as connection:
            connection = connection.execution_options(postgresql_readonly=True)
            with pytest.raises(Unreachable, match="read-only"):
                migrations.upgrade(connection, "public")


@pytest.mark.parametrize(
    ("name", "migrated_by"),
    [
        ("gateway-1.82.4", "the gateway (prisma db push)"),
        ("gateway-1.82.4-as-migrated", "the gateway (prisma migrate)"),
    ],
)
def test_the_overview_tells_who_migrates(
    foreign_database: Callable[[str], Database], name: str, migrated_by: str
) -> None:
    with engine(foreign_database(name)).connect() as connection:
        seen = overview.look(connection, "public")
    assert (seen.migrated_by, seen.release, seen.tables, seen.own) == (migrated_by, "1.82.2", 57, False)
    assert bool(seen.newest_migration) is name.endswith("migrated")


def test_every_branch_has_one_head_and_its_history() -> None:
    assert migrations.heads() == HEADS
    steps = migrations.history(Versions("0001_own", None))
    assert [(step.id, step.branch, step.applied) for step in steps] == [
        ("0001_own", "own", True),
        ("0001_gateway", "gateway", False),
    ]


def test_the_checkouts_own_migrations_win() -> None:
    assert migrations.folder() == ROOT / "alembic"
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_a_package_outside_a_checkout_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "__file__", str(tmp_path / "site-packages/gwctl/core/migrations.py"))
    assert migrations.folder() == tmp_path / "site-packages/gwctl/_alembic"


def test_alembic_itself_works_from_a_checkout(empty_database: Database) -> None:
    environment = {**os.environ, "GWCTL_DATABASE_URL": empty_database.url}
    for words, status in ((["upgrade", "heads"], 0), (["current"], 0), (["upgrade", "heads"], 0)):
        command = [sys.executable, "-c", "from alembic.config import main; main(prog='alembic')", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
    assert current(empty_database) == HEADS


def test_alembic_is_not_loaded_by_a_catalogue_read() -> None:
    script = "import sys, gwctl.core.migrations, gwctl.core.catalogue; assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_record_is_what_the_fingerprints_call_it(database: Database) -> None:
    with engine(database).connect() as connection:
        assert catalogue.read(connection, "public").release == catalogue.RECORD
