"""How rows look to a test: as psycopg gives them, except that JSON's `null` is not SQL's NULL."""

from __future__ import annotations

import json
from typing import Any

from psycopg.types.json import Jsonb


class _JsonNull:
    """The JSON value `null` in a JSONB column; a column that is NULL reads as None."""

    def __repr__(self) -> str:
        return "JSON_NULL"

    def __bool__(self) -> bool:
        return False


JSON_NULL = _JsonNull()


def load_json(data: str | bytes) -> Any:
    value = json.loads(data)
    return JSON_NULL if value is None else value


def as_json(value: Any) -> Jsonb | None:
    """What to bind for a JSONB column: None stays NULL, JSON_NULL becomes `null`."""
    return None if value is None else Jsonb(None if value is JSON_NULL else value)
