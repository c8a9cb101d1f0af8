"""What is read of a live catalogue, for every release at hand."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from gwctl.core import catalogue
from gwctl.core.catalogue import LiveColumn, UniqueKey
from support.database import Database

RELEASES = {
    "gateway-1.80.17": "1.80.17",
    "gateway-1.82.0": "1.82.0",
    "gateway-1.82.4": "1.82.2",  # the lower bound: 1.82.2 to 1.82.4 have the same tables
    "gateway-1.82.4-as-migrated": "1.82.2",
    "gateway-1.83.14": "1.83.14",
    "gateway-1.100.0": "1.100.0",
}


def read(database: Database, schema: str = "public") -> catalogue.Catalogue:
    with engine(database).connect() as connection:
        return catalogue.read(connection, schema)


def engine(database: Database) -> sa.Engine:
    return sa.create_engine(database.url.replace("://", "+psycopg://"), poolclass=sa.NullPool)


@pytest.mark.parametrize(("name", "release"), RELEASES.items(), ids=RELEASES)
def test_a_release_is_told_by_its_tables(foreign_database: Callable[[str], Database], name: str, release: str) -> None:
    found = read(foreign_database(name))
    assert found.release == release
    assert found.prisma is name.endswith("as-migrated")
    assert found.own == frozenset()
    assert found.at_least(release)
    assert not found.at_least("1.110.2")


def test_columns_are_as_postgresql_writes_them(database: Database) -> None:
    found = read(database)
    keys = found.tables["LiteLLM_VerificationToken"]
    assert keys["models"] == LiveColumn("models", "text[]", nullable=True, has_default=False)
    assert keys["expires"] == LiveColumn("expires", "timestamp(3) without time zone", nullable=True, has_default=False)
    assert keys["spend"] == LiveColumn("spend", "double precision", nullable=False, has_default=True)
    assert found.tables["LiteLLM_CronJob"]["status"].type == '"JobStatus"'
    assert found.own == {"change_set", "row_image", "owned_object", "alembic_version"}
    assert list(keys)[:3] == ["token", "key_name", "key_alias"]


def test_a_schema_outside_the_search_path_reads_alike(database: Database) -> None:
    before = read(database)
    database.execute('alter schema public rename to "Gate way"')
    assert read(database, "Gate way").tables == before.tables
    assert read(database, "public").tables == {}


def test_what_an_empty_database_has(empty_database: Database) -> None:
    found = read(empty_database)
    assert (found.tables, found.own, found.prisma, found.release) == ({}, frozenset(), False, "")
    assert catalogue.looks_like(found.release) == "no gateway's database"


def test_it_is_one_quick_statement(database: Database) -> None:
    made = engine(database)
    statements: list[str] = []
    sa.event.listen(made, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: statements.append(sql))
    with made.connect() as connection:
        connection.execute(sa.text("select 1"))
        del statements[:]
        times = []
        for _ in range(5):
            start = time.perf_counter()
            catalogue.read(connection, "public")
            times.append(time.perf_counter() - start)
    assert len(statements) == 5
    assert min(times) < 0.1  # a few milliseconds on an idle machine


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ("", "no gateway's database"),
        ("0", "older than 1.80.5"),
        ("1.80.17", "1.80.17 to 1.81.15"),
        ("1.82.2", "1.82.2 to 1.83.13"),
        ("1.95.0", "1.95.0 to 1.99.x"),
        ("1.110.2", "1.110.2 or later"),
    ],
)
def test_a_release_in_words(release: str, words: str) -> None:
    assert catalogue.looks_like(release) == words


def test_foreign_keys_into_a_table_from_wherever(database: Database) -> None:
    database.execute("create schema other")
    database.execute('create table other.t (u text references "LiteLLM_UserTable" on delete cascade)')
    with engine(database).connect() as connection:
        found = catalogue.foreign_keys_into(connection, "public", "LiteLLM_UserTable")
    assert [(key.schema, key.table, key.columns, key.on_delete) for key in found] == [
        ("other", "t", ("u",), "CASCADE"),
        ("public", "LiteLLM_InvitationLink", ("created_by",), "RESTRICT"),
        ("public", "LiteLLM_InvitationLink", ("updated_by",), "RESTRICT"),
        ("public", "LiteLLM_InvitationLink", ("user_id",), "RESTRICT"),
        ("public", "LiteLLM_OrganizationMembership", ("user_id",), "RESTRICT"),
    ]
    assert {key.target_columns for key in found} == {("user_id",)}


def test_unique_keys_differ_by_release(database: Database, foreign_database: Callable[[str], Database]) -> None:
    newer = foreign_database("gateway-1.100.0")
    newer.execute('create unique index partial on "LiteLLM_PromptTable" (prompt_id) where version = 1')
    assert unique_keys(database)[1].columns == ("prompt_id", "version")
    primary, other = unique_keys(newer)
    assert primary == UniqueKey("LiteLLM_PromptTable_pkey", ("id",), primary=True)
    assert other.columns == ("prompt_id", "version", "environment")


def unique_keys(database: Database) -> tuple[UniqueKey, ...]:
    with engine(database).connect() as connection:
        return catalogue.unique_keys(connection, "public", "LiteLLM_PromptTable")
