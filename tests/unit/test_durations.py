"""Spans of time mean what the gateway's parser makes of them, in every zone and on every odd day.

The literals are the results of the gateway's own parser (litellm 1.82.4), not of the code under test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwctl import durations
from gwctl.durations import Duration
from gwctl.errors import Invalid

SATURDAY = datetime(2026, 1, 31, 14, 37, 25, 500_000, tzinfo=UTC)
WEDNESDAY = datetime(2026, 3, 18, 14, 37, 20, tzinfo=UTC)
NEW_YORK = "America/New_York"


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


REFUSED = "0d 00d 01d -1d +1d 1 d 1y 1M 1D 1month 30days 1hour 1.5h 1h30m daily none"


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "count", "unit"),
        [("1s", 1, "s"), ("90m", 90, "m"), ("24h", 24, "h"), ("30d", 30, "d"), ("2w", 2, "w"), ("1mo", 1, "mo")],
    )
    def test_a_number_and_a_unit(self, text, count, unit):
        assert durations.parse(text) == Duration(count, unit)
        assert str(durations.parse(text)) == text

    @pytest.mark.parametrize("text", [*REFUSED.split(), "", "1 d", " 1d", "1d\n", "-1", "\u0661d"])
    def test_anything_else_is_refused(self, text):
        with pytest.raises(Invalid) as caught:
            durations.parse(text)
        assert "s, m, h, d, w, mo" in caught.value.hint

    @pytest.mark.parametrize("text", ["9" * 5000 + "d", "999999999999s", "366001d", "52300w", "12001mo"])
    def test_spans_without_end_are_refused(self, text):
        with pytest.raises(Invalid) as caught:
            durations.parse(text)
        assert len(caught.value.message) < 100

    def test_the_longest_still_gives_a_moment(self):
        now = datetime(2199, 12, 31, 23, 59, tzinfo=UTC)
        for text in ("366000d", "11800mo", "52000w", "31622400000s"):
            assert durations.add(text, now).year > 3100
        assert durations.next_reset("366000d", now, NEW_YORK).year > 3100

    def test_seconds(self):
        assert [durations.parse(text).seconds for text in ("5s", "5m", "5h", "5d", "5w")] == [
            5,
            300,
            18_000,
            432_000,
            3_024_000,
        ]
        assert durations.parse("1mo").seconds is None


class TestExactClock:
    @pytest.mark.parametrize(
        ("text", "then"),
        [
            ("30s", "2026-01-31T14:37:55.500"),
            ("5m", "2026-01-31T14:42:25.500"),
            ("1h", "2026-01-31T15:37:25.500"),
            ("24h", "2026-02-01T14:37:25.500"),
            ("1d", "2026-02-01T14:37:25.500"),
            ("7d", "2026-02-07T14:37:25.500"),
            ("14d", "2026-02-14T14:37:25.500"),
            ("30d", "2026-03-02T14:37:25.500"),
            ("1w", "2026-02-07T14:37:25.500"),
            ("1mo", "2026-02-28T14:37:25.500"),
            ("2mo", "2026-03-31T14:37:25.500"),
            ("12mo", "2027-01-31T14:37:25.500"),
            ("25mo", "2028-02-29T14:37:25.500"),
        ],
    )
    def test_now_plus_the_span(self, text, then):
        assert durations.add(text, SATURDAY) == moment(then)
        assert durations.rolling_reset(text, SATURDAY) == moment(then)

    def test_a_leap_day_and_a_year(self):
        assert durations.add("12mo", moment("2028-02-29T10:00")) == moment("2029-02-28T10:00")
        assert durations.add("1mo", moment("2026-12-31T10:00")) == moment("2027-01-31T10:00")

    def test_months_are_counted_in_utc(self):
        late = datetime(2026, 1, 31, 23, 0, tzinfo=ZoneInfo(NEW_YORK))  # the 1st of February in UTC
        assert durations.add("1mo", late) == moment("2026-03-01T04:00")
        assert durations.add("1mo", late).tzinfo is UTC

    def test_a_moment_without_a_zone_is_a_mistake_of_the_program(self):
        with pytest.raises(ValueError, match="zone"):
            durations.add("1d", datetime(2026, 1, 1))  # noqa: DTZ001

    @given(st.datetimes(naive("1970-01-01"), naive("2200-01-01")), st.integers(1, 500))
    def test_months_against_counting_them_one_by_one(self, now, months):
        year, month = now.year, now.month
        for _ in range(months):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        day = now.day
        while True:
            try:
                expected = now.replace(year=year, month=month, day=day, tzinfo=UTC)
                break
            except ValueError:
                day -= 1
        assert durations.add(f"{months}mo", now.replace(tzinfo=UTC)) == expected


class TestStandardClock:
    @pytest.mark.parametrize(
        ("text", "utc", "kolkata"),
        [
            ("30s", "2026-01-31T14:37:30", "2026-01-31T14:37:30"),
            ("5m", "2026-01-31T14:40", "2026-01-31T14:40"),
            ("1h", "2026-01-31T15:00", "2026-01-31T15:30"),
            ("24h", "2026-02-01T00:00", "2026-01-31T18:30"),
            ("1d", "2026-02-01T00:00", "2026-01-31T18:30"),
            ("7d", "2026-02-02T00:00", "2026-02-01T18:30"),
            ("14d", "2026-02-14T00:00", "2026-02-13T18:30"),
            ("30d", "2026-02-01T00:00", "2026-01-31T18:30"),
            ("1mo", "2026-02-01T00:00", "2026-01-31T18:30"),
            ("1w", "2026-02-01T00:00", "2026-01-31T18:30"),
        ],
    )
    def test_a_saturday_at_the_end_of_january(self, text, utc, kolkata):
        assert durations.next_reset(text, SATURDAY) == moment(utc)
        assert durations.next_reset(text, SATURDAY, "Asia/Kolkata") == moment(kolkata)

    @pytest.mark.parametrize(
        ("text", "then"),
        [
            ("15m", "2026-03-18T14:45"),
            ("90m", "2026-03-18T15:30"),
            ("1h", "2026-03-18T15:00"),
            ("5h", "2026-03-18T15:00"),
            ("24h", "2026-03-19T00:00"),
            ("48h", "2026-03-19T00:00"),
            ("100h", "2026-03-19T04:00"),
            ("1w", "2026-03-19T00:00"),
            ("2w", "2026-03-19T00:00"),
            ("2d", "2026-03-20T00:00"),
            ("7d", "2026-03-23T00:00"),
            ("14d", "2026-04-01T00:00"),
            ("30d", "2026-04-01T00:00"),
            ("1mo", "2026-04-01T00:00"),
            ("31d", "2026-04-18T00:00"),
            ("3600s", "2026-03-18T15:37:00"),
        ],
    )
    def test_a_wednesday_in_march(self, text, then):
        assert durations.next_reset(text, WEDNESDAY) == moment(then)

    def test_hours_start_over_at_midnight(self):
        assert durations.next_reset("5h", moment("2026-03-18T23:10")) == moment("2026-03-19T01:00")

    def test_a_day_of_new_york(self):
        assert durations.next_reset("1d", WEDNESDAY, NEW_YORK) == moment("2026-03-19T04:00")

    def test_on_the_boundary_the_next_one_is_meant(self):
        assert durations.next_reset("1d", moment("2026-03-18T00:00")) == moment("2026-03-19T00:00")
        assert durations.next_reset("1h", moment("2026-03-18T14:00")) == moment("2026-03-18T15:00")
        assert durations.next_reset("7d", moment("2026-03-23T00:00")) == moment("2026-03-30T00:00")
        assert durations.next_reset("1mo", moment("2026-12-01T00:00")) == moment("2027-01-01T00:00")

    @pytest.mark.parametrize("text", ["2mo", "12mo"])
    def test_it_knows_one_month_only(self, text):
        for call in (durations.parse_reset, durations.odd, lambda it: durations.next_reset(it, WEDNESDAY)):
            with pytest.raises(Invalid):
                call(text)

    @pytest.mark.parametrize(
        ("text", "then"), [("1w", "2026-03-23T00:00"), ("2w", "2026-04-01T00:00"), ("5w", "2026-04-22T00:00")]
    )
    def test_newer_gateways_know_weeks(self, text, then):
        assert durations.next_reset(text, WEDNESDAY, release=(1, 100, 0)) == moment(then)
        assert durations.next_reset(text, WEDNESDAY, release=(1, 110, 2)) == moment(then)
        assert durations.next_reset(text, WEDNESDAY, release=(1, 83, 14)) == moment("2026-03-19T00:00")

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "x" * 5000])
    def test_an_unknown_zone_is_refused(self, zone):
        with pytest.raises(Invalid):
            durations.next_reset("1d", WEDNESDAY, zone)


class TestDaysOnWhichClocksChange:
    """2026: New York springs forward on 8 March at 02:00 and falls back on 1 November at 02:00."""

    @pytest.mark.parametrize(
        ("text", "zone", "now", "then"),
        [
            ("1d", NEW_YORK, "2026-03-08T06:30", "2026-03-09T04:00"),  # a day of 23 hours
            ("1d", NEW_YORK, "2026-11-01T05:30", "2026-11-02T05:00"),  # a day of 25 hours
            ("7d", NEW_YORK, "2026-03-05T12:00", "2026-03-09T04:00"),
            ("30d", NEW_YORK, "2026-10-15T12:00", "2026-11-01T04:00"),
            ("1mo", NEW_YORK, "2026-11-15T12:00", "2026-12-01T05:00"),
            ("1h", NEW_YORK, "2026-03-08T06:30", "2026-03-08T07:00"),  # 02:00 is skipped: the moment of the jump
            ("2h", NEW_YORK, "2026-03-08T06:30", "2026-03-08T07:00"),
            ("3h", NEW_YORK, "2026-03-08T06:30", "2026-03-08T07:00"),
            ("1h", NEW_YORK, "2026-11-01T05:30", "2026-11-01T07:00"),  # the first 01:30, the next full hour is 02:00
            ("1h", NEW_YORK, "2026-11-01T06:30", "2026-11-01T07:00"),  # the second 01:30
            ("15m", NEW_YORK, "2026-11-01T05:37", "2026-11-01T05:45"),
            ("15m", NEW_YORK, "2026-11-01T06:37", "2026-11-01T06:45"),
            ("1h", NEW_YORK, "2026-11-01T04:30", "2026-11-01T05:00"),  # 01:00 comes twice: the first
            ("1d", "America/Santiago", "2026-09-05T12:00", "2026-09-06T04:00"),  # midnight itself is skipped
            ("1d", "America/Havana", "2026-10-31T12:00", "2026-11-01T04:00"),  # midnight comes twice: the first
        ],
    )
    def test_boundaries_are_those_of_the_wall_clock(self, text, zone, now, then):
        assert durations.next_reset(text, moment(now), zone) == moment(then)


ZONES = [
    "UTC",
    NEW_YORK,
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
]
MOMENTS = st.datetimes(naive("2019-01-01"), naive("2029-01-01")).map(lambda it: it.replace(tzinfo=UTC)) | st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([moment(day) for day in ("2026-03-08", "2026-11-01", "2028-02-29", "2027-12-31", "2026-09-06")]),
    st.integers(-1500, 3000),
)


def first_instant(zone: str, year: int, month: int, day: int) -> datetime:
    """When a date begins in a zone, found by walking through real time a quarter of an hour at a time."""
    wall = datetime(year, month, day)  # noqa: DTZ001
    instant = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        instant += timedelta(minutes=15)
    return instant


class TestAgainstAnIndependentCalculation:
    @given(MOMENTS, st.sampled_from(ZONES), st.integers(1, 100))
    def test_days(self, now, zone, days):
        date = now.astimezone(ZoneInfo(zone)).date()
        target = date + timedelta(days=1)
        if days == 30:
            while target.day != 1:
                target += timedelta(days=1)
        elif days == 7:
            while target.isoweekday() != 1:
                target += timedelta(days=1)
        else:
            target = date + timedelta(days=days)
        expected = first_instant(zone, target.year, target.month, target.day)
        assert durations.next_reset(f"{days}d", now, zone) == expected

    @given(MOMENTS, st.sampled_from(ZONES))
    def test_a_month(self, now, zone):
        date = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        while date.day != 1:
            date += timedelta(days=1)
        assert durations.next_reset("1mo", now, zone) == first_instant(zone, date.year, date.month, 1)

    @given(MOMENTS, st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Kathmandu"]), st.integers(1, 24))
    def test_hours_where_clocks_never_change(self, now, zone, hours):
        local = now.astimezone(ZoneInfo(zone))
        passed = 0
        while passed <= local.hour:
            passed += hours
        midnight = first_instant(zone, local.year, local.month, local.day)
        if passed >= 24:
            midnight, passed = midnight + timedelta(days=1), passed - 24
        assert durations.next_reset(f"{hours}h", now, zone) == midnight + timedelta(hours=passed)

    @given(MOMENTS, st.integers(1, 60))
    def test_minutes_and_seconds_in_utc(self, now, count):
        for unit, size, digit in (("m", 60, now.minute), ("s", 1, now.second)):
            begin = (
                now.replace(microsecond=0, second=0, minute=0) if unit == "m" else now.replace(microsecond=0, second=0)
            )
            steps = next(step for step in range(count, 121, count) if step > digit)
            assert durations.next_reset(f"{count}{unit}", now) == begin + timedelta(seconds=steps * size)

    @given(MOMENTS, st.sampled_from(ZONES), st.integers(1, 9999), st.sampled_from(["s", "m", "h", "d", "w"]))
    def test_the_next_reset_lies_ahead(self, now, zone, count, unit):
        then = durations.next_reset(f"{count}{unit}", now, zone)
        assert then > now
        assert then.tzinfo is UTC


class TestOddTexts:
    @pytest.mark.parametrize(
        ("text", "release", "word"),
        [
            ("1w", (1, 82, 4), "7d"),
            ("2w", (1, 82, 4), "14d"),
            ("25h", (1, 82, 4), "midnight"),
            ("48h", (1, 110, 2), "midnight"),
            ("1441m", (1, 82, 4), "days"),
            ("86401s", (1, 82, 4), "days"),
        ],
    )
    def test_a_warning_names_what_to_write(self, text, release, word):
        assert word in (durations.odd(text, release) or "")

    @pytest.mark.parametrize("text", ["1h", "24h", "1d", "7d", "30d", "90d", "1mo", "1440m", "86400s"])
    def test_nothing_odd(self, text):
        assert durations.odd(text) is None

    def test_weeks_are_not_odd_for_newer_gateways(self):
        assert durations.odd("2w", (1, 110, 2)) is None
