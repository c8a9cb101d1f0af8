"""Row changes before they are made: what a plan is made of, what the store runs, what images are taken of.

Rules read rows from a stage and say on it what shall become of them; nothing is executed. A stage shows rows as they
will be, so that what is said later sees what was said earlier: a team's members can be changed twice in a batch. In a
writing unit rows are locked as they are loaded: FOR NO KEY UPDATE what is to be changed, FOR KEY SHARE what is only
looked at, always in the order of their primary keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core.encoders import array

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

Key = tuple[Any, ...]


class Later:
    """A value that only the database can give, as the next number of a sequence; known once the store ran."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None


class Row:
    """One row of a table: as it is (`before`, None if it is new) and as it will be (`after`, None if it goes)."""

    __slots__ = ("after", "audited", "before", "cause", "locked", "planned", "table")

    def __init__(self, table: str, before: dict[str, Any] | None, after: dict[str, Any] | None, locked: bool) -> None:
        self.table = table
        self.before = before
        self.after = after
        self.locked = locked
        self.audited: str | None = None
        self.planned = False
        """Whether an earlier batch of a rehearsal changes it, so that it is as the database would then have it."""
        self.cause: object = None
        """On whose behalf it is made or goes; of what goes, until what hangs on it has been looked for."""

    def __getitem__(self, column: str) -> Any:
        """The value to be; of a row that goes, the value it had. None where the database has no such column."""
        return (self.after if self.after is not None else self.before or {}).get(column)

    @property
    def action(self) -> str | None:
        """insert, update, delete, or None where nothing changes."""
        if self.before is None:
            return None if self.after is None else "insert"
        if self.after is None:
            return "delete"
        return "update" if self.changed() else None

    def changed(self) -> dict[str, Any]:
        """The columns whose values will differ, with their new values."""
        before, after = self.before or {}, self.after or {}
        return {column: value for column, value in after.items() if column not in before or before[column] != value}

    def items(self, column: str) -> list[Any]:
        """A list column or a JSON list; NULL and `{}` are empty."""
        value = self[column]
        return list(value) if isinstance(value, list | tuple) else []

    def object(self, column: str) -> dict[str, Any]:
        """A JSON object column; NULL, JSON null and anything else is empty."""
        value = self[column]
        return dict(value) if type(value) is dict else {}


