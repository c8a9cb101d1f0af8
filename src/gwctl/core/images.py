"""Values of rows as images keep them, and back.

JSON has no word for everything that a column may hold: such a value is an object with the one name `$gwctl`. So is
what is secret, a password or a text inside of JSON, if there is a salt key to seal it with; else it is masked, and undo
names what it cannot bring back.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gwctl import sealing, secrets
from gwctl.core import sealed
from gwctl.core.encoders import json_text
from gwctl.core.hidden import Seal, kept
from gwctl.core.values import JSON_NULL
from gwctl.schema.moments import UtcTimestamp

HIDDEN = frozenset({"password"})
"""Columns that are secrets, and never shown."""
SPECIAL = "$gwctl"

_BARE = frozenset({str, int, bool, type(None)})


def encoded(
    values: Mapping[str, Any] | None, table: str = "", *, shown: bool = False, seal: Seal | None = None
) -> str | None:
    """Columns of a row as one JSON object, its secrets masked, or as `seal` leaves them. Sealed texts stay sealed, but
    where the object is to be `shown`."""
    if values is None:
        return None
    found = {
        name: value if type(value) in _BARE else _plain(name, value)
        for name, value in values.items()
        if name not in HIDDEN
    }
    for name in sealed.COLUMNS.get(table, ()):
        if name in found:
            found[name] = _kept(values[name], shown)
    if seal is not None:
        found |= _sealed(values, found, seal)
    return json_text(found)


def hides(values: Mapping[str, Any], text: str) -> bool:
    """Whether columns may hold secrets, which the text that was made of them leaves out or masks."""
    return secrets.MASK in text or not HIDDEN.isdisjoint(values)


def _sealed(values: Mapping[str, Any], found: Mapping[str, Any], seal: Seal) -> dict[str, Any]:
    """The columns whose secrets were masked or left out, with them."""
    texts = {name: value and seal(value) for name, value in values.items() if name in HIDDEN}
    return texts | {
        name: kept(values[name], value, seal)
        for name, value in found.items()
        if isinstance(values[name], dict | list) or value == secrets.MASK
    }


def _kept(value: Any, shown: bool) -> Any:
    """A value of a column with sealed texts: plain ones are masked by their names, as anywhere."""
    if isinstance(value, str):
        return secrets.MASK  # a user's credential is base64 whether it is sealed or not
    if not isinstance(value, dict):
        return _plain("", value)
    found = {name: secrets.masked_under(name, item) for name, item in value.items()}
    for name, item in value.items():
        if isinstance(item, str) and sealing.looks_sealed(item):
            found[name] = secrets.MASK if shown else item
    return found


def _plain(name: str, value: Any) -> Any:
    kind = type(value)
    if kind in _BARE:
        return value
    if kind is float:
        return value if math.isfinite(value) else {SPECIAL: str(value)}
    if kind is datetime:
        return moment(value)
    if kind is dict:
        return secrets.masked_under(name, value)
    if kind is list:
        return secrets.masked(value)
    if isinstance(value, bytes | memoryview):
        return {SPECIAL: "base64", "data": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Decimal):
        return float(value)
    return {SPECIAL: "null"} if value is JSON_NULL else str(value)


@lru_cache(maxsize=256)
def moment(value: datetime) -> str:
    """`2026-03-31T12:00:00.000Z`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decoded(table: sa.Table, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Columns as a row holds them; those that the table does not have (any more) are left out."""
    return {name: _back(table.c[name].type, value) for name, value in (values or {}).items() if name in table.c}


def _back(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if isinstance(value, dict) and SPECIAL in value:
        word = value[SPECIAL]
        if word == "null":
            return JSON_NULL
        return base64.b64decode(value["data"]) if word == "base64" else float(word)
    if isinstance(kind, UtcTimestamp) and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Float) and isinstance(value, int):
        return float(value)
    return value


def masked_parts(value: Any) -> bool:
    """Whether an image's value lost a secret to its mask."""
    if isinstance(value, dict):
        return any(masked_parts(item) for item in value.values())
    if isinstance(value, list):
        return any(masked_parts(item) for item in value)
    return bool(value == secrets.MASK)
