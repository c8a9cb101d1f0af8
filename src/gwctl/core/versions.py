"""Things whose rows are versions: which row stands for a name, which one `NAME@N` is, which one a manifest means.

The row whose state rules stands for its name, else the one of the highest number. Versions may be counted apart by a
further column; `NAME@PART` names one, as `NAME@N` names a version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity, Versions


def split(entity: Entity, name: str) -> tuple[str, str]:
    """A name, and what stands behind its last `@`: a version's number, or the part that it is counted in."""
    bare, sign, which = name.rpartition("@")
    if entity.versions is None or not sign or not bare or not which:
        return name, ""
    return (bare, which) if which.isdecimal() or entity.versions.part else (name, "")


def named(entity: Entity, name: str, rows: Iterable[Row]) -> list[Row]:
    """Of the versions of a name, those that `name` may mean: one, if it is clear."""
    marks = entity.versions
    assert marks is not None
    bare, which = split(entity, name)
    rows = [row for row in rows if row[entity.identity] == bare]
    if which.isdecimal():
        return [row for row in rows if row[marks.number] == int(which)]
    if which:
        rows = [row for row in rows if part(marks, row) == which]
    return standing(entity, rows)


def standing(entity: Entity, rows: Iterable[Row]) -> list[Row]:
    """The version that stands for each part of a name; of two that rule, the one that the gateway reads last."""
    marks = entity.versions
    assert marks is not None
    parts: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        parts[part(marks, row)].append(row)
    return [_first(marks, members) for members in parts.values()]


def _first(marks: Versions, rows: Sequence[Row]) -> Row:
    ruling = [row for row in rows if marks.state and row[marks.state] == marks.ruling]
    if ruling:
        return min(ruling, key=lambda row: row["created_at"])
    return max(rows, key=lambda row: row[marks.number] or 0)


def part(marks: Versions, row: Row | Mapping[str, Any]) -> Any:
    """The part that a row, or what was asked for, is counted in."""
    if marks.part is None:
        return None
    value = row[marks.part] if isinstance(row, Row) else row.get(marks.part)
    return value or marks.common


def meant(entity: Entity, fields: Mapping[str, Any], rows: Iterable[Row]) -> list[Row]:
    """Of the versions of a name, the one that a manifest is compared with: the newest of the state that it names, else
    the one that stands for the name."""
    marks = entity.versions
    assert marks is not None
    rows = [row for row in rows if part(marks, row) == part(marks, fields)]
    state = fields.get(marks.state) if marks.state else None
    wanted = [row for row in rows if marks.state and row[marks.state] == state]
    if wanted and state != marks.ruling:
        return [max(wanted, key=lambda row: row[marks.number] or 0)]
    return standing(entity, rows)


def of(stage: Stage, entity: Entity, names: Iterable[str], *, change: bool = False) -> list[Row]:
    """All versions of things, by number."""
    assert entity.versions is not None
    number = entity.versions.number
    rows = stage.load(entity.table, entity.identity, names, change=change)
    return sorted(rows, key=lambda row: (row[entity.identity], row[number] or 0))


def whole(stage: Stage, entity: Entity, names: Sequence[str] | None, rows: Sequence[Row]) -> list[Row]:
    """What a deletion takes: a name all versions of it, `NAME@N` and an id the one."""
    if entity.versions is None:
        return list(dict.fromkeys(rows))
    bare = {name for name in names or () if split(entity, name)[0] == name}
    alone = {row[entity.key] for row in rows if row[entity.key] in bare or row[entity.identity] not in bare}
    whole = of(stage, entity, {row[entity.identity] for row in rows if row[entity.key] not in alone}, change=True)
    return list({id(row): row for row in [*(row for row in rows if row[entity.key] in alone), *whole]}.values())


def stands(unit: Unit, entity: Entity, main: sa.Table) -> sa.ColumnElement[bool]:
    """That a row stands for its name, as a condition of a list."""
    marks = entity.versions
    assert marks is not None
    other = main.alias()
    same = [other.c[entity.identity] == main.c[entity.identity]]
    if marks.part and unit.has(entity.table, marks.part):
        same.append(other.c[marks.part] == main.c[marks.part])
    newer = other.c[marks.number] > main.c[marks.number] if marks.number in main.c else sa.false()
    if marks.state:
        rules = main.c[marks.state] == marks.ruling
        newer = sa.and_(sa.not_(rules), sa.or_(other.c[marks.state] == marks.ruling, newer))
    return sa.not_(sa.exists().where(*same, newer))