class Stage:
    """The rows that a plan reads and changes, by table and primary key."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.rows: dict[str, dict[Key, Row]] = {}
        self.effects: dict[int, Counter[tuple[str, str]]] = {}
        self.waits = False
        """Whether a row holds a value that is only known later."""
        self.force = False
        """Whether the person insists on what rules would otherwise refuse."""
        self._absent: set[tuple[str, str, Any]] = set()
        self._looked_for: dict[tuple[str, str, bool], set[Any]] = {}
        """The values that rows were searched for, by table, column and whether to be changed."""

    # Looking

    def load(self, table: str, column: str, values: Iterable[Any], *, change: bool = False) -> list[Row]:
        """The rows whose `column` is one of `values`; of an array column, holds one of them.

        `change`: they are to be changed. A table or column that this database does not have has no rows.
        """
        wanted = list(dict.fromkeys(value for value in values if value is not None))
        live = self.unit.table(table)
        if not wanted or live is None or column not in live.c:
            return []
        known = self.rows.setdefault(table, {})
        by_key = self.unit.key_of(table) == (column,)
        done = self._looked_for.get((table, column, change), ())
        missing = [v for v in wanted if not (self._is_known(known, table, column, v, change) if by_key else v in done)]
        missing = [value for value in missing if not isinstance(value, Later)]
        if missing:
            target = live.c[column]
            if isinstance(target.type, ARRAY):
                clause = target.overlap(_operand(missing, target.type.item_type))
            else:
                clause = target == sa.any_(_operand(missing, target.type))
            self.search(table, clause, change=change)
            if not by_key and (self.unit.alone or not self.unit.writing):  # else somebody may make one meanwhile
                for one in {change, False}:
                    self._looked_for.setdefault((table, column, one), set()).update(missing)
            if by_key and not self.unit.writing:
                self._absent.update((table, column, v) for v in missing if (v,) not in known)
        if by_key:
            return [row for v in wanted if (row := known.get((v,))) and row.after is not None]
        values = set(wanted)
        return [row for row in known.values() if row.after is not None and _holds(row.after.get(column), values)]

    def search(self, table: str, clause: sa.ColumnElement[bool], *, change: bool = False) -> list[Row]:
        """The rows of the database that fit a clause, as they will be; rows that are only staged are not searched."""
        live = self.unit.table(table)
        if live is None:
            return []
        key = self.unit.key_of(table)
        statement = sa.select(*live.c).where(clause).order_by(*(live.c[name] for name in key))
        if self.unit.writing:
            statement = statement.with_for_update(key_share=True, read=not change)
        found = self.unit.connection.execute(statement)
        names = tuple(found.keys())
        rows = [self._take(table, key, dict(zip(names, values, strict=True)), change) for values in found.all()]
        return [row for row in rows if row.after is not None]

    def seize(self, rows: Sequence[Row]) -> None:
        """Locks rows of one table FOR UPDATE, since they are to be deleted: whoever is referring to one is waited for,
        and whoever wants to waits. What refers to them is to be loaded afterwards."""
        if not rows or not self.unit.writing:
            return
        live = self.unit.needed(rows[0].table)
        key = live.c[self.unit.key_of(rows[0].table)[0]]
        clause = key == sa.any_(sa.literal([row[key.name] for row in rows], ARRAY(key.type)))
        self.unit.connection.execute(sa.select(key).where(clause).order_by(key).with_for_update())
        self._looked_for.clear()

    def later(self) -> Later:
        """A value for new rows that the database will give."""
        self.waits = True
        return Later()

    def get(self, table: str, value: Any, *, change: bool = False) -> Row | None:
        """The row of that primary key (of one column), or None."""
        rows = self.load(table, self.unit.key_of(table)[0], [value], change=change)
        return rows[0] if rows else None

    def _is_known(self, known: Mapping[Key, Row], table: str, column: str, value: Any, change: bool) -> bool:
        row = known.get((value,))
        if row is None:
            return (table, column, value) in self._absent and not self.unit.writing
        return row.locked or not change or not self.unit.writing

    def _take(self, table: str, key: Sequence[str], values: dict[str, Any], change: bool) -> Row:
        identity = tuple(values[name] for name in key)
        known = self.rows.setdefault(table, {})
        row = known.get(identity)
        if row is None:
            row = known[identity] = Row(table, values, dict(values), change)
        elif change and not row.locked:
            if row.action is None:
                row.before, row.after = values, dict(values)
            row.locked = True
        return row

    # Saying

    def insert(self, table: str, values: Mapping[str, Any], *, cause: object = None, audited: str | None = None) -> Row:
        """A new row. Columns that are not given get, in words, what the schema of record would default them to.

        Raises SchemaMismatch where the table is missing, or wants a column that gwctl knows nothing of.
        """
        row = Row(table, None, self.unit.filled(table, values), True)
        row.audited, row.cause = audited, cause
        self.rows.setdefault(table, {})[self._key(table, row.after or {})] = row
        self._count(cause, table, "insert")
        return row

    def update(self, row: Row, values: Mapping[str, Any], *, cause: object = None, audited: str | None = None) -> None:
        """Other values for columns of a row; columns that this database does not have are left out."""
        assert row.after is not None, f"a row of {row.table} is changed after it was deleted"
        assert row.locked or not self.unit.writing, f"a row of {row.table} is changed that was not loaded for change"
        live = self.unit.columns(row.table)
        self.unit.refuse_mistyped(row.table, (name for name, value in values.items() if row.after.get(name) != value))
        was = row.action
        row.after = {**row.after, **{column: value for column, value in values.items() if column in live}}
        row.audited = audited or row.audited
        if was is None and row.action:
            self._count(cause, row.table, "update")

    def delete(self, row: Row, *, cause: object = None, audited: str | None = None) -> None:
        """The row goes."""
        assert row.locked or not self.unit.writing, f"a row of {row.table} is deleted that was not loaded for change"
        if row.after is not None:
            row.after = None
            row.cause = cause
            row.audited = audited or row.audited
            self._count(cause, row.table, "delete")

    def move(self, row: Row, values: Mapping[str, Any], *, cause: object = None, audited: str | None = None) -> None:
        """As `update`, where the values give the row another primary key."""
        self.update(row, values, cause=cause, audited=audited)
        self.rows[row.table][self._key(row.table, row.after or {})] = row

    def changed(self) -> Iterator[Row]:
        """Each row that will differ, once."""
        for table in list(self.rows):
            seen: set[int] = set()
            for row in list(self.rows[table].values()):
                if row.action and id(row) not in seen:
                    seen.add(id(row))
                    yield row

    def forget(self, changes: Iterable[object], *, lasting: bool = True) -> None:
        """What a batch read and changed is not needed any more.

        What was written lies in the database. By reading alone nothing is written, and later batches have to be shown
        what earlier ones would have done: rows that change stay, as if they had been written, but for those made on
        behalf of `changes` to which nothing later refers (`lasting`).
        """
        gone = set() if lasting else {id(change) for change in changes if not getattr(change, "lasting", False)}
        for table, rows in self.rows.items():
            self.rows[table] = {} if self.unit.writing else {k: row for k, row in rows.items() if _stays(row, gone)}
            for row in rows.values():
                row.cause = None  # a change and its row would keep each other in memory
            for row in self.rows[table].values():
                row.planned = True
                row.before = dict(row.after) if row.after is not None else row.before
        self._absent.clear()
        self._looked_for.clear()
        self.effects.clear()

    def effects_of(self, cause: object) -> Counter[tuple[str, str]]:
        """How many rows of which table are inserted, updated, deleted on behalf of a change."""
        found = self.effects.get(id(cause))
        return Counter() if found is None else found

    def _key(self, table: str, values: Mapping[str, Any]) -> Key:
        key = self.unit.key_of(table)
        return (values.get(key[0]),) if len(key) == 1 else tuple(values.get(name) for name in key)

    def _count(self, cause: object, table: str, action: str) -> None:
        if cause is None:
            return
        counts = self.effects.get(id(cause))
        if counts is None:
            counts = self.effects[id(cause)] = Counter()
        counts[table, action] += 1


def _operand(values: list[Any], kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """Values as one parameter. Texts are written as an array here, since the driver takes its time for each.

    Such a parameter has no type of its own but the cast's, so that PostgreSQL plans with its values.
    """
    if isinstance(kind, sa.Text) and all(isinstance(value, str) for value in values):
        return sa.cast(sa.literal(array(values), sa.types.NULLTYPE), ARRAY(kind))
    return sa.literal(values, ARRAY(kind))


def _stays(row: Row, gone: set[int]) -> bool:
    return row.planned or (row.action is not None and not (row.before is None and id(row.cause) in gone))


def _holds(value: Any, wanted: Collection[Any]) -> bool:
    return any(item in wanted for item in value) if isinstance(value, (list, tuple)) else value in wanted
