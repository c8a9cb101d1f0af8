"""What a plain scalar of YAML means: the core schema of YAML 1.2, less what would lose something.

Only `true` and `false` are booleans (`yes`, `no`, `on`, `off` stay texts; a flag takes them as texts, too), times and
dates stay texts, and so does `1:30`. Digits behind a leading zero stay a text, since an identifier such as `007` would
otherwise become another one. `.inf` and `.nan` are refused: the gateway's JSON cannot hold them.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

NULLS = ("", "~", "null", "Null", "NULL")

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(NULLS, None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAY_BE_NUMBER = frozenset("+-.0123456789")
_MOST_DIGITS = 400


def resolve(text: str) -> Scalar:
    """Raises ValueError, with the reason, for a number that cannot be held."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BE_NUMBER:
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return int(_short(text))
    if _OTHER_BASE.fullmatch(text):
        return int(_short(text), 0)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("infinity and not-a-number are no values here")
    if _FRACTION.fullmatch(text):
        return finite(text)
    return text


def finite(text: str) -> float:
    number = float(text if len(text) < _MOST_DIGITS else _short(text))
    if not math.isfinite(number):
        raise ValueError("a number too large to be held")
    return number


def _short(text: str) -> str:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return text
