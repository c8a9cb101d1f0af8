"""The tables that gwctl makes are those of the schema of record, and so are its models."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from gwctl import schema
from gwctl.core import comparison, migrations
from gwctl.schema import own
from gwctl.schema.moments import stored_moment
from support.database import Database
from support.scripts import run_script

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
CATALOGUE = {
    "columns in order": """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation
          from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname, a.attnum""",
    "constraints": """
        select conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid), condeferrable, convalidated
          from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2""",
    "indexes": """
        select indrelid::regclass::text, pg_get_indexdef(indexrelid), indisunique, indisprimary, indisvalid
          from pg_index join pg_class on pg_class.oid = indrelid
         where relnamespace = 'public'::regnamespace order by 2""",
    "enums": """
        select typname, enumlabel, enumsortorder from pg_enum join pg_type on pg_type.oid = enumtypid
         where typnamespace = 'public'::regnamespace order by 1, 3""",
    "sequences": """
        select s.seqrelid::regclass::text, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmax, s.seqmin,
               s.seqcache, s.seqcycle, d.refobjid::regclass::text, d.refobjsubid, d.deptype
          from pg_sequence s join pg_class c on c.oid = s.seqrelid
          join pg_depend d on d.objid = c.oid and d.classid = 'pg_class'::regclass
           and d.refclassid = 'pg_class'::regclass where c.relnamespace = 'public'::regnamespace order by 1""",
    "everything else": """
        select relkind, relname from pg_class where relnamespace = 'public'::regnamespace order by 1, 2""",
    "triggers and functions": """
        select 'trigger', tgname from pg_trigger where not tgisinternal
        union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace""",
}
COUNTS = {"tables": 57, "columns": 754, "primary keys": 57, "foreign keys": 26, "unique indexes": 26, "indexes": 81}


def upgrade(database: Database, gateway_schema: str = "public") -> migrations.Upgrade:
    with engine(database).connect() as connection:
        return migrations.upgrade(connection, gateway_schema)


def engine(database: Database) -> sa.Engine:
    return sa.create_engine(database.url.replace("://", "+psycopg://"), poolclass=sa.NullPool)


@pytest.fixture
def made(any_server: str, fresh: Callable[[str], Database]) -> Database:
    database = fresh(any_server)
    upgrade(database)
    return database


@pytest.fixture
def loaded(any_server: str, fresh: Callable[[str], Database]) -> Database:
    database = fresh(any_server)
    run_script(database.connection, (SCHEMAS / "gateway-1.82.4.sql").read_text())
    return database


def test_upgrade_makes_the_catalogue_of_record(made: Database, loaded: Database) -> None:
    for what, query in CATALOGUE.items():
        assert made.execute(query) == loaded.execute(query), what


def test_the_record_has_what_it_is_said_to_have(loaded: Database) -> None:
    counted = loaded.execute("""
        select (select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r') as tables,
               (select count(*) from information_schema.columns where table_schema = 'public') as columns,
               (select count(*) from pg_constraint where contype = 'p'
                   and connamespace = 'public'::regnamespace) as "primary keys",
               (select count(*) from pg_constraint where contype = 'f') as "foreign keys",
               (select count(*) from pg_index join pg_class on pg_class.oid = indrelid where not indisprimary
                   and indisunique and relnamespace = 'public'::regnamespace) as "unique indexes",
               (select count(*) from pg_index join pg_class on pg_class.oid = indrelid where not indisunique
                   and relnamespace = 'public'::regnamespace) as indexes""")
    assert counted == [COUNTS]


def test_the_models_say_the_same_to_the_last_column(loaded: Database) -> None:
    with engine(loaded).begin() as connection:
        assert comparison.compare(connection, "public", strict=True) == []


def test_the_models_create_the_same(loaded: Database, any_server: str, fresh: Callable[[str], Database]) -> None:
    """Not how the tables are made, but what the models would make is the strictest test of what they say."""
    created = fresh(any_server)
    for name in schema.TABLES:
        schema.table(name)
    from gwctl.schema.base import Base

    with engine(created).begin() as connection:
        Base.metadata.create_all(connection)
    for what in ("columns in order", "constraints", "indexes", "enums"):
        assert created.execute(CATALOGUE[what]) == loaded.execute(CATALOGUE[what]), what


def test_the_models_of_gwctls_own_tables_say_what_the_migrations_make(
    made: Database, any_server: str, fresh: Callable[[str], Database]
) -> None:
    created = fresh(any_server)
    with engine(created).begin() as connection:
        connection.exec_driver_sql("create schema gwctl")
        own.OwnBase.metadata.create_all(connection)
    made.execute("drop table gwctl.alembic_version")
    for what, query in CATALOGUE.items():
        query = query.replace("'public'", "'gwctl'")
        assert made.execute(query) == created.execute(query), what


@pytest.mark.parametrize("module", sorted({*schema.TABLES.values(), "own"}))
def test_a_module_of_tables_loads_without_the_others(module: str) -> None:
    script = f"""
        import sys, gwctl.schema.{module}
        loaded = [name for name in sys.modules if name.startswith("gwctl.schema.")]
        assert set(loaded) <= {{"gwctl.schema.base", "gwctl.schema.moments", "gwctl.schema.{module}"}}, loaded
    """
    subprocess.run([sys.executable, "-c", "\n".join(map(str.strip, script.splitlines()))], check=True)


class TestMoments:
    MOMENT = dt.datetime(2026, 1, 2, 8, 4, 5, 999_999, dt.timezone(dt.timedelta(hours=5)))

    def test_are_cut_to_milliseconds_and_lie_in_utc(self) -> None:
        assert stored_moment(self.MOMENT) == dt.datetime(2026, 1, 2, 3, 4, 5, 999_000)  # noqa: DTZ001

    def test_need_a_zone(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            stored_moment(dt.datetime(2026, 1, 2))  # noqa: DTZ001

    @pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
    def test_come_back_whatever_the_zone_of_the_session(self, database: Database, zone: str) -> None:
        table = schema.table("LiteLLM_DeprecatedVerificationToken")
        row = {"id": "1", "token": "a", "active_token_id": "b", "revoke_at": self.MOMENT}
        with engine(database).begin() as connection:
            connection.exec_driver_sql(f"set local timezone = '{zone}'")
            connection.execute(table.insert(), row)
            found = connection.execute(sa.select(table.c.revoke_at)).scalar_one()
            later = table.c.revoke_at - dt.timedelta(days=1) < self.MOMENT
            assert connection.execute(sa.select(sa.func.count()).select_from(table).where(later)).scalar_one() == 1
        assert found == dt.datetime(2026, 1, 2, 3, 4, 5, 999_000, dt.UTC)
        assert found.tzinfo is dt.UTC
        assert database.row(table.name)["revoke_at"] == dt.datetime(2026, 1, 2, 3, 4, 5, 999_000)  # noqa: DTZ001


def test_none_is_sql_null_in_json_columns(database: Database) -> None:
    table = schema.table("LiteLLM_BudgetTable")
    with engine(database).begin() as connection:
        row = {"budget_id": "b", "model_max_budget": None, "created_by": "x", "updated_by": "x"}
        connection.execute(table.insert(), row)
    assert database.execute('select model_max_budget is null as it_is from "LiteLLM_BudgetTable"') == [{"it_is": True}]
