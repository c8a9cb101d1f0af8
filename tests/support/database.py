"""Databases to spend: each a copy of a template that was made once, dropped after the test."""

from __future__ import annotations

import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from support.server import server_url
from support.snapshot import Change, Dump, changed
from support.values import as_json, load_json

ZONE = "America/New_York"  # the databases' own time zone, so that a mistake with zones shows

_TABLES = """
    select c.oid, n.nspname as schema, c.relname as name, pg_relation_size(c.oid) > 0 as used
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 2, 3"""
_KEYS = """
    select i.indrelid as oid, array_agg(a.attname::text order by a.attnum) as key
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indisprimary and i.indrelid = any(%s) group by 1"""
_JSON_COLUMNS = """
    select n.nspname as schema, c.relname as name, a.attname as column
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where a.atttypid = 'jsonb'::regtype and c.relkind in ('r', 'p')"""
_keys: dict[tuple[int, str], tuple[str, ...]] = {}
"""Primary keys by number and name of the table: a copy's tables have the numbers of its template's."""


class Database:
    """One database, seen from outside: raw rows, whatever the program believes. Times are naive, as stored."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: dict[str, tuple[str, ...]] = {}

    @cached_property
    def connection(self) -> psycopg.Connection[dict[str, Any]]:
        connection = psycopg.connect(self.url, autocommit=True, row_factory=dict_row)
        set_json_loads(load_json, connection)
        return connection

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()
            del self.__dict__["connection"]

    def execute(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        """Runs one statement with %s parameters, and returns its rows if it has any."""
        cursor = self.connection.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else []

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """The rows whose columns equal `where` (None: is NULL), in the order of the primary key.
        A table of gwctl's own is named with its schema: "gwctl.change_set"."""
        tests = [f'"{column}" is not distinct from %s' for column in where]
        filtered = f" where {' and '.join(tests)}" if tests else ""
        order = ", ".join(f'"{column}"' for column in self._key(table))
        ordered = f" order by {order}" if order else ""
        return self.execute(f"select * from {quoted(table)}{filtered}{ordered}", *where.values())

    def row(self, table: str, **where: Any) -> dict[str, Any]:
        """The one row that fits; anything but one fails the test."""
        found = self.rows(table, **where)
        assert len(found) == 1, f"{len(found)} rows of {table} where {where}, not one: {found}"
        return found[0]

    def insert(self, table: str, **columns: Any) -> dict[str, Any]:
        """Writes one row as a proxy would, past the program, and returns it. Values of JSONB columns go in as JSON,
        None as NULL, JSON_NULL as `null`."""
        names = ", ".join(f'"{column}"' for column in columns)
        json_columns = self._json_columns.get(table, set())
        values = [as_json(value) if column in json_columns else value for column, value in columns.items()]
        marks = ", ".join(["%s"] * len(columns))
        return self.execute(f"insert into {quoted(table)} ({names}) values ({marks}) returning *", *values)[0]

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Each table's primary key; tables outside "public" are named with their schema."""
        return {name: key for name, key, _ in self._tables()}

    def used(self) -> dict[str, tuple[str, ...]]:
        """As `keys`, of those tables that have or had rows."""
        return {name: key for name, key, used in self._tables() if used}

    def _key(self, table: str) -> tuple[str, ...]:
        if table not in self._keys:
            self._keys = self.keys()
        return self._keys.get(table, ())

    def counts(self) -> dict[str, int]:
        """How many rows each of the gateway's tables has, empty ones included."""
        return self._count([table for table in self.keys() if table.startswith("LiteLLM_")])

    def dump(self) -> Dump:
        """Every row of every table, the gateway's and gwctl's own, in the order of the primary key."""
        tables = self._tables()
        self._keys = {name: key for name, key, _ in tables}
        rows = {name: self.rows(name) for name, _, used in tables if used}
        return Dump({name: found for name, found in rows.items() if found}, self._keys)

    def changed(self, before: Dump, after: Dump | None = None) -> dict[str, Change]:
        """What is different since `before`, by table; tables without a difference are left out."""
        return changed(before, after or self.dump())

    def _tables(self) -> list[tuple[str, tuple[str, ...], bool]]:
        """Each table's name, primary key, and whether anything was ever written to it."""
        found = self.execute(_TABLES)
        if any((row["oid"], row["name"]) not in _keys for row in found):
            keys = {row["oid"]: tuple(row["key"]) for row in self.execute(_KEYS, [row["oid"] for row in found])}
            _keys.update({(row["oid"], row["name"]): keys.get(row["oid"], ()) for row in found})
        return [(_named(row), _keys[row["oid"], row["name"]], row["used"]) for row in found]

    @cached_property
    def _json_columns(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in self.execute(_JSON_COLUMNS):
            found.setdefault(_named(row), set()).add(row["column"])
        return found

    def _count(self, tables: list[str]) -> dict[str, int]:
        parts = [f"select '{table}' as name, count(*) as n from {quoted(table)}" for table in tables]
        return {row["name"]: row["n"] for row in self.execute(" union all ".join(parts))} if parts else {}


def _named(row: dict[str, Any]) -> str:
    return row["name"] if row["schema"] == "public" else f"{row['schema']}.{row['name']}"


def quoted(table: str) -> str:
    return ".".join(f'"{part}"' for part in table.split("."))


def template(name: str, recipe: str, fill: Callable[[str], None]) -> str:
    """The name of a template database that `fill(url)` made. `recipe` is what it was made from: the same recipe is
    made once a server, whatever the number of processes that ask."""
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    template_name = f"gwctl_template_{name}_{digest}".replace("-", "_").replace(".", "_")
    connection = _maintenance()
    with _advisory_lock(connection, template_name):
        finished = connection.execute("select datistemplate from pg_database where datname = %s", [template_name])
        if (row := finished.fetchone()) and row[0]:
            return template_name
        connection.execute(f'drop database if exists "{template_name}" with (force)')
        connection.execute(f'create database "{template_name}" template template0')
        fill(_url_of(template_name))
        connection.execute(f'alter database "{template_name}" with is_template true allow_connections false')
    return template_name


@contextlib.contextmanager
def copy_of(template_name: str) -> Iterator[Database]:
    """A fresh database, dropped at the end whoever is still connected to it."""
    name = f"gwctl_test_{uuid.uuid4().hex[:16]}"
    connection = _maintenance()
    connection.execute(f'create database "{name}" template "{template_name}" strategy file_copy')
    connection.execute(f"alter database \"{name}\" set timezone to '{ZONE}'")
    database = Database(_url_of(name))
    try:
        yield database
    finally:
        database.close()
        _await_leaving(connection, name)
        connection.execute(f'drop database if exists "{name}" with (force)')


@cache
def _maintenance() -> psycopg.Connection[Any]:
    """This process's connection for what is done to whole databases."""
    return psycopg.connect(server_url(), autocommit=True)


def _await_leaving(connection: psycopg.Connection[Any], name: str) -> None:
    """Until those who have hung up are gone: DROP DATABASE looks for them only every tenth of a second."""
    for _ in range(20):
        if not connection.execute("select from pg_stat_activity where datname = %s", [name]).fetchall():
            return
        time.sleep(0.002)


@contextlib.contextmanager
def _advisory_lock(connection: psycopg.Connection[Any], name: str) -> Iterator[None]:
    connection.execute("select pg_advisory_lock(hashtext(%s))", [name])
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(hashtext(%s))", [name])


def _url_of(database: str) -> str:
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{database}"))
