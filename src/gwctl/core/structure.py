"""The full structure of a gateway's schema as values: of a database from its catalogue, of the record from the models.

Both come out alike, so that they can be compared: types, defaults and index expressions in PostgreSQL's own writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, DefaultClause, Table, text
from sqlalchemy import ForeignKeyConstraint as DeclaredForeignKey
from sqlalchemy.dialects import postgresql

from gwctl import schema as record
from gwctl.core.catalogue import local_type

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
CAST = re.compile(r'::(("[^"]+"|\w+)\.)?("[^"]+"|[\w ]+)(\([\d,]+\))?(\[\])*$')


@dataclass(frozen=True)
class ColumnShape:
    """`default` without its casts, "" for none."""

    type: str
    nullable: bool
    default: str


@dataclass(frozen=True)
class ForeignKeyShape:
    """A foreign key by what it says; the tables of another PostgreSQL schema are named with it."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str
    name: str = field(compare=False)


@dataclass(frozen=True)
class IndexShape:
    """An index by what it says. `columns` are names or expressions, in order, with DESC where it goes down."""

    columns: tuple[str, ...]
    unique: bool
    method: str = "btree"
    predicate: str = ""

    def __str__(self) -> str:
        using = "" if self.method == "btree" else f" using {self.method}"
        where = f" where {self.predicate}" if self.predicate else ""
        return f"{'unique ' if self.unique else ''}({', '.join(self.columns)}){using}{where}"


@dataclass
class TableShape:
    """A table; `columns` in the order they lie in."""

    columns: dict[str, ColumnShape] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    indexes: dict[str, IndexShape] = field(default_factory=dict)


@dataclass
class Structure:
    """A schema. `foreign_keys` begin or end in it."""

    tables: dict[str, TableShape] = field(default_factory=dict)
    foreign_keys: list[ForeignKeyShape] = field(default_factory=list)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sequences: frozenset[str] = frozenset()
    views: frozenset[str] = frozenset()


def of_record() -> Structure:
    """The schema of record, from the declarative models."""
    found = Structure(enums={"JobStatus": ("ACTIVE", "INACTIVE")}, sequences=frozenset({"LiteLLM_ModelTable_id_seq"}))
    for name in record.TABLES:
        table = record.table(name)
        found.tables[name] = TableShape(
            {column.name: _declared_column(column) for column in table.columns},
            tuple(column.name for column in table.primary_key),
            {str(index.name): IndexShape(tuple(index.columns.keys()), bool(index.unique)) for index in table.indexes},
        )
        found.foreign_keys += _declared_foreign_keys(table)
    return found


def _declared_column(column: Column[object]) -> ColumnShape:
    kind = column.type.compile(dialect=DIALECT)
    return ColumnShape(kind if kind.startswith('"') else kind.lower(), bool(column.nullable), _declared_default(column))


def _declared_default(column: Column[object]) -> str:
    if not isinstance(column.server_default, DefaultClause):
        return ""
    value = column.server_default.arg
    return f"'{value}'" if isinstance(value, str) else bare_default(str(value))


def _declared_foreign_keys(table: Table) -> Iterator[ForeignKeyShape]:
    for constraint in table.constraints:
        if isinstance(constraint, DeclaredForeignKey):
            targets = [element.target_fullname.split(".") for element in constraint.elements]
            yield ForeignKeyShape(
                table.name,
                tuple(constraint.column_keys),
                targets[0][0],
                tuple(column for _, column in targets),
                str(constraint.ondelete),
                str(constraint.name),
            )


def bare_default(expression: str) -> str:
    """A default as PostgreSQL prints it, without its casts (`'{}'::jsonb`, `ARRAY[]::text[]`): the type says them."""
    while (shorter := CAST.sub("", expression)) != expression:
        expression = shorter
    return expression


COLUMNS = text("""
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
           coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE n.nspname = :schema AND c.relkind IN ('r', 'p')
     ORDER BY c.relname, a.attnum
""")
INDEXES = text("""
    SELECT t.relname::text, x.relname::text, i.indisprimary, i.indisunique, m.amname::text,
           coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true)
                        || CASE WHEN i.indoption[place - 1] & 1 = 1 THEN ' DESC' ELSE '' END
                   FROM generate_series(1, i.indnkeyatts) AS place ORDER BY place)
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_am m ON m.oid = x.relam
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = :schema AND t.relkind IN ('r', 'p') AND i.indisvalid
     ORDER BY 1, 2
""")
FOREIGN_KEYS = text("""
    SELECT k.conname::text, CASE WHEN fn.nspname = :schema THEN '' ELSE fn.nspname || '.' END || f.relname,
           CASE WHEN tn.nspname = :schema THEN '' ELSE tn.nspname || '.' END || t.relname,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (num, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place),
           CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
      FROM pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class f ON f.oid = k.conrelid
      JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = k.confrelid
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND :schema IN (fn.nspname, tn.nspname)
     ORDER BY 2, 1
""")
ENUMS = text("""
    SELECT t.typname::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
      FROM pg_catalog.pg_enum e
      JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname = :schema
     GROUP BY 1
""")
OTHERS = text("""
    SELECT c.relkind::text, c.relname::text
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND c.relkind IN ('S', 'v', 'm')
""")


def live(connection: Connection, schema: str) -> Structure:
    """The structure of a PostgreSQL schema as it is. A few queries: not for every command."""
    here = {"schema": schema}
    found = Structure(tables=_live_tables(connection, here))
    for name, table, target, columns, target_columns, on_delete in connection.execute(FOREIGN_KEYS, here):
        shape = ForeignKeyShape(table, tuple(columns), target, tuple(target_columns), on_delete, name)
        found.foreign_keys.append(shape)
    found.enums = {name: tuple(labels) for name, labels in connection.execute(ENUMS, here)}
    others = [(kind, name) for kind, name in connection.execute(OTHERS, here)]
    found.sequences = frozenset(name for kind, name in others if kind == "S")
    found.views = frozenset(name for kind, name in others if kind != "S")
    return found


def _live_tables(connection: Connection, here: Mapping[str, str]) -> dict[str, TableShape]:
    tables: dict[str, TableShape] = {}
    for table, name, kind, nullable, default in connection.execute(COLUMNS, here):
        shape = ColumnShape(local_type(kind, here["schema"]), nullable, bare_default(default))
        tables.setdefault(table, TableShape()).columns[name] = shape
    for table, name, primary, unique, method, predicate, columns in connection.execute(INDEXES, here):
        names = tuple(_unquoted(column) for column in columns)
        if primary:
            tables[table].primary_key = names
        else:
            tables[table].indexes[name] = IndexShape(names, unique, method, predicate)
    return tables


def _unquoted(column: str) -> str:
    """A column's name without the quotes that mixed case needs; an expression as it is."""
    return re.sub(r'^"([^"]+)"( DESC)?$', r"\1\2", column)
