"""Values of the database that Python has no word for.

A JSON column can hold JSON's `null` or nothing at all (SQL NULL), and the gateway writes both. `None` is the second;
`JSON_NULL` the first. Nulls inside of a JSON value are `None`: there is no doubt about them.
"""

from __future__ import annotations

import json
from typing import Any, Final


class JsonNull:
    """The type of `JSON_NULL`, of which there is one."""

    _one: JsonNull | None = None

    def __new__(cls) -> JsonNull:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "JSON_NULL"

    def __reduce__(self) -> str:
        return "JSON_NULL"


JSON_NULL: Final = JsonNull()


def from_json(text: str | bytes) -> Any:
    """A JSON text out of the database. Most of them are empty objects."""
    if text in (b"{}", "{}"):
        return {}
    value = json.loads(text if isinstance(text, str) else text.decode())
    return JSON_NULL if value is None else value


def to_json(value: object) -> str:
    """A value as JSON text for the database; `JSON_NULL`, wherever it stands, is `null` there."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: object) -> None:
    if value is not JSON_NULL:
        raise TypeError(f"a {type(value).__name__} is no JSON value")
