"""Runs a stage: the only module that writes rows. Whatever it writes leaves its image in the change set.

A number of statements that depends on tables and column sets, not on rows: new rows go by COPY, changed ones by one
UPDATE for each set of columns, deleted ones by one DELETE. Parents are inserted before their children and deleted
after them; an update touches the columns that differ and no other.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gwctl.core import audit
from gwctl.core.encoders import array, json_text
from gwctl.core.sending import Rows
from gwctl.core.stage import Later, Row, Stage
from gwctl.core.unit import Unit
from gwctl.core.values import JSON_NULL
from gwctl.errors import Conflict
from gwctl.schema import record as schema_of_record
from gwctl.schema.moments import UtcTimestamp

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

Form = Callable[[Any], Any]
COUNTERS = frozenset({"spend", "budget_reset_at"})


@dataclass(frozen=True)
class Done:
    """What a stage left behind: how many rows of which table were inserted, updated, deleted."""

    counts: Mapping[tuple[str, str], int]

    def __bool__(self) -> bool:
        return bool(self.counts)


def run(stage: Stage) -> Done:
    """Makes the changes of a stage. Raises Conflict where a row is no longer there."""
    unit = stage.unit
    rows = list(stage.changed())
    if not rows:
        return Done({})
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.table, row.action or ""].append(row)
    for (table, action), members in groups.items():
        if action == "update":
            _stamp(members, unit.columns(table), unit.now)
    order = _parents_first({table for table, _ in groups})
    for table in order:
        _insert(stage, table, groups.get((table, "insert"), []))
    for table in order:
        _update(stage, table, groups.get((table, "update"), []))
    for table in reversed(order):
        _delete(stage, table, groups.get((table, "delete"), []))
    audit.record(unit, rows)
    return Done({group: len(members) for group, members in groups.items()})


def _stamp(rows: Iterable[Row], live: Mapping[str, Any], now: datetime) -> None:
    """The gateway's client sets `updated_at` on every update; no trigger does.

    From 1.100 on a key bears the moment of its settings too, which a change of its spend alone leaves as it is.
    """
    for row in rows:
        assert row.after is not None
        if "settings_updated_at" in live and row.changed().keys() - COUNTERS:
            row.after["settings_updated_at"] = now
        if "updated_at" in live:
            row.after["updated_at"] = now


@cache
def _parents_of(table: str) -> frozenset[str]:
    known = schema_of_record.table(table)
    return frozenset(other for _, other, _ in known.references) if known else frozenset()


def _parents_first(tables: set[str]) -> list[str]:
    from graphlib import TopologicalSorter

    graph = {table: _parents_of(table) & tables - {table} for table in sorted(tables)}
    return list(TopologicalSorter(graph).static_order())


def _insert(stage: Stage, table: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    unit = stage.unit
    live = unit.needed(table)
    _number(stage, table, rows)
    columns = list(rows[0].after or {})
    forms = {place: form for place, name in enumerate(columns) if (form := _form(live.c[name].type))}
    unit.sending.send(Rows(f'"{table}"', columns, _formed(rows, columns, forms)))


def _number(stage: Stage, table: str, rows: Sequence[Row]) -> None:
    """Takes the next numbers of a serial key, and tells them to whoever waits for them."""
    if not stage.waits:
        return
    waiting = [row for row in rows if any(isinstance(value, Later) for value in (row.after or {}).values())]
    own = [row for row in waiting if isinstance(row[stage.unit.key_of(table)[0]], Later)]
    if own:
        key = stage.unit.key_of(table)[0]
        sequence = sa.text("SELECT nextval(pg_get_serial_sequence(:table, :key)) FROM generate_series(1, :n)")
        numbers = stage.unit.connection.scalars(sequence, {"table": f'"{table}"', "key": key, "n": len(own)}).all()
        for row, number in zip(own, numbers, strict=True):
            row[key].value = number
    for row in waiting:
        row.after = {
            name: value.value if isinstance(value, Later) else value for name, value in (row.after or {}).items()
        }


def _update(stage: Stage, table: str, rows: Sequence[Row]) -> None:
    sets: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        row.after = {
            name: value.value if isinstance(value, Later) else value for name, value in (row.after or {}).items()
        }
        sets[tuple(row.changed())].append(row)
    key = stage.unit.key_of(table)
    for columns, members in sets.items():
        kinds = {name: stage.unit.needed(table).c[name].type for name in columns}
        records = [
            {"before": {name: _plain((row.before or {})[name]) for name in key},
             "after": {name: _plain((row.after or {})[name]) for name in columns}}
            for row in members
        ]  # fmt: skip
        values = ", ".join(f'"{name}" = {_assigned(name, kinds[name])}' for name in columns)
        head = f'UPDATE "{table}" t SET {values}'  # noqa: S608 - names of the schema, no values
        _matching(stage, head, table, records, "FROM", len(members))


def _assigned(name: str, kind: sa.types.TypeEngine[Any]) -> str:
    """JSON is taken as it stands, so that a JSON null stays one and SQL NULL comes as an absent member."""
    return f"v.after -> '{name}'" if isinstance(kind, JSONB) else f'a."{name}"'


def _delete(stage: Stage, table: str, rows: Sequence[Row]) -> None:
    key = stage.unit.key_of(table)
    records = [{"before": {name: _plain((row.before or {})[name]) for name in key}, "after": {}} for row in rows]
    if records:
        head = f'DELETE FROM "{table}" t'  # noqa: S608 - names of the schema, no values
        _matching(stage, head, table, records, "USING", len(rows))


def _matching(stage: Stage, head: str, table: str, records: list[dict[str, Any]], word: str, expected: int) -> None:
    """Runs an UPDATE or DELETE over the rows whose key is in `records`; PostgreSQL itself gives the values their
    types."""
    key = stage.unit.key_of(table)
    on = " AND ".join(f't."{name}" = b."{name}"' for name in key)
    if any(name in records[0]["after"] for name in key):
        # A row that gets another key may have got it already, by the cascade of the row that it refers to.
        moved = " AND ".join(f't."{name}" = coalesce(a."{name}", b."{name}")' for name in key)
        on = f"(({on}) OR ({moved}))"
    statement = (
        f"{head} {word} jsonb_to_recordset(CAST(:records AS jsonb)) AS v(before jsonb, after jsonb), "
        f'LATERAL jsonb_populate_record(NULL::"{table}", v.before) b, '
        f'LATERAL jsonb_populate_record(NULL::"{table}", v.after) a WHERE {on}'
    )
    for record in records:
        record["after"] = {name: value for name, value in record["after"].items() if value is not None}
    text = json.dumps(records, ensure_ascii=False, default=_json)
    done = stage.unit.connection.execute(sa.text(statement.replace("::", "\\:\\:")), {"records": text})
    if done.rowcount != expected:
        raise Conflict(
            f"{expected - done.rowcount} of {expected} rows of {table} changed meanwhile", "Run the command again."
        )


IMAGES = """
    SELECT change_set_id, seq, table_name, before, after FROM gwctl.row_image
    WHERE gateway_schema = :schema AND table_name = ANY(:tables) AND (change_set_id, seq) > (:last, :seq)
    ORDER BY change_set_id, seq LIMIT 2000
