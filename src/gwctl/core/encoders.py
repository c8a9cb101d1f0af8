"""What is written for every row: JSON texts, arrays as PostgreSQL reads them, and new ids."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from pydantic_core import PydanticSerializationError, to_json


def _impossible(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def json_text(value: Any, default: Callable[[Any], Any] = _impossible) -> str:
    """A value as JSON, without spaces. `default` gives a form to what JSON has none for; moments are not for it, they
    are to have one before."""
    try:
        return to_json(value, fallback=default, inf_nan_mode="constants").decode()
    except PydanticSerializationError:  # too deep for it, or half of a character
        return json.dumps(value, separators=(",", ":"), default=default)


def array(texts: Iterable[str]) -> str:
    """A `text[]` as PostgreSQL reads it."""
    return "{" + ",".join(['"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in texts]) + "}"


def new_ids(count: int) -> list[str]:
    """Random UUIDs (version 4), as `uuid.uuid4` makes them, without the objects."""
    digits = os.urandom(16 * count).hex()
    return [_written(digits[at : at + 32]) for at in range(0, 32 * count, 32)]


def _written(digits: str) -> str:
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
