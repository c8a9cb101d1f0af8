"""All sealed texts of a database under another salt key, in one transaction.

What opens with the old key is sealed with the new one; what opens with the new one is done already; what is no sealed
text stays, or is sealed if that is asked for; what opens with neither is in the way, or is given up by name. Images of
earlier changes move along, so that an undo never brings back what the new key does not open.
The gateway's own rotation forgets tables and, with a salt key set, seals models under the master key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from gwctl import sealing
from gwctl.core import hidden, sealed, sealed_states, store
from gwctl.core.sealed import Place
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.errors import Conflict, Invalid, Problem, Refused, SchemaMismatch
from gwctl.secrets import Secret

RESEALED, ALREADY, ADOPTED, DROPPED = "resealed", "already", "adopted", "dropped"


@dataclass
class Resealing:
    """What becomes of the texts: how many of each table and state, and the names of those that are told one by one."""

    old: str = field(repr=False)
    new: str = field(repr=False)
    drop: bool = False
    adopt: bool = False
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    images: int = 0
    sealed: dict[str, str] = field(default_factory=dict)
    """What each text has become: an image holds the very text that its row holds, so that a change before can still be
    taken back."""

    def again(self, text: str) -> str | None:
        """A text that opens with the old key, sealed with the new one; None for any other."""
        if text not in self.sealed:
            plain = sealing.opens(text, self.old)
            if plain is None:
                return None
            self.sealed[text] = sealing.anew(text, plain, self.new)
        return self.sealed[text]

    def records(self) -> list[dict[str, Any]]:
        states = (RESEALED, ALREADY, ADOPTED, sealed_states.PLAIN, DROPPED)
        places = dict.fromkeys((table, column) for table, column, _ in self.counts)
        return [
            {"table": table, "column": column, **{one: self.counts[table, column, one] for one in states}}
            for table, column in places
        ]


def reseal(unit: Unit, new: str, *, drop: bool = False, adopt: bool = False) -> Resealing:
    """Does it, and opens everything again. Raises Refused for texts that open with no key, SchemaMismatch where a newer
    gateway has sealed texts in tables that gwctl does not write to."""
    work = Resealing(unit.vault.needed(), new, drop, adopt)
    if work.old == new:
        raise Invalid("the new salt key is the old one", "Nothing would change.")
    unit.vault.next = Secret(new)
    _lock(unit)
    _refuse_unknown(unit, work)
    stage = Stage(unit)
    for place in sealed.EVERY:
        table = unit.table(place.table)
        if table is not None and place.column in table.c:
            for row in stage.search(place.table, place.clause(table), change=True):
                _one(stage, place, row, work)
    if work.unreadable and not drop:
        raise _in_the_way(work)
    store.run(stage)
    tables = {place.table for place in sealed.EVERY} | _with_secrets(unit)
    work.images = store.rewrite_images(unit, tables, _rewriting(work))
    _verify(unit, work)
    return work


def _lock(unit: Unit) -> None:
    """Nobody else writes to these tables until the end; reading goes on."""
    tables = dict.fromkeys(place.table for place in sealed.EVERY if unit.has(place.table))
    names = ", ".join(f'"{table}"' for table in tables)
    unit.connection.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _refuse_unknown(unit: Unit, work: Resealing) -> None:
    found = [f"{table}.{column}" for table, column, _ in sealed_states.beyond(unit, work.old)]
    if found:
        raise SchemaMismatch(
            f"a newer gateway has sealed values in tables of its own: {', '.join(dict.fromkeys(found))}",
            "gwctl would leave them unreadable, so it leaves all as it is.",
        )


def _one(stage: Stage, place: Place, row: Row, work: Resealing) -> None:
    changed: dict[str, str | None] = {}
    for name, text in place.texts(row).items():
        state, value = _fate(place, text, work)
        where = f"{place.table}.{place.column} of {row[place.key]}" + (f": {name}" if name else "")
        if state == sealed_states.UNREADABLE:
            work.unreadable.append(where)
            state = DROPPED
        if state == sealed_states.PLAIN:
            if not place.adopted:
                continue
            work.plain.append(where)
        work.counts[place.table, place.column, state] += 1
        if value != text:
            changed[name] = value
    if changed:
        stage.update(row, {place.column: place.replaced(row, changed)}, cause=work)


def _fate(place: Place, text: str, work: Resealing) -> tuple[str, str | None]:
    """What becomes of a text, and the text that takes its place."""
    anew = work.again(text)
    if anew is not None:
        return RESEALED, anew
    if sealing.opens(text, work.new) is not None:
        return ALREADY, text
    if sealed_states.is_lost(place, text):
        return sealed_states.UNREADABLE, None
    if work.adopt and place.adopted:
        return ADOPTED, sealing.seal(text, work.new)
    return sealed_states.PLAIN, text


def _in_the_way(work: Resealing) -> Refused:
    problems = [Problem("opens neither with the old key nor with the new one", path=one) for one in work.unreadable]
    message = f"{len(problems)} sealed values open neither with the old key nor with the new one"
    message = str(problems[0]) if len(problems) == 1 else message
    return Refused(message, "Nothing was changed. --drop-unreadable gives them up.", problems)


def _with_secrets(unit: Unit) -> set[str]:
    """The tables whose images hold secrets that lie in rows in plain text."""
    if "row_image" not in unit.catalogue.own:
        return set()
    asked = {"schema": unit.catalogue.schema, "mark": f'%"{hidden.WORD}": "{hidden.SEALED}"%'}
    return set(unit.connection.scalars(sa.text(WITH_SECRETS), asked))


WITH_SECRETS = """
    SELECT DISTINCT table_name FROM gwctl.row_image
    WHERE gateway_schema = :schema AND (CAST(before AS text) LIKE :mark OR CAST(after AS text) LIKE :mark)
"""


def _rewriting(work: Resealing) -> Any:
    columns = {(place.table, place.column) for place in sealed.EVERY}

    def part(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "data": work.again(value["data"]) or value["data"]}

    def rewrite(table: str, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """An image with its texts under the new key; what does not open stays as it is."""
        if not values:
            return None
        found = {
            name: _resealed(value, work) if (table, name) in columns else hidden.replaced(value, part)
            for name, value in values.items()
        }
        return {**values, **found} if any(found[name] != values[name] for name in found) else None

    return rewrite


def _resealed(value: Any, work: Resealing) -> Any:
    if isinstance(value, dict):
        return {name: _resealed(item, work) for name, item in value.items()}
    if isinstance(value, list):
        return [_resealed(item, work) for item in value]
    return (work.again(value) if isinstance(value, str) else None) or value


def _verify(unit: Unit, work: Resealing) -> None:
    """Every text is read back: those that were sealed open with the new key, and none with the old."""
    states: Counter[str] = Counter()
    for place, row in sealed_states.rows(unit):
        for text in place.texts(row).values():
            opened = sealing.opens(text, work.new) is not None
            states["new" if opened else "old" if sealing.opens(text, work.old) is not None else "neither"] += 1
    due = sum(count for (_, _, state), count in work.counts.items() if state in (RESEALED, ALREADY, ADOPTED))
    if states["old"] or states["new"] != due:
        raise Conflict(
            f"of {due} values {states['new']} open again, and {states['old']} still under the old key",
            "Nothing was changed. Run it again; if that does not help, it is a defect.",
        )
