"""Single values: as plain data for machines, as text for cells.

Machines get every time as RFC 3339 in UTC with milliseconds, always three digits, as `2026-03-18T14:37:20.000Z`: it
sorts as text, and it is all that the database keeps. Money is a plain number there. On a terminal a time has a blank
instead of the T, where it can be folded, and seconds; the dust of binary fractions is rounded off in tables.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from gwctl.cli.render.columns import Kind
from gwctl.cli.text import printable
from gwctl.core.values import JSON_NULL

_DUST = 1e-9
"""What is less than this is no sum of money, but what additions of binary fractions leave."""
# Characters that JSON may hold as they are, but that a terminal obeys or `splitlines` takes for an end of line.
UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def moment(value: datetime, separator: str = "T", precision: str = "milliseconds") -> str:
    """RFC 3339 in UTC; a time without a zone is one."""
    if value.tzinfo not in (None, UTC):
        value = value.astimezone(UTC)
    return value.replace(tzinfo=None).isoformat(separator, precision) + "Z"


def plain(value: Any) -> Any:
    """The value as JSON and YAML can say it; a number that is not finite is null there."""
    if isinstance(value, datetime):
        return moment(value)
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return plain(float(value)) if value % 1 else int(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if value is JSON_NULL:
            return None
        case _:
            return str(value)


@cache
def _encoder(indent: int | None) -> Callable[[Any], str]:
    separators = None if indent is not None else (",", ":")
    return json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, default=plain
    ).encode


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON text that is safe to show and that no reader of lines splits."""
    encode = _encoder(indent)
    try:
        written = encode(value)
    except ValueError:  # a number that is not finite
        written = encode(plain(value))
    return UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def for_csv(value: Any) -> str:
    """A list is joined with `;`. One that would not come back as it was is JSON, as is everything else with parts."""
    value = plain(value)
    match value:
        case list() if value and all(_joins(item) for item in value):
            return ";".join(value)
        case _:
            return _bare(value)


def _joins(item: Any) -> bool:
    return isinstance(item, str) and item != "" and item.strip() == item and not set(";\"'[{\r\n") & set(item)


def _bare(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case int():
            return str(value)
        case _:
            return to_json(value)


def for_tsv(value: Any, kind: Kind) -> str:
    """A cell between tabs: nothing cut, money a plain number, backslash, tab and line break as `\\\\`, `\\t`, `\\n`."""
    match value:
        case None:
            cell = ""
        case list() | tuple() if kind is not Kind.JSON and all(isinstance(item, str) for item in value):
            cell = ",".join(value)
        case float() | Decimal() if kind is Kind.MONEY:
            cell = _bare(plain(_without_dust(float(value))))
        case _:
            cell = _bare(plain(value))
    return printable(cell.replace("\\", "\\\\"))


def for_person(value: Any, kind: Kind) -> str:
    """A cell of a table on a terminal."""
    match value:
        case None:
            cell = ""
        case bool():
            cell = "yes" if value else "no"
        case datetime():
            cell = moment(value, " ", "seconds")
        case int() | float() | Decimal() if kind is Kind.MONEY:
            cell = _dollars(float(value))
        case int() if kind is Kind.COUNT:
            cell = f"{value:,}"
        case list() | tuple() if kind is not Kind.JSON and all(isinstance(item, str) for item in value):
            cell = ", ".join(value)
        case _:
            cell = _bare(plain(value))
    return printable(cell)


def _without_dust(value: float) -> float:
    if not math.isfinite(value):
        return value
    return 0.0 if abs(value) < _DUST else float(f"{value:.12g}")


def _dollars(value: float) -> str:
    """`$1,234.50`; less than a cent with two digits that count, since requests cost so little."""
    value = _without_dust(value)
    sign, size = ("-" if value < 0 else ""), abs(value)
    if not math.isfinite(size):
        return "" if math.isnan(size) else f"{sign}$inf"
    if 0 < size < 0.01:
        return f"{sign}${Decimal(f'{size:.1e}'):f}"
    return f"{sign}${size:,.2f}"
