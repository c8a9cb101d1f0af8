"""How a database differs from the schema of record, difference by difference, and how much each matters.

    error      a command that touches it cannot work
    warning    drift: the gateway or gwctl may not do what its release does
    info       another release, or the gateway's own doing
    ignored    means nothing; told only where everything is asked for

Which is which follows from what gwctl does there: it reads and writes the columns that are there, sends every value
that it relies on instead of leaning on defaults, and refuses what an older gateway cannot keep.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from gwctl.core import structure
from gwctl.core.catalogue import KEYS, OLDEST_WRITABLE
from gwctl.core.preparation import escaped
from gwctl.core.structure import ForeignKeyShape, IndexShape, Structure, TableShape

Severity = Literal["error", "warning", "info", "ignored"]

ARCHIVES = ("LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable")
MIGRATIONS = "_prisma_migrations"
NEWEST_TRIED = "20261015000000_managed_object_end_user_id"
"""The newest migration of a gateway that gwctl was tried with."""
LATER_RULES = {"LiteLLM_JWTKeyMapping_token_fkey": "CASCADE"}
"""Delete rules that a newer release changed: no drift."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as in the schema of record. `object`: a column, an index, …, "" for the table itself."""

    severity: Severity
    table: str
    object: str
    expected: str
    found: str
    message: str

    @property
    def matters(self) -> bool:
        return self.severity in ("error", "warning")


def compare(connection: Connection, schema: str, *, strict: bool = False) -> list[Difference]:
    """How the gateway in `schema` differs, the gravest first; `strict`: with what is ignored otherwise."""
    found = structure.live(connection, schema)
    differences = list(differ(found, structure.of_record()))
    if KEYS in found.tables:
        differences += _surroundings(connection, schema, found)
    order = ("error", "warning", "info", "ignored")
    shown = [each for each in differences if strict or each.severity != "ignored"]
    return sorted(shown, key=lambda each: (order.index(each.severity), each.table, each.object))


def differ(found: Structure, record: Structure) -> Iterator[Difference]:
    """How a structure differs from that of record."""
    if KEYS not in found.tables:
        hint = "an empty schema: gwctl db upgrade" if not found.tables else "no gateway's database"
        yield Difference("error", KEYS, "", "table", "", f"there is no {KEYS}: {hint}")
        return
    yield from _tables(found, record)
    for name, table in record.tables.items():
        if name in found.tables:
            yield from _columns(name, found.tables[name], table)
            yield from _keys_and_indexes(name, found.tables[name], table)
    yield from _foreign_keys(found, record)
    yield from _enums(found, record)
    for view in sorted(found.views):
        yield Difference("ignored", "", view, "", "view", f"view {view}")


def _tables(found: Structure, record: Structure) -> Iterator[Difference]:
    for name in record.tables.keys() - found.tables.keys():
        if name in ARCHIVES:
            message = f"no {name}: too old to be changed, gwctl writes from {OLDEST_WRITABLE} on"
            yield Difference("error", name, "", "table", "", message)
        else:
            yield Difference("info", name, "", "table", "", f"no {name}: an older release")
    for name in found.tables.keys() - record.tables.keys() - {MIGRATIONS}:
        if name.startswith("LiteLLM_"):
            yield Difference("info", name, "", "", "table", f"{name} is not known: a newer release")
        else:
            yield Difference("ignored", name, "", "", "table", f"{name} is no table of the gateway's")


def _columns(name: str, found: TableShape, record: TableShape) -> Iterator[Difference]:
    for column in record.columns.keys() - found.columns.keys():
        yield Difference("info", name, column, record.columns[column].type, "", f"no {name}.{column}: an older release")
    for column in found.columns.keys() - record.columns.keys():
        live = found.columns[column]
        if live.nullable or live.default:
            message = f"{name}.{column} is not known: another release"
            yield Difference("info", name, column, "", live.type, message)
        else:
            message = f"{name}.{column} is not known and must have a value: gwctl cannot add rows here"
            yield Difference("warning", name, column, "", f"{live.type} not null", message)
    for column in (column for column in record.columns if column in found.columns):
        yield from _column(name, column, found, record)
    known = [column for column in found.columns if column in record.columns]
    expected = [column for column in record.columns if column in found.columns]
    if known != expected:
        yield Difference(
            "ignored", name, "", ", ".join(expected), ", ".join(known), f"the columns of {name} lie in another order"
        )


def _column(name: str, column: str, found: TableShape, record: TableShape) -> Iterator[Difference]:
    live, expected = found.columns[column], record.columns[column]
    if live.type != expected.type:
        message = f"{name}.{column} is {live.type}, not {expected.type}"
        yield Difference("error", name, column, expected.type, live.type, message)
    if live.nullable != expected.nullable:
        words = {True: "nullable", False: "not null"}
        message = f"{name}.{column} is {words[live.nullable]}"
        yield Difference("warning", name, column, words[expected.nullable], words[live.nullable], message)
    if _default(live.default) != _default(expected.default):
        message = f"{name}.{column} defaults to {live.default or 'nothing'}, not {expected.default or 'nothing'}"
        yield Difference("warning", name, column, expected.default, live.default, message)


def _default(expression: str) -> str:
    """A sequence is named with or without its schema; any sequence is one."""
    return "nextval" if expression.startswith("nextval(") else expression


