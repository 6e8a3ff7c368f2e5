"""The laws of working time, against an oracle that asks the clock on the wall minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from wagtail_escalated.actions.sla_clocks import deadline
from wagtail_escalated.hours import (
    Calendar,
    Shift,
    SpecialDay,
    TooFar,
    due,
    elapsed,
    intervals,
    latest_start,
)

MINUTE = timedelta(minutes=1)

#: A zone, and UTC dates around which its clocks change: by an hour, half an hour, 45 minutes, a day.
CLOCK_CHANGES = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Europe/London": [date(2026, 3, 29), date(2026, 10, 25), date(1968, 2, 18)],
    "Europe/Dublin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/St_Johns": [date(2026, 3, 8), date(2006, 10, 29)],
    "America/Sao_Paulo": [date(2018, 11, 4), date(2019, 2, 17)],
    "Australia/Lord_Howe": [date(2026, 4, 4), date(2026, 10, 3)],
    "Australia/Adelaide": [date(2026, 4, 4), date(2026, 10, 3)],
    "Pacific/Chatham": [date(2026, 4, 4), date(2026, 9, 26)],
    "Pacific/Apia": [date(2011, 12, 30), date(2011, 9, 24)],
    "Pacific/Kwajalein": [date(1993, 8, 21)],
    "Asia/Kathmandu": [date(1985, 12, 31)],
    "Asia/Pyongyang": [date(2015, 8, 14), date(2018, 5, 4)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],
    "America/Caracas": [date(2007, 12, 9), date(2016, 5, 1)],
    "Antarctica/Troll": [date(2026, 3, 29), date(2026, 10, 25)],
    "Asia/Gaza": [date(2026, 3, 28), date(2026, 10, 23)],
    "UTC": [date(2026, 1, 1), date(2028, 2, 29)],
}

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
shifts = st.builds(Shift, st.integers(0, 6), times, times)


@st.composite
def calendars_and_instants(draw):
    """A calendar whose special days lie near a change of its zone's clocks, and three instants there."""
    zone = draw(st.sampled_from(sorted(CLOCK_CHANGES)))
    around = draw(st.sampled_from(CLOCK_CHANGES[zone]))
    special = st.builds(
        SpecialDay,
        st.integers(-3, 4).map(lambda days: around + timedelta(days=days)),
        st.booleans(),
        st.lists(st.tuples(times, times), max_size=2).map(tuple),
    )
    calendar = Calendar(
        zone,
        tuple(draw(st.lists(shifts, max_size=10))),
        tuple(draw(st.lists(special, max_size=3, unique_by=lambda day: (day.day, day.yearly)))),
    )
    midnight = datetime(around.year, around.month, around.day, tzinfo=UTC)
    minutes = st.integers(-1440, 2 * 1440)
    return calendar, *sorted(midnight + MINUTE * draw(minutes) for _ in range(3))


def shown_open(calendar, wall):
    """Whether a clock that shows this date and time shows an open one: the definition, literally."""

    def specials(day):
        single = [s for s in calendar.special_days if not s.yearly and s.day == day]
        yearly = [
            s
            for s in calendar.special_days
            if s.yearly and (s.day.month, s.day.day) == (day.month, day.day)
        ]
        return single[-1:] or yearly[-1:]

    def openings(day):
        if found := specials(day):
            return found[0].openings
        return [(s.opens, s.closes) for s in calendar.shifts if s.weekday == day.weekday()]

    today, yesterday, now = wall.date(), wall.date() - timedelta(days=1), wall.time()
    for opens, closes in openings(today):
        if opens <= now and (now < closes or closes <= opens):
            return True
    if specials(today):
        return False
    return any(closes <= opens and now < closes for opens, closes in openings(yesterday))


def walk(calendar, a, b):
    """The open minutes between two instants, one after the other."""
    zone = ZoneInfo(calendar.time_zone)
    while a < b:
        if shown_open(calendar, a.astimezone(zone).replace(tzinfo=None)):
            yield a
        a += MINUTE


@settings(max_examples=500, deadline=None)
@given(calendars_and_instants())
def test_elapsed_counts_the_minutes_the_wall_clock_shows_open(case):
    calendar, a, _, b = case
    assert elapsed(calendar, a, b) == MINUTE * sum(1 for _ in walk(calendar, a, b))


