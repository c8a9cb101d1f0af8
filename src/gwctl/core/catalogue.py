"""What a database really has: its tables and columns, read from PostgreSQL's catalogue with one query.

A gateway's database may be older or newer than the schema of record, and records no release. What may be read and
written is decided column by column; `Catalogue.release` is a lower bound, told by what each release was first seen
with, for messages and for the few rules that differ by release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

OWN_SCHEMA = "gwctl"
KEYS = "LiteLLM_VerificationToken"
OLDEST_WRITABLE = "1.80.17"  # deleted keys and teams cannot be archived before
RECORD = "1.82.2"  # the schema of record, the same up to 1.82.4
UNKNOWN_RELEASE = "0"

FINGERPRINTS: tuple[tuple[str, str, str], ...] = (
    ("1.110.2", "LiteLLM_SubscriptionAccountTable", ""),
    ("1.108.0", "LiteLLM_EndUserTable", "models"),
    ("1.105.0", KEYS, "tpd_limit"),
    ("1.100.0", KEYS, "settings_updated_at"),
    ("1.95.0", KEYS, "budget_fallbacks"),
    ("1.90.0", "LiteLLM_ProxyModelTable", "blocked"),
    ("1.86.0", "LiteLLM_ObjectPermissionTable", "search_tools"),
    ("1.83.14", KEYS, "budget_limits"),
    (RECORD, "LiteLLM_JWTKeyMapping", ""),
    ("1.82.0", "LiteLLM_ClaudeCodePluginTable", ""),
    ("1.81.16", "LiteLLM_PolicyTable", ""),
    (OLDEST_WRITABLE, "LiteLLM_DeletedVerificationToken", ""),
    ("1.80.5", "LiteLLM_AgentsTable", ""),
)
"""Newest first: a release, and the table or the column of a table that it was first seen with."""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column in the database; `type` as PostgreSQL writes it ("text[]", "timestamp(3) without time zone")."""

    name: str
    type: str
    nullable: bool
    has_default: bool


@dataclass(frozen=True)
class Catalogue:
    """The tables of one gateway's PostgreSQL schema, and which of gwctl's own there are in the database."""

    schema: str
    tables: Mapping[str, Mapping[str, LiveColumn]] = field(repr=False)
    own: frozenset[str]
    prisma: bool
    release: str

    def at_least(self, release: str) -> bool:
        """Whether the database is at least that release's, as far as can be told."""
        return number(self.release) >= number(release)


def number(release: str) -> tuple[int, ...]:
    """ "1.82.4" as (1, 82, 4), which compares as it should; what is no number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in release.split("."))


COLUMNS = text("""
    SELECT own, name, array_agg(attname), array_agg(type), array_agg(attnotnull), array_agg(has_default)
      FROM (SELECT n.nspname = :own AS own, c.relname::text AS name, a.attname::text, a.attnotnull,
                   format_type(a.atttypid, a.atttypmod) AS type, a.atthasdef OR a.attidentity <> '' AS has_default
              FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE n.nspname IN (:schema, :own) AND c.relkind IN ('r', 'p')
             ORDER BY 1, 2, a.attnum) AS columns
     GROUP BY own, name
""")


def read(connection: Connection, schema: str) -> Catalogue:
    """The catalogue of the gateway that lives in PostgreSQL schema `schema`."""
    tables: dict[str, dict[str, LiveColumn]] = {}
    own: set[str] = set()
    for is_own, name, *columns in connection.execute(COLUMNS, {"schema": schema, "own": OWN_SCHEMA}):
        if is_own:
            own.add(name)
        else:
            tables[name] = _columns(schema, columns)
    return Catalogue(schema, tables, frozenset(own), "_prisma_migrations" in tables, release_of(tables))


def _columns(schema: str, columns: list[list[str]]) -> dict[str, LiveColumn]:
    return {
        name: LiveColumn(name, local_type(kind, schema), not not_null, bool(default))
        for name, kind, not_null, default in zip(*columns, strict=True)
    }


def local_type(kind: str, schema: str) -> str:
    """A type without its schema, which PostgreSQL writes where the search path does not have it."""
    return kind.removeprefix(f"{schema}.").removeprefix('"{}".'.format(schema.replace('"', '""')))


def release_of(tables: Mapping[str, Mapping[str, LiveColumn]]) -> str:
    """The oldest release that these tables can be of: "0" if older than all that are known, "" if not a gateway's."""
    if KEYS not in tables:
        return ""
    for release, table, column in FINGERPRINTS:
        if table in tables and (not column or column in tables[table]):
            return release
    return UNKNOWN_RELEASE


def looks_like(release: str) -> str:
    """A release's lower bound in words, up to what would show a newer one: "1.95.0 to 1.99.x"."""
    if not release:
        return "no gateway's database"
    if release == UNKNOWN_RELEASE:
        return f"older than {FINGERPRINTS[-1][0]}"
    newer = [known for known, *_ in FINGERPRINTS if number(known) > number(release)]
    return f"{release} to {_before(newer[-1])}" if newer else f"{release} or later"


def _before(release: str) -> str:
    major, minor, patch = number(release)
    return f"{major}.{minor}.{patch - 1}" if patch else f"{major}.{minor - 1}.x"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key that points into a table; `on_delete` in SQL's words ("RESTRICT", "CASCADE", "SET NULL")."""

    name: str
    schema: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Columns that no two rows share, by a constraint or an index; in the order of the index."""

    name: str
    columns: tuple[str, ...]
    primary: bool


FOREIGN_KEYS_INTO = text("""
    SELECT k.conname::text, n.nspname::text, c.relname::text,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (num, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
           t.relname::text,
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place),
           CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
      FROM pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = k.confrelid
      JOIN pg_catalog.pg_namespace s ON s.oid = t.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND s.nspname = :schema AND t.relname = ANY (:tables)
     ORDER BY 2, 3, 1
""")


def foreign_keys_into(connection: Connection, schema: str, *tables: str) -> tuple[ForeignKey, ...]:
    """Which tables, known or not, of whatever schema, point at one of these."""
    rows = connection.execute(FOREIGN_KEYS_INTO, {"schema": schema, "tables": list(tables)})
    return tuple(
        ForeignKey(name, other, table, tuple(columns), target, tuple(target_columns), rule)
        for name, other, table, columns, target, target_columns, rule in rows
    )


UNIQUE_KEYS = text("""
    SELECT x.relname::text, i.indisprimary,
           ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (num, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num
                  WHERE u.place <= i.indnkeyatts ORDER BY u.place)
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
      JOIN pg_catalog.pg_namespace s ON s.oid = t.relnamespace
     WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
       AND s.nspname = :schema AND t.relname = :table
     ORDER BY i.indisprimary DESC, 1
""")


def unique_keys(connection: Connection, schema: str, table: str) -> tuple[UniqueKey, ...]:
    """The unique keys that `ON CONFLICT (columns)` can name: the primary one first, none partial or on expressions."""
    rows = connection.execute(UNIQUE_KEYS, {"schema": schema, "table": table})
    return tuple(UniqueKey(name, tuple(columns), primary) for name, primary, columns in rows)