"""
REWRITE = """
    UPDATE gwctl.row_image i SET before = coalesce(v.before, i.before), after = coalesce(v.after, i.after)
    FROM jsonb_to_recordset(CAST(:records AS jsonb)) AS v(id text, seq bigint, before jsonb, after jsonb)
    WHERE i.change_set_id = v.id AND i.seq = v.seq
"""


def rewrite_images(unit: Unit, tables: Iterable[str], rewrite: Callable[[str, Any], Any]) -> int:
    """Gives images of rows of some tables other values: `rewrite(table, values)` says which, None leaves them.

    How many images changed. Batch by batch, in the order of their keys.
    """
    if "row_image" not in unit.catalogue.own:
        return 0
    unit.sending.finish()
    asked = {"schema": unit.catalogue.schema, "tables": sorted(tables), "last": "", "seq": 0}
    count = 0
    while rows := unit.connection.execute(sa.text(IMAGES), asked).mappings().all():
        asked |= {"last": rows[-1]["change_set_id"], "seq": rows[-1]["seq"]}
        records = [
            {"id": row["change_set_id"], "seq": row["seq"],
             **{name: rewrite(row["table_name"], row[name]) for name in ("before", "after")}}
            for row in rows
        ]  # fmt: skip
        changed = [{k: v for k, v in one.items() if v is not None} for one in records if one["before"] or one["after"]]
        if changed:
            unit.connection.execute(sa.text(REWRITE), {"records": json.dumps(changed, ensure_ascii=False)})
        count += len(changed)
    return count


def _formed(rows: Iterable[Row], columns: Sequence[str], forms: Mapping[int, Form]) -> Iterator[list[Any]]:
    """Rows as COPY takes them; `forms` by the place of the column."""
    taken = itemgetter(*columns, columns[0])  # of two at least, so that it is always a tuple
    for row in rows:
        *values, _ = taken(row.after or {})
        for place, form in forms.items():
            if (value := values[place]) is not None:
                values[place] = form(value)
        yield values


def _form(kind: sa.types.TypeEngine[Any]) -> Form | None:
    """How a value that is there is given to COPY for a column of that type; None where it goes as it is."""
    if isinstance(kind, JSONB):
        return _json_text
    if isinstance(kind, ARRAY):
        return _array
    return _plain if isinstance(kind, sa.types.DateTime | UtcTimestamp) else None


def _json_text(value: Any) -> str:
    if value is JSON_NULL:
        return "null"
    return json_text(value, _json) if value or value != {} else "{}"  # most of them are empty


def _array(value: Any) -> Any:
    """A list as PostgreSQL writes it; of texts at once, of others by the driver."""
    if not value:
        return "{}"
    return array(value) if all(isinstance(one, str) for one in value) else list(value)


def _plain(value: Any) -> Any:
    """Aware moments as the naive UTC that the columns hold."""
    return _stored(value) if isinstance(value, datetime) and value.tzinfo else value


@lru_cache(maxsize=256)
def _stored(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _json(value: Any) -> Any:
    if value is JSON_NULL:
        return None
    if isinstance(value, datetime):
        return _plain(value).isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def own(unit: Unit, set_name: str, claims: Iterable[Any], released: Iterable[Any]) -> None:
    """Notes that a set owns objects from now on, and that it owns others no longer. Each is a (kind, object_id)."""
    gone = [{"kind": one.kind, "object_id": one.object_id} for one in released]
    if gone:
        unit.connection.execute(
            sa.text(RELEASE), {"schema": unit.catalogue.schema, "set": set_name, "gone": json.dumps(gone)}
        )
    columns = ("gateway_schema", "set_name", "kind", "object_id", "change_set_id")
    rows = [[unit.catalogue.schema, set_name, one.kind, one.object_id, unit.change_set] for one in claims]
    if rows:
        unit.sending.send(Rows("gwctl.owned_object", columns, rows))


RELEASE = """
    DELETE FROM gwctl.owned_object o USING jsonb_to_recordset(CAST(:gone AS jsonb)) AS g(kind text, object_id text)
    WHERE o.gateway_schema = :schema AND o.set_name = :set AND o.kind = g.kind AND o.object_id = g.object_id
"""


def forget_images(unit: Unit, until: datetime) -> int:
    """Deletes the images of change sets that are older; the sets themselves stay, and that it was done is one of its
    own. How many rows went."""
    where = {"schema": unit.catalogue.schema, "until": until}
    count: int = unit.connection.execute(sa.text(FORGET), where).rowcount
    if count:
        audit.record(unit, ())
    return count


FORGET = """
    DELETE FROM gwctl.row_image i USING gwctl.change_set c
    WHERE c.id = i.change_set_id AND c.gateway_schema = :schema AND c.at < :until
"""