@settings(max_examples=300, deadline=None)
@given(calendars_and_instants())
def test_intervals_are_those_minutes_and_never_touch(case):
    calendar, a, _, b = case
    spans = list(intervals(calendar, a, b))
    minutes = [
        start + MINUTE * n for start, end in spans for n in range(int((end - start) / MINUTE))
    ]
    assert minutes == list(walk(calendar, a, b))
    assert all(end < start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert sum((end - start for start, end in spans), timedelta()) == elapsed(calendar, a, b)


@settings(max_examples=300, deadline=None)
@given(calendars_and_instants(), st.data())
def test_due_is_the_end_of_the_last_minute_that_is_needed(case, data):
    calendar, a, _, b = case
    minutes = list(walk(calendar, a, b))
    assume(minutes)
    needed = data.draw(st.integers(1, len(minutes)))
    assert due(calendar, a, MINUTE * needed) == minutes[needed - 1] + MINUTE


OPEN_SOMETIME = st.builds(
    Calendar,
    st.sampled_from(sorted(CLOCK_CHANGES)),
    st.lists(shifts, min_size=1, max_size=12).map(tuple),
    st.lists(
        st.builds(
            SpecialDay,
            st.dates(date(2024, 1, 1), date(2027, 12, 31)),
            st.booleans(),
            st.lists(st.tuples(times, times), max_size=2).map(tuple),
        ),
        max_size=8,
        unique_by=lambda day: day.day,
    ).map(tuple),
)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CENTURY = datetime(1950, 1, 1), datetime(2049, 12, 31)  # noqa: DTZ001
INSTANTS_OF_A_CENTURY = st.datetimes(*CENTURY, timezones=st.just(UTC))
DURATIONS = st.timedeltas(timedelta(), timedelta(days=90))


def due_within_a_century(*case):
    """A minute of opening a week does not add up to ninety days before everybody is dead."""
    try:
        return due(*case)
    except TooFar:
        reject()


LAWS = settings(max_examples=500, deadline=None)


@LAWS
@given(OPEN_SOMETIME, INSTANTS, DURATIONS)
@example(
    Calendar("UTC", (Shift(0, time(9), time(17)),)),
    datetime(2026, 4, 13, 9, tzinfo=UTC),
    timedelta(hours=8 * 10),
)
def test_elapsed_is_the_inverse_of_due(calendar, start, duration):
    end = due_within_a_century(calendar, start, duration)
    assert elapsed(calendar, start, end) == duration
    if duration:
        assert elapsed(calendar, start, end - timedelta(microseconds=1)) < duration


@LAWS
@given(OPEN_SOMETIME, INSTANTS, DURATIONS)
def test_the_latest_start_is_the_last_instant_from_which_it_had_passed(calendar, end, duration):
    try:
        start = latest_start(calendar, end, duration)
    except TooFar:
        reject()
    assert elapsed(calendar, start, end) == duration
    if duration:
        assert elapsed(calendar, start + timedelta(microseconds=1), end) < duration
        assert due(calendar, start, duration) <= end


@LAWS
@given(OPEN_SOMETIME, INSTANTS, INSTANTS, INSTANTS)
def test_elapsed_is_additive_in_any_order(calendar, a, b, c):
    assert elapsed(calendar, a, c) == elapsed(calendar, a, b) + elapsed(calendar, b, c)


@LAWS
@given(OPEN_SOMETIME, INSTANTS, DURATIONS, DURATIONS)
def test_due_is_additive_and_never_goes_back(calendar, start, first, second):
    halfway = due_within_a_century(calendar, start, first)
    end = due_within_a_century(calendar, start, first + second)
    assert start <= halfway <= end
    assert due_within_a_century(calendar, halfway, second) == end


@LAWS
@given(OPEN_SOMETIME, INSTANTS, INSTANTS, DURATIONS)
def test_starting_later_is_never_due_earlier(calendar, a, b, duration):
    early, late = sorted((a, b))
    assert due_within_a_century(calendar, early, duration) <= due_within_a_century(
        calendar, late, duration
    )


@settings(max_examples=300, deadline=None)
@given(
    OPEN_SOMETIME,
    INSTANTS,
    DURATIONS,
    st.sampled_from(sorted(CLOCK_CHANGES)).map(ZoneInfo),
)
def test_it_does_not_matter_how_the_instant_s_zone_is_written(calendar, start, duration, zone):
    end = due_within_a_century(calendar, start, duration)
    assert due_within_a_century(calendar, start.astimezone(zone), duration) == end
    assert elapsed(calendar, start.astimezone(zone), end.astimezone(zone)) == duration


@settings(max_examples=150, deadline=None)
@given(calendars_and_instants(), st.lists(st.integers(0, 3 * 1440), max_size=8), st.data())
def test_with_pauses_it_is_due_at_the_end_of_the_last_minute_that_counts(case, cuts, data):
    """The clock of a ticket: the pauses are minutes that do not count, however they lie."""
    calendar, start, *_rest = case
    ran, begin = [], start
    for pause, resume in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False):
        ran.append((begin, start + MINUTE * pause))
        begin = start + MINUTE * resume
    minutes = [minute for a, b in ran for minute in walk(calendar, a, b)]
    minutes += walk(calendar, begin, begin + timedelta(days=1))
    assume(minutes)
    needed = data.draw(st.integers(1, len(minutes)))
    expected = minutes[needed - 1] + MINUTE
    if any(expected == end for _begin, end in ran):
        # Used up just as a pause begins: the first moment after the pause is late.
        later = [(a, b) for a, b in [*ran, (begin, None)] if a >= expected and a != b]
        expected = later[0][0]
    assert deadline(calendar, MINUTE * needed, iter([*ran, (begin, None)])) == expected


