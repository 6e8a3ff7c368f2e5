"""Working time: the table of the specification, the clock changes, special days, and what is refused."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.hours import (
    ALWAYS,
    Calendar,
    CalendarError,
    NaiveInstant,
    NegativeDuration,
    NeverOpens,
    Shift,
    SpecialDay,
    TooFar,
    UnknownZone,
    due,
    elapsed,
    intervals,
    overlaps,
)

HOUR = timedelta(hours=1)
NINE_TO_FIVE = tuple(Shift(weekday, time(9), time(17)) for weekday in range(5))
OFFICE = Calendar("UTC", NINE_TO_FIVE)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def local(zone, *parts, fold=0):
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        (utc(2026, 4, 10, 16, 30), 2 * HOUR, utc(2026, 4, 13, 10, 30)),
        (utc(2026, 4, 11, 12), HOUR, utc(2026, 4, 13, 10)),
        (utc(2026, 4, 13, 7), 8 * HOUR, utc(2026, 4, 13, 17)),
        (utc(2026, 4, 13, 10), 24 * HOUR, utc(2026, 4, 16, 10)),
        (utc(2026, 4, 13, 18), 4 * HOUR, utc(2026, 4, 14, 13)),
        (utc(2026, 4, 13, 17), HOUR / 2, utc(2026, 4, 14, 9, 30)),
        (utc(2026, 4, 13, 3), 0 * HOUR, utc(2026, 4, 13, 3)),
    ],
)
def test_a_target_in_working_hours_is_due_when_the_table_says(start, target, expected):
    assert due(OFFICE, start, target) == expected
    assert elapsed(OFFICE, start, expected) == target


def test_seconds_and_microseconds_are_kept():
    start = utc(2026, 4, 10, 16, 59, 59, 999_999)
    assert due(OFFICE, start, timedelta(microseconds=2)) == utc(2026, 4, 13, 9, 0, 0, 1)


def test_time_counted_backwards_is_negative():
    assert elapsed(OFFICE, utc(2026, 4, 13, 12), utc(2026, 4, 13, 10)) == -2 * HOUR


def test_around_the_clock_is_a_calendar_like_any_other():
    start = utc(2026, 3, 28, 23, 59)
    assert due(ALWAYS, start, timedelta(days=400)) == start + timedelta(days=400)
    assert list(intervals(ALWAYS, start, start + timedelta(days=9))) == [
        (start, start + timedelta(days=9))
    ]


def test_several_shifts_a_day_leave_the_lunch_break_out():
    split = Calendar("UTC", (Shift(0, time(9), time(12)), Shift(0, time(13), time(17))))
    assert due(split, utc(2026, 4, 13, 11), 2 * HOUR) == utc(2026, 4, 13, 14)


def test_a_night_shift_runs_into_the_next_day_and_over_the_week_s_end():
    nights = Calendar("UTC", (Shift(6, time(22), time(6)),))
    assert due(nights, utc(2026, 4, 12, 23), 3 * HOUR) == utc(2026, 4, 13, 2)
    assert list(intervals(nights, utc(2026, 4, 12), utc(2026, 4, 14))) == [
        (utc(2026, 4, 12, 22), utc(2026, 4, 13, 6))
    ]


def test_an_hour_that_does_not_exist_is_not_counted():
    early = Calendar("Europe/Berlin", (Shift(6, time(1), time(5)),))
    day = local("Europe/Berlin", 2026, 3, 29, 0), local("Europe/Berlin", 2026, 3, 30, 0)
    assert elapsed(early, *day) == 3 * HOUR


def test_an_hour_that_happens_twice_is_counted_twice():
    early = Calendar("Europe/Berlin", (Shift(6, time(1), time(2, 30)),))
    day = local("Europe/Berlin", 2026, 10, 25, 0), local("Europe/Berlin", 2026, 10, 26, 0)
    assert elapsed(early, *day) == 2 * HOUR
    assert [b - a for a, b in intervals(early, *day)] == [HOUR * 1.5, HOUR / 2]


def test_lord_howe_moves_its_clocks_by_half_an_hour():
    nights = Calendar("Australia/Lord_Howe", (Shift(6, time(0), time(6)),))
    spring = (
        local("Australia/Lord_Howe", 2026, 10, 4, 0),
        local("Australia/Lord_Howe", 2026, 10, 5, 0),
    )
    autumn = (
        local("Australia/Lord_Howe", 2026, 4, 5, 0),
        local("Australia/Lord_Howe", 2026, 4, 6, 0),
    )
    assert elapsed(nights, *spring) == 5.5 * HOUR
    assert elapsed(nights, *autumn) == 6.5 * HOUR


def test_a_day_that_apia_skipped_has_no_working_time():
    office = Calendar("Pacific/Apia", NINE_TO_FIVE)
    start, end = local("Pacific/Apia", 2011, 12, 29, 0), local("Pacific/Apia", 2012, 1, 1, 0)
    assert elapsed(office, start, end) == 8 * HOUR


def test_the_zone_an_instant_is_written_in_makes_no_difference():
    start = utc(2026, 4, 10, 16, 30)
    for zone in ("Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"):
        assert due(OFFICE, start.astimezone(ZoneInfo(zone)), 2 * HOUR) == utc(2026, 4, 13, 10, 30)


def test_the_two_instants_of_a_doubled_hour_are_an_hour_apart():
    first = local("Europe/Berlin", 2026, 10, 25, 2, 30)
    second = local("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1)
    assert elapsed(ALWAYS, first, second) == HOUR


def test_a_holiday_closes_its_date_from_midnight_to_midnight():
    holiday = Calendar("UTC", NINE_TO_FIVE, (SpecialDay(date(2026, 4, 13), name="Easter"),))
    assert due(holiday, utc(2026, 4, 10, 16), 2 * HOUR) == utc(2026, 4, 14, 10)
    nights = Calendar("UTC", (Shift(6, time(22), time(6)),), holiday.special_days)
    assert elapsed(nights, utc(2026, 4, 12), utc(2026, 4, 14)) == 2 * HOUR


def test_a_yearly_holiday_returns_and_29_february_waits_for_leap_years():
    yearly = Calendar(
        "UTC",
        tuple(Shift(weekday, time(9), time(17)) for weekday in range(7)),
        (SpecialDay(date(2000, 12, 25), yearly=True), SpecialDay(date(2000, 2, 29), yearly=True)),
    )
    for year in (2025, 2026, 2027):
        assert not elapsed(yearly, utc(year, 12, 25), utc(year, 12, 26))
        assert elapsed(yearly, utc(year, 2, 28), utc(year, 3, 2)) == 16 * HOUR
    assert elapsed(yearly, utc(2028, 2, 28), utc(2028, 3, 2)) == 16 * HOUR


def test_a_special_day_opens_what_the_week_leaves_closed():
    saturday = SpecialDay(date(2026, 4, 11), openings=((time(10), time(14)),))
    calendar = Calendar("UTC", NINE_TO_FIVE, (saturday,))
    assert due(calendar, utc(2026, 4, 10, 16, 30), 2 * HOUR) == utc(2026, 4, 11, 11, 30)


def test_a_single_date_beats_the_yearly_one():
    calendar = Calendar(
        "UTC",
        NINE_TO_FIVE,
        (
            SpecialDay(date(2000, 12, 25), yearly=True),
            SpecialDay(date(2026, 12, 25), openings=((time(9), time(10)),)),
        ),
    )
    assert elapsed(calendar, utc(2026, 12, 25), utc(2026, 12, 26)) == HOUR
    assert elapsed(calendar, utc(2025, 12, 25), utc(2025, 12, 26)) == 0 * HOUR


def test_an_opening_of_a_special_day_may_run_over_midnight():
    launch = SpecialDay(date(2026, 4, 11), openings=((time(20), time(2)),))
    calendar = Calendar("UTC", NINE_TO_FIVE, (launch,))
    assert list(intervals(calendar, utc(2026, 4, 11), utc(2026, 4, 13))) == [
        (utc(2026, 4, 11, 20), utc(2026, 4, 12, 2))
    ]


def test_ten_years_of_holidays_are_stepped_over():
    closed = tuple(SpecialDay(date(2026, 4, 13) + timedelta(days=day)) for day in range(3650))
    calendar = Calendar("UTC", NINE_TO_FIVE, closed)
    assert due(calendar, utc(2026, 4, 13, 9), HOUR) == utc(2036, 4, 10, 10)


@pytest.mark.parametrize(
    ("calendar", "start", "target", "error"),
    [
        (Calendar("UTC"), utc(2026, 1, 1), HOUR, NeverOpens),
        (
            Calendar("UTC", (), (SpecialDay(date(2025, 1, 1), openings=((time(9), time(10)),)),)),
            utc(2026, 1, 1),
            HOUR,
            NeverOpens,
        ),
        (
            Calendar("UTC", (), (SpecialDay(date(2027, 1, 1), openings=((time(9), time(10)),)),)),
            utc(2026, 1, 1),
            2 * HOUR,
            TooFar,
        ),
        (OFFICE, utc(2026, 1, 1), timedelta(days=36_525), TooFar),
        (ALWAYS, utc(2026, 1, 1), timedelta(days=36_526), TooFar),
        (OFFICE, utc(2026, 1, 1), -HOUR, NegativeDuration),
        (OFFICE, datetime(2026, 1, 1), HOUR, NaiveInstant),  # noqa: DTZ001
        (OFFICE, utc(9999, 12, 31), HOUR, TooFar),
        (OFFICE, utc(1, 1, 1), HOUR, TooFar),
        (Calendar("Mars/Olympus", NINE_TO_FIVE), utc(2026, 1, 1), HOUR, UnknownZone),
        (Calendar("../etc/passwd", NINE_TO_FIVE), utc(2026, 1, 1), HOUR, UnknownZone),
        (Calendar("Europe", NINE_TO_FIVE), utc(2026, 1, 1), HOUR, UnknownZone),
        (Calendar("", NINE_TO_FIVE), utc(2026, 1, 1), HOUR, UnknownZone),
    ],
)
def test_what_has_no_answer_is_a_typed_error_and_never_a_loop(calendar, start, target, error):
    with pytest.raises(error) as raised:
        due(calendar, start, target)
    assert isinstance(raised.value, EscalatedError)
    assert str(raised.value).endswith(".")


def test_a_weekday_outside_the_week_is_refused():
    with pytest.raises(CalendarError):
        Shift(7, time(9), time(17))


@pytest.mark.parametrize(
    ("shifts", "clash"),
    [
        (NINE_TO_FIVE, False),
        ((Shift(0, time(9), time(12)), Shift(0, time(12), time(17))), False),
        ((Shift(0, time(9), time(13)), Shift(0, time(12), time(17))), True),
        ((Shift(0, time(22), time(6)), Shift(1, time(5), time(9))), True),
        ((Shift(6, time(22), time(6)), Shift(0, time(5), time(9))), True),
        ((Shift(6, time(22), time(6)), Shift(0, time(6), time(9))), False),
    ],
)
def test_overlapping_shifts_are_found_touching_ones_are_not(shifts, clash):
    assert bool(overlaps(shifts)) is clash


def test_memory_does_not_grow_with_the_days_between():
    """In a process of its own: tracing every allocation here would slow the other tests down."""
    script = """
import json, tracemalloc
from datetime import UTC, datetime, time, timedelta
from wagtail_escalated.hours import Calendar, Shift, due
calendar = Calendar("Europe/Berlin", tuple(Shift(d, time(9), time(17)) for d in range(5)))
start, peaks = datetime(2026, 1, 5, tzinfo=UTC), []
due(calendar, start, timedelta(hours=8 * 260 * 60))
for days in (5, 260 * 50):
    tracemalloc.start()
    due(calendar, start, timedelta(hours=8 * days))
    peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
print(json.dumps(peaks))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=os.environ
    )
    five_days, fifty_years = json.loads(ran.stdout)
    assert fifty_years < five_days + 4096
