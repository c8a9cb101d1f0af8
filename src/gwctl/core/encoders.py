"""What is written for every row: JSON texts, arrays as PostgreSQL reads them, and new ids."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from json import encoder as standard
from typing import Any

Encode = Callable[[Any], str]


def encoding(like: json.JSONEncoder) -> Encode:
    """The `encode` of an encoder, which makes its helper in C at each text; here it is made once.

    What holds itself is not told of as such: a RecursionError ends it.
    """
    make: Any = getattr(standard, "c_make_encoder", None)
    if make is None:  # a Python without the helper
        return like.encode
    quoted = standard.encode_basestring_ascii if like.ensure_ascii else standard.encode_basestring
    separators = like.key_separator, like.item_separator
    chunks = make(None, like.default, quoted, None, *separators, like.sort_keys, like.skipkeys, like.allow_nan)
    join = "".join
    return lambda value: join(chunks(value, 0))


def array(texts: Iterable[str]) -> str:
    """A `text[]` as PostgreSQL reads it."""
    return "{" + ",".join(['"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in texts]) + "}"


def new_id() -> str:
    """A random UUID (version 4), as `uuid.uuid4` makes them, without the object."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
