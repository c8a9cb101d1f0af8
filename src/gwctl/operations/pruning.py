"""Deleting old rows of tables that grow and that no proxy ever clears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gwctl import durations
from gwctl.core import changes
from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.describe import Entity


def prune(
    stage: Stage, entity: Entity, column: str, older_than: str, *, limit: int, newest_of: Sequence[str] = ()
) -> list[Change]:
    """Deletes the oldest rows whose `column` lies longer ago than a span, no more than `limit`.

    `newest_of`: of the rows that agree in these columns, the newest stays however old it is. Raises Invalid for a span
    that is none.
    """
    unit = stage.unit
    live = unit.table(entity.table)
    if live is None:
        return []
    until = unit.now - (durations.add(older_than, unit.now) - unit.now)
    old = sa.select(live.c[entity.key]).where(live.c[column] < until)
    if newest_of:
        old = old.where(_has_newer(live, entity.key, column, newest_of))
    ids = unit.connection.scalars(old.order_by(live.c[column], live.c[entity.key]).limit(limit)).all()
    rows = stage.load(entity.table, entity.key, ids, change=True)
    return changes.delete(stage, entity, rows) if rows else []


def _has_newer(live: sa.Table, key: str, column: str, same: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether another row of the same group is newer, or as new and behind in the order of keys."""
    other: Any = live.alias("other")
    newer = sa.tuple_(other.c[column], other.c[key]) > sa.tuple_(live.c[column], live.c[key])
    agree = [other.c[name].is_not_distinct_from(live.c[name]) for name in same]
    return sa.exists().where(*agree, newer)
