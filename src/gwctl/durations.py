"""The gateway's spans of time ("30d", "1mo") and the moments that follow from them.

Pure: the clock is always an argument.

The gateway keeps two clocks, and the same text means different things on them:

- exact (`add`, `rolling_reset`): now plus the span. Expiry, rotation, grace periods, budget rows.
  Source: litellm_core_utils/duration_parser.py, duration_in_seconds.
- standard (`next_reset`): the next boundary of a calendar. The budgets that keys, users and teams carry themselves.
  Source: the same file, get_next_standardized_reset_time.

The gateway also takes texts outside the grammar here ("30days", "1hour", "1y") and then means something that nobody
would guess; those are refused. A span is at most about a thousand years, so no moment leaves the calendar.

The standard clock is the wall clock of its zone, as in the gateway. On the days on which clocks change, a boundary that
the spring jump skips falls on the moment of the jump, and one that autumn repeats on its first occurrence, or on the
second where now is already past the first; in between, an "hour" may last 0 or 2 hours of real time.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from gwctl.errors import Invalid

Release = tuple[int, ...]

_GRAMMAR = re.compile(r"([1-9][0-9]{0,11})(s|m|h|d|w|mo)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DAY = 86_400
_LONGEST = 1000 * 366 * _DAY
_HINT = "Write a whole number and one of s, m, h, d, w, mo: 90s, 15m, 12h, 30d, 2w, 1mo."

RECORD: Release = (1, 82, 4)
"""The release that is meant where none is named."""

_WEEKS_SINCE: Release = (1, 100)
"""From here on the standard clock knows weeks; the change lies between 1.82.4 and this."""


_ONE_CLOCK_SINCE: Release = (1, 110)
"""From here on budget rows reset at standard times too; the change lies between 1.82.4 and this."""


@dataclass(frozen=True, slots=True)
class Duration:
    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> int | None:
        """None for months, which have no fixed length."""
        size = _SECONDS.get(self.unit)
        return None if size is None else self.count * size


@lru_cache(maxsize=256)
def parse(text: str) -> Duration:
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise Invalid(f"{text[:40]!r} is not a duration", _HINT)
    duration = Duration(int(match[1]), match[2])
    if (duration.seconds or duration.count * 31 * _DAY) > _LONGEST:
        raise Invalid(f"{text!r} is longer than a thousand years", "Leave the field out for something without an end.")
    return duration


def parse_reset(text: str) -> Duration:
    """A duration that the standard clock can keep: of months it knows one only."""
    duration = parse(text)
    if duration.unit == "mo" and duration.count > 1:
        raise Invalid(
            f"the budget of a key, user or team cannot reset every {duration.count} months",
            "Use 1mo or a number of days, or refer to a budget of its own, which takes any number of months.",
        )
    return duration


def odd(text: str, release: Release = RECORD) -> str | None:
    """A warning, where the standard clock does not do what the text says."""
    duration = parse_reset(text)
    if duration.unit == "w" and release < _WEEKS_SINCE:
        return f"{text} resets at every midnight, not after {_plural(duration.count, 'week')}: {_better(duration)}"
    if duration.unit in ("s", "m", "h") and (duration.seconds or 0) > _DAY:
        return f"{text} resets within a day: hours, minutes and seconds start over at midnight; use days"
    return None


def add(text: str, now: datetime) -> datetime:
    """Now plus the span, in UTC. Months keep day and time, the day cut to the month's last."""
    duration, now = parse(text), _utc(now)
    seconds = duration.seconds
    return now + timedelta(seconds=seconds) if seconds is not None else _add_months(now, duration.count)


def rolling_reset(text: str, now: datetime) -> datetime:
    """When a budget row resets next. The gateway adds the span to the moment at which its job runs."""
    return add(text, now)


def budget_reset(text: str, now: datetime, zone: str = "UTC", release: Release = RECORD) -> datetime:
    """When a budget row resets next: by `rolling_reset`, on releases that keep one clock for all by `next_reset`.

    A period of several months, which the standard clock does not know, rolls on every release.
    """
    if release < _ONE_CLOCK_SINCE or (parse(text).unit == "mo" and parse(text).count > 1):
        return rolling_reset(text, now)
    return next_reset(text, now, zone, release)


@lru_cache(maxsize=256)
def next_reset(text: str, now: datetime, zone: str = "UTC", release: Release = RECORD) -> datetime:
    """When the own budget of a key, user or team resets next, in UTC; always after `now`.

    `zone` is the gateway's `litellm_settings.timezone`. The gateway takes UTC for a zone that it does not know; here
    that is an error.
    """
    duration, local = parse_reset(text), _utc(now).astimezone(_zone(zone))
    if duration.unit == "w":
        days = duration.count * 7 if release >= _WEEKS_SINCE else 1
        duration = Duration(days, "d")
    match duration.unit:
        case "mo":
            boundary = _month_begins(local)
        case "d":
            boundary = _day_boundary(local, duration.count)
        case unit:
            boundary = _clock_boundary(local, duration.count, _SECONDS[unit])
    return boundary.astimezone(UTC)


def _day_boundary(local: datetime, days: int) -> datetime:
    """7 means Mondays and 30 the first of the month; any other number counts from today's midnight."""
    if days == 30:
        return _month_begins(local)
    if days == 7:
        days = 7 - local.weekday()
    return _midnight(local) + timedelta(days=days)


def _clock_boundary(local: datetime, count: int, size: int) -> datetime:
    """The next multiple of `count` units, counted from 0 within the day (hours), hour (minutes) or minute (seconds).

    What reaches midnight goes to the next day, and then only the time of day is kept: 48h is the next midnight.
    """
    second = local.hour * 3600 + local.minute * 60 + local.second
    whole = {3600: _DAY, 60: 3600, 1: 60}[size]
    start = second - second % whole
    passed = (second - start) // size
    reached = start + (passed - passed % count + count) * size
    hour, rest = divmod(reached % _DAY, 3600)
    day = local if reached < _DAY else _midnight(local) + timedelta(days=1)
    return day.replace(hour=hour, minute=rest // 60, second=rest % 60, microsecond=0)


def _month_begins(local: datetime) -> datetime:
    year, month = divmod(local.year * 12 + local.month, 12)
    return datetime(year, month + 1, 1, tzinfo=local.tzinfo)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _add_months(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last))


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a moment without a zone")
    return now.astimezone(UTC)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"there is no time zone {name[:60]!r}", "Use a name such as Europe/Berlin, or UTC.") from None


def _better(duration: Duration) -> str:
    return "use 7d, which resets on Mondays" if duration.count == 1 else f"use {duration.count * 7}d"


def _plural(count: int, noun: str) -> str:
    return f"a {noun}" if count == 1 else f"{count} {noun}s"
