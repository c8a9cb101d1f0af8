"""What stood before something was made, and so stays when its making is taken back.

The rules of a deletion tidy: they take names out of lists, and delete what would be left without a target. When a thing
is deleted because its making is taken back, only what came since is to be tidied: a team's list may have named a model
long before there was one. What stood is read from the first image of a row since the making, and is what the row holds
where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gwctl.core import audit, hidden, images
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Refused

SINCE = """
    SELECT i.table_name, i.object_id, i.action, i.before FROM gwctl.row_image i
    JOIN gwctl.change_set c ON c.id = i.change_set_id
    JOIN jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(name text, id text)
      ON r.name = i.table_name AND r.id = i.object_id
    WHERE i.gateway_schema = :schema AND c.at >= (SELECT at FROM gwctl.change_set WHERE id = :id)
    ORDER BY c.at, c.id, i.seq
"""

State = tuple[dict[str, Any] | None, str | None, object]


@dataclass(frozen=True)
class Mark:
    """A stage as it was at a moment."""

    rows: Mapping[str, Mapping[Any, Row]]
    states: Mapping[int, State]
    effects: Mapping[int, Counter[tuple[str, str]]]


def mark(stage: Stage) -> Mark:
    rows = {table: dict(known) for table, known in stage.rows.items()}
    states = {id(row): (row.after, row.audited, row.cause) for known in rows.values() for row in known.values()}
    return Mark(rows, states, {change: Counter(counts) for change, counts in stage.effects.items()})


def return_to(stage: Stage, mark: Mark) -> None:
    """The stage as it was; rows that were read since stay known."""
    for table, known in stage.rows.items():
        for key, row in list(known.items()):
            if id(row) in mark.states:
                row.after, row.audited, row.cause = mark.states[id(row)]
            elif row.before is None:
                del known[key]
            else:
                row.after, row.audited, row.cause = dict(row.before), None, None
        known.update(mark.rows.get(table, {}))
    stage.effects.clear()
    stage.effects.update({change: Counter(counts) for change, counts in mark.effects.items()})


def remove(
    stage: Stage, identifier: str, made: set[tuple[str, str]], delete: Callable[[], list[Change]]
) -> list[Change]:
    """Deletes what a change set made; what stood before is left as it was. `made`: its rows, by table and object id.

    What rules refuse is refused, unless all that they refused it for stood before.
    """
    start = mark(stage)
    changes = delete()
    if any(trouble.kind is Refused for change in changes for trouble in change.troubles) and not stage.force:
        return_to(stage, start)
        stage.force = True
        changes = delete()
        stage.force = False
        if _put_back(stage, start, identifier, changes) <= made:
            for change in changes:
                change.warnings.clear()
            return changes
        return_to(stage, start)
        changes = delete()
    _put_back(stage, start, identifier, changes)
    return changes


def _put_back(stage: Stage, start: Mark, identifier: str, changes: Sequence[Change]) -> set[tuple[str, str]]:
    """Undoes the tidying of what stood, and returns the rows that change all the same."""
    touched = [row for row in _distinct(stage) if row.before is not None and _is_touched(row, start)]
    since = _since(stage, identifier, touched)
    left = set()
    for row in touched:
        was = start.states[id(row)][0] if id(row) in start.states else row.before
        if was is None:
            continue
        name = _name(stage, row)
        first = _first(stage, row, since.get(name, []), was)
        if row.after is None:
            if first is not None and name not in since:
                row.after, row.audited, row.cause = was, None, None
                _forget(stage, row.table, "delete", changes)
        elif first is not None:
            stood = {column: _kept(value, row.after[column], first.get(column)) for column, value in was.items()}
            row.after = {**row.after, **stood}
            if row.after == was:
                _forget(stage, row.table, "update", changes)
        if row.after != was:
            left.add(name)
    return left


def _distinct(stage: Stage) -> Iterable[Row]:
    return {id(row): row for known in stage.rows.values() for row in known.values()}.values()


def _is_touched(row: Row, start: Mark) -> bool:
    was = start.states[id(row)][0] if id(row) in start.states else row.before
    return row.after is not was and row.after != was


def _name(stage: Stage, row: Row) -> tuple[str, str]:
    return row.table, audit.object_id(stage.unit.key_of(row.table), row.before)


def _since(stage: Stage, identifier: str, rows: Sequence[Row]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    import json

    names = [{"name": table, "id": id_} for table, id_ in (_name(stage, row) for row in rows)]
    asked = {"rows": json.dumps(names), "schema": stage.unit.catalogue.schema, "id": identifier}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for image in stage.unit.connection.execute(sa.text(SINCE), asked).mappings() if rows else ():
        found.setdefault((image["table_name"], image["object_id"]), []).append(dict(image))
    return found


def _first(stage: Stage, row: Row, since: Sequence[Mapping[str, Any]], was: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row as it stood, or None if it was not there."""
    stood = dict(was)
    if since and since[0]["action"] == "insert":
        return None
    for image in reversed(since):
        stood.update(images.decoded(stage.unit.needed(row.table), hidden.opened(stage.unit, image["before"])))
    return stood


def _kept(was: Any, left: Any, stood: Any) -> Any:
    """A value that a rule tidied, with what stood in it."""
    if was in (left, stood):
        return was
    if isinstance(was, list) and isinstance(left, list):
        return [one for one in was if one in left or (isinstance(stood, list) and one in stood)]
    if isinstance(was, dict) and isinstance(left, dict):
        known = stood if isinstance(stood, dict) else {}
        return {
            key: _kept(value, left[key], known.get(key)) if key in left else value
            for key, value in was.items()
            if key in left or known.get(key) == value
        }
    return left


def _forget(stage: Stage, table: str, action: str, changes: Sequence[Change]) -> None:
    """A row that is put back counts as no effect."""
    for change in changes:
        counts = stage.effects.get(id(change))
        if counts and counts[table, action]:
            counts[table, action] -= 1
            return
