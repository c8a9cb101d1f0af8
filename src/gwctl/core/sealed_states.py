"""Which of the sealed texts of all tables open with the salt key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl import sealing
from gwctl.core import sealed
from gwctl.core.sealed import Place
from gwctl.core.unit import Unit

OPENS, PLAIN, UNREADABLE, NEWER = "opens", "plain", "unreadable", "newer"
"""What a text is: it opens; it is no sealed text; it is one, under another key; it lies in a table that only a newer
gateway has."""

_TEXT = re.compile(r"(?:v2:gcm:|litellm_enc::)?[A-Za-z0-9+/_-]{54,}={0,2}|v2:gcm:|litellm_enc::")


def check(unit: Unit) -> Iterator[dict[str, Any]]:
    """A record for each text that is sealed or should be. Raises Invalid without a salt key."""
    key = unit.vault.needed()
    for place, row in rows(unit):
        for name, text in place.texts(row).items():
            state = state_of(text, key, place)
            if place.adopted or state != PLAIN:
                yield {
                    "table": place.table, "column": place.column, "id": row[place.key], "name": name, "state": state,
                }  # fmt: skip
    for table, column, count in beyond(unit, key):
        yield {"table": table, "column": column, "id": None, "name": f"{count} rows", "state": NEWER}


def rows(unit: Unit) -> Iterator[tuple[Place, Any]]:
    """Every row of every place, as far as this database has it."""
    for place in sealed.EVERY:
        table = unit.table(place.table)
        if table is not None and place.column in table.c:
            statement = sa.select(*place.columns_of(table)).where(place.clause(table))
            for row in unit.connection.execute(statement).mappings():
                yield place, row


def state_of(text: str, key: str, place: Place) -> str:
    """What a text in a sealed place is. What never needs to be sealed is unreadable to nobody."""
    if sealing.opens(text, key) is not None:
        return OPENS
    return UNREADABLE if is_lost(place, text) else PLAIN


def is_lost(place: Place, text: str) -> bool:
    """Whether a text that does not open is a sealed one: where plain texts are ordinary, it has to say so itself."""
    return not place.past and (text.startswith(sealing.FORMS) or (place.adopted and sealing.looks_sealed(text)))


def beyond(unit: Unit, key: str) -> Iterator[tuple[str, str, int]]:
    """Columns of tables that only a newer gateway has, with sealed texts in them: in how many rows."""
    for table, columns in sealed.UNKNOWN.items():
        for column in columns:
            if unit.has(table, column):
                source = sa.table(table, sa.column(column))
                text = sa.cast(source.c[column], sa.Text())
                texts = unit.connection.scalars(sa.select(text).where(text.regexp_match(sealed.SHAPE)))
                count = sum(any(_is_sealed(found, key) for found in _TEXT.findall(text)) for text in texts)
                if count:
                    yield table, column, count


def _is_sealed(text: str, key: str) -> bool:
    return text.startswith(sealing.FORMS) or sealing.opens(text, key) is not None