def _keys_and_indexes(name: str, found: TableShape, record: TableShape) -> Iterator[Difference]:
    if found.primary_key != record.primary_key:
        expected, live = ", ".join(record.primary_key), ", ".join(found.primary_key)
        message = f"the primary key of {name} is ({live}), not ({expected})"
        yield Difference("error", name, "primary key", expected, live, message)
    for index, shape in record.indexes.items():
        if all(column in found.columns for column in shape.columns):
            yield from _index(name, index, shape, found)
    for index, shape in found.indexes.items():
        if index not in record.indexes and shape not in record.indexes.values():
            severity: Severity = "info" if shape.unique else "ignored"
            yield Difference(severity, name, index, "", str(shape), f"{name} has one more index, {index} {shape}")


def _index(name: str, index: str, expected: IndexShape, found: TableShape) -> Iterator[Difference]:
    live = found.indexes.get(index)
    if live == expected:
        return
    if live is not None:
        yield Difference("info", name, index, str(expected), str(live), f"index {index} is on {live}, not {expected}")
    elif expected in found.indexes.values():
        other = next(each for each, shape in found.indexes.items() if shape == expected)
        yield Difference("ignored", name, index, index, other, f"index {index} is called {other}")
    else:
        yield Difference("info", name, index, str(expected), "", f"{name} lacks the index {index} {expected}")


def _foreign_keys(found: Structure, record: Structure) -> Iterator[Difference]:
    for expected in record.foreign_keys:
        if _has_columns(found, expected.table, expected.columns) and expected.target in found.tables:
            yield from _foreign_key(expected, found)
    known = {_ends(each) for each in record.foreign_keys}
    for live in found.foreign_keys:
        if live.target in record.tables and _ends(live) not in known:
            message = f"{live.table} refers to {live.target} by {live.name}, on delete {live.on_delete.lower()}"
            yield Difference("info", live.target, live.name, "", _words(live), message)


def _foreign_key(expected: ForeignKeyShape, found: Structure) -> Iterator[Difference]:
    live = next((each for each in found.foreign_keys if _ends(each) == _ends(expected)), None)
    if live is None:
        message = f"{expected.table} lacks the foreign key {expected.name}: nothing stops a reference to nothing"
        yield Difference("warning", expected.table, expected.name, _words(expected), "", message)
    elif live.on_delete != expected.on_delete:
        later = LATER_RULES.get(expected.name) == live.on_delete
        message = f"{live.name} is on delete {live.on_delete.lower()}, not {expected.on_delete.lower()}"
        severity: Severity = "info" if later else "warning"
        yield Difference(severity, live.table, live.name, expected.on_delete, live.on_delete, message)
    elif live.name != expected.name:
        message = f"foreign key {expected.name} is called {live.name}"
        yield Difference("ignored", live.table, expected.name, expected.name, live.name, message)


def _has_columns(found: Structure, table: str, columns: tuple[str, ...]) -> bool:
    return table in found.tables and all(column in found.tables[table].columns for column in columns)


def _ends(key: ForeignKeyShape) -> tuple[object, ...]:
    return key.table, key.columns, key.target, key.target_columns


def _words(key: ForeignKeyShape) -> str:
    return f"({', '.join(key.columns)}) references {key.target} on delete {key.on_delete.lower()}"


def _enums(found: Structure, record: Structure) -> Iterator[Difference]:
    for name, labels in record.enums.items():
        live = found.enums.get(name, ())
        if live != labels:
            message = f"the type {name} has the values {', '.join(live) or 'of none'}, not {', '.join(labels)}"
            yield Difference("warning", "", name, ", ".join(labels), ", ".join(live), message)
    for name in record.sequences - found.sequences:
        yield Difference("warning", "", name, "sequence", "", f"there is no sequence {name}")


TRIGGERED = text("""
    SELECT has_table_privilege(config.oid, 'INSERT') AND has_table_privilege(config.oid, 'UPDATE'), current_user::text
      FROM pg_catalog.pg_trigger t
      JOIN pg_catalog.pg_class server ON server.oid = t.tgrelid AND server.relname = 'LiteLLM_MCPServerTable'
      JOIN pg_catalog.pg_namespace n ON n.oid = server.relnamespace AND n.nspname = :schema
      JOIN pg_catalog.pg_class config ON config.relnamespace = n.oid AND config.relname = 'LiteLLM_Config'
     WHERE t.tgname = 'litellm_mcp_catalog_revision'
""")


def _surroundings(connection: Connection, schema: str, found: Structure) -> Iterator[Difference]:
    """What no model declares: who migrates the database, and what a trigger needs."""
    if MIGRATIONS in found.tables:
        yield Difference("info", MIGRATIONS, "", "", "table", "the gateway migrates this database itself")
        newest = newest_migration(connection, schema)
        if newest > NEWEST_TRIED:
            message = f"its newest migration, {newest}, is newer than what this gwctl was tried with"
            yield Difference("warning", MIGRATIONS, newest, NEWEST_TRIED, newest, message)
    for may_write, role in itertools.islice(connection.execute(TRIGGERED, {"schema": schema}), 1):
        if not may_write:
            grant = f'GRANT INSERT, UPDATE ON "{escaped(schema)}"."LiteLLM_Config" TO "{escaped(role)}"'
            message = f"a change of an MCP server writes to LiteLLM_Config, which this role may not: {grant}"
            yield Difference("warning", "LiteLLM_Config", "", "INSERT, UPDATE", "", message)


def newest_migration(connection: Connection, schema: str) -> str:
    """The name of the gateway's newest migration that ran to its end; "" if there is none, or it may not be read."""
    table = f'"{escaped(schema)}"."{MIGRATIONS}"'
    may = connection.scalar(text("SELECT has_table_privilege(to_regclass(:table), 'SELECT')"), {"table": table})
    if not may:
        return ""
    finished = "finished_at IS NOT NULL AND rolled_back_at IS NULL"
    return str(connection.scalar(text(f"SELECT max(migration_name) FROM {table} WHERE {finished}")) or "")  # noqa: S608
