"""Rows that the database itself would touch when rows are deleted: those of tables that gwctl does not know.

A gateway's database may hold tables of a newer release or of somebody else, with foreign keys into the gateway's own.
What such a key does on delete is counted before: a row in the way refuses the deletion; rows that would go along, or
lose their reference, are told as effects of the change, and for those that go nothing can bring them back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import catalogue
from gwctl.core.catalogue import ForeignKey
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict
from gwctl.schema import record

STOPS = ("RESTRICT", "NO ACTION")


def check(stage: Stage, changes: Iterable[Change]) -> None:
    """Counts what hangs on the rows that changes delete by foreign keys that gwctl does not know.

    Refuses a change with Conflict where rows are in its way, and without `force` where rows would go with it.
    Each row is looked at once. One query over the catalogue, and one more for each such key.
    """
    causes = {id(change): change for change in changes if not change.troubles}
    gone: dict[str, list[Row]] = defaultdict(list)
    for row in stage.changed():
        if row.action == "delete" and id(row.cause) in causes:
            gone[row.table].append(row)
    if not gone:
        return
    unit = stage.unit
    for key in catalogue.foreign_keys_into(unit.connection, unit.catalogue.schema, *gone):
        if not _is_known(unit.catalogue.schema, key):
            _hold(stage, key, gone[key.target], causes)
    for rows in gone.values():
        for row in rows:
            row.cause = None


def _is_known(here: str, key: ForeignKey) -> bool:
    """Whether the schema of record has that key; what it does on delete is the rules' business then."""
    known = record.table(key.table) if key.schema == here else None
    ends = {(column, key.target, target) for column, target in zip(key.columns, key.target_columns, strict=True)}
    return known is not None and ends <= set(known.references)


def _hold(stage: Stage, key: ForeignKey, rows: Sequence[Row], causes: Mapping[int, Change]) -> None:
    """Tells each change what one key does to it."""
    name = key.table if key.schema == stage.unit.catalogue.schema else f"{key.schema}.{key.table}"
    counts: dict[int, int] = defaultdict(int)
    for row, count in _counted(stage, key, rows):
        counts[id(row.cause)] += count
    for cause, count in counts.items():
        change, many = causes[cause], f"{count} row{'s' if count != 1 else ''} of {name}"
        if key.on_delete in STOPS:
            change.refuse(
                f"{change.entity.name} {change.name!r} is still used: {many} in the way, by {key.name}",
                kind=Conflict,
                hint=f"gwctl does not know {name}: its rows must go or let go first.",
            )
        elif key.on_delete == "CASCADE":
            _take_along(stage, change, name, many, count)
        else:
            stage.effects.setdefault(cause, Counter())[name, "update"] += count
            change.warn(f"{many}: the reference to {change.name} is emptied, and undo cannot set it again")


def _take_along(stage: Stage, change: Change, name: str, many: str, count: int) -> None:
    stage.effects.setdefault(id(change), Counter())[name, "delete"] += count
    message = f"{many}, which gwctl does not know, would go with {change.entity.name} {change.name!r}"
    if stage.force:
        change.warn(f"{message}; that cannot be undone")
    else:
        change.refuse(f"{message}; that cannot be undone", hint="--force goes on.")


def _counted(stage: Stage, key: ForeignKey, rows: Sequence[Row]) -> Iterator[tuple[Row, int]]:
    """Each row that others refer to by that key, and how many they are."""
    kinds = [stage.unit.needed(key.target).c[name].type for name in key.target_columns]
    source = sa.table(key.table, *map(sa.column, key.columns, kinds), schema=key.schema)
    columns = [source.c[name] for name in key.columns]
    clauses = [
        column == sa.any_(sa.literal(list({(row.before or {})[name] for row in rows}), ARRAY(kind)))
        for column, name, kind in zip(columns, key.target_columns, kinds, strict=True)
    ]
    found = stage.unit.connection.execute(sa.select(sa.func.count(), *columns).where(*clauses).group_by(*columns))
    counts = {tuple(values): count for count, *values in found}
    for row in rows:
        count = counts.get(tuple((row.before or {})[name] for name in key.target_columns))
        if count:
            yield row, count