AROUND_THE_CLOCK = tuple(Shift(day, time(0), time(0)) for day in range(7))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(available_timezones())),
    st.lists(INSTANTS_OF_A_CENTURY, min_size=2, max_size=2),
)
def test_in_every_zone_there_is_open_around_the_clock_is_plain_time(zone, instants):
    a, b = sorted(instants)
    calendar = Calendar(zone, AROUND_THE_CLOCK)
    assert elapsed(calendar, a, b) == b - a
    assert due(calendar, a, b - a) == b


def closed_times(openings):
    """The rest of a day, as openings that do not cross midnight."""
    minutes = set(range(1440))
    for opens, closes in openings:
        first, last = minute_of(opens), minute_of(closes) or 1440
        minutes -= set(range(first, last))
    borders = sorted(m for m in minutes if m - 1 not in minutes or m + 1 not in minutes)
    starts = [m for m in borders if m - 1 not in minutes]
    ends = [m + 1 for m in borders if m + 1 not in minutes]
    return tuple((time_at(a), time_at(b)) for a, b in zip(starts, ends, strict=True))


def minute_of(at):
    return at.hour * 60 + at.minute


def time_at(minute):
    return time(minute // 60 % 24, minute % 60)


WITHIN_A_DAY = st.lists(
    st.tuples(times, times).filter(lambda pair: pair[0] < pair[1] or pair[1] == time(0)), max_size=3
).map(tuple)


@LAWS
@given(
    st.sampled_from(sorted(CLOCK_CHANGES)),
    st.lists(WITHIN_A_DAY, min_size=7, max_size=7),
    st.dictionaries(st.dates(date(2024, 1, 1), date(2027, 12, 31)), WITHIN_A_DAY, max_size=8),
    INSTANTS,
    INSTANTS,
)
def test_open_and_closed_together_are_all_the_time_there_is(zone, week, special, a, b):
    """Over years, with every change of the clocks and holiday in them: nothing is lost or counted twice."""

    def calendar(of):
        return Calendar(
            zone,
            tuple(Shift(day, *times) for day, opened in enumerate(week) for times in of(opened)),
            tuple(SpecialDay(day, openings=of(opened)) for day, opened in special.items()),
        )

    opened, closed = calendar(lambda times: times), calendar(closed_times)
    assert elapsed(opened, a, b) + elapsed(closed, a, b) == b - a


#: Each of them is open or closed at the moment the clocks change, somewhere.
WEEKS = {
    "nights": tuple(Shift(day, time(22), time(6)) for day in range(7)),
    "touching": tuple(
        Shift(day, time(hour), time((hour + 3) % 24))
        for day in range(7)
        for hour in range(0, 24, 3)
    ),
    "split": tuple(
        Shift(day, time(a, 30), time(b)) for day in range(7) for a, b in ((0, 2), (2, 3), (23, 0))
    ),
    "all day": AROUND_THE_CLOCK,
}


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("zone", sorted(CLOCK_CHANGES))
def test_at_every_change_of_the_clocks_each_minute_is_due_when_it_was_walked(zone, week):
    for around in CLOCK_CHANGES[zone]:
        holiday = SpecialDay(around + timedelta(days=1), openings=((time(1), time(4)),))
        for special in ((), (holiday,)):
            calendar = Calendar(zone, WEEKS[week], special)
            start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(
                hours=20
            )
            minutes = list(walk(calendar, start, start + timedelta(hours=60)))
            for needed in range(1, len(minutes) + 1, 11):
                end = minutes[needed - 1] + MINUTE
                assert due(calendar, start, MINUTE * needed) == end
                assert elapsed(calendar, start, end) == MINUTE * needed


@pytest.mark.parametrize("zone", sorted(CLOCK_CHANGES))
def test_a_year_of_office_hours_equals_the_walk(zone):
    """Coarser than the rest, by quarters of an hour, but every clock change of a whole year is in it."""
    calendar = Calendar(
        zone,
        tuple(Shift(day, time(0), time(3)) for day in range(7)),
        (SpecialDay(date(2000, 5, 1), yearly=True),),
    )
    year = CLOCK_CHANGES[zone][0].year
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    counted = elapsed(calendar, at, end)
    local, quarter, walked = ZoneInfo(zone), timedelta(minutes=15), timedelta()
    while at < end:
        if shown_open(calendar, at.astimezone(local).replace(tzinfo=None)):
            walked += quarter
        at += quarter
    assert counted == walked
