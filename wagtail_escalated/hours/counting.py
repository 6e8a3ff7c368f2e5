"""How much working time there is between two instants, and when so much of it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from .calendar import Calendar
from .errors import NegativeDuration, NeverOpens, TooFar
from .instants import (
    DAY,
    EPOCH_ORDINAL,
    FIRST,
    LAST,
    MICROSECOND,
    WEEK,
    Span,
    instant,
    microseconds,
    ordinal_of,
)
from .zones import segments

#: No deadline lies further from its start than this.
HORIZON = timedelta(days=36_525)


def elapsed(calendar: Calendar, a: datetime, b: datetime) -> timedelta:
    """The working time from `a` to `b`; negative when `b` comes first."""
    start, end = microseconds(a), microseconds(b)
    if end < start:
        return -elapsed(calendar, b, a)
    counted, _at = _count(calendar, start, end, None)
    return timedelta(microseconds=counted)


def due(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    """The first instant, in UTC, at which `duration` of working time has passed since `start`.

    So a target that is used up exactly when a shift ends is due at that closing time, and one of
    nothing is due at once, even at night. Raises `NegativeDuration`, `NeverOpens` or `TooFar`.
    """
    wanted = duration // MICROSECOND
    at = microseconds(start)
    if wanted < 0:
        raise NegativeDuration(_("A target cannot be negative."))
    if wanted == 0:
        return start.astimezone(UTC)
    # The wall clock may be a day behind UTC.
    if not calendar.opens_after(ordinal_of(at) - 1):
        raise NeverOpens(_("These business hours never open."))
    limit = min(at + HORIZON // MICROSECOND, LAST)
    counted, end = _count(calendar, at, limit, wanted)
    if counted < wanted:
        raise TooFar(_("The target is not reached within a hundred years."))
    return instant(end)


def latest_start(calendar: Calendar, end: datetime, duration: timedelta) -> datetime:
    """The last instant, in UTC, from which `duration` of working time has passed by `end`.

    So what began then or before has used it up, and what began later has not. Raises as `due` does.
    """
    wanted, stop = duration // MICROSECOND, microseconds(end)
    if wanted < 0:
        raise NegativeDuration(_("A target cannot be negative."))
    if wanted == 0:
        return end.astimezone(UTC)
    first = max(stop - HORIZON // MICROSECOND, FIRST)
    weeks = 1 + wanted // calendar.week_total if calendar.week_total else 1
    low, high = max(stop - weeks * WEEK, first), stop
    while _count(calendar, low, stop, wanted)[0] < wanted:
        if low == first:
            raise TooFar(_("The target is not reached within a hundred years."))
        low, high = max(stop - 4 * (stop - low), first), low
    while high - low > 1:
        middle = (low + high) // 2
        if _count(calendar, middle, stop, wanted)[0] < wanted:
            high = middle
        else:
            low = middle
    return instant(low)


def intervals(calendar: Calendar, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open times between `a` and `b` as pairs of instants in UTC, touching ones as one."""
    last: Span | None = None
    for span in _open_spans(calendar, microseconds(a), microseconds(b)):
        if last and span.start == last.end:
            last = Span(last.start, span.end)
            continue
        if last:
            yield instant(last.start), instant(last.end)
        last = span
    if last:
        yield instant(last.start), instant(last.end)


def _count(calendar: Calendar, start: int, end: int, wanted: int | None) -> tuple[int, int]:
    """Count open microseconds until `end`, or until `wanted`: how many there were, and where."""
    counted = 0
    for segment, offset in segments(calendar.time_zone, start, end):
        rest = None if wanted is None else wanted - counted
        wall = Span(segment.start + offset, segment.end + offset)
        more, at = _count_wall(calendar, wall, rest)
        counted += more
        if counted == wanted:
            return counted, at - offset
    return counted, end


def _count_wall(calendar: Calendar, wall: Span, wanted: int | None) -> tuple[int, int]:
    counted, ordinal, week = 0, ordinal_of(wall.start), calendar.week
    ordinary_until = ordinal
    while (midnight := (ordinal - EPOCH_ORDINAL) * DAY) < wall.end:
        if ordinal >= ordinary_until:
            ordinary_until = calendar.next_affected(ordinal)
        ordinary = ordinal < ordinary_until
        if midnight >= wall.start and ordinary:
            weeks = min((ordinary_until - ordinal) // 7, (wall.end - midnight) // WEEK)
            if wanted is not None and calendar.week_total:
                # One microsecond stays for the walk below, which finds the closing time.
                weeks = min(weeks, (wanted - counted - 1) // calendar.week_total)
            if weeks:
                counted += weeks * calendar.week_total
                ordinal += weeks * 7
                continue
        openings = week[(ordinal - 1) % 7] if ordinary else calendar.openings_on(ordinal)
        if wall.start <= midnight <= wall.end - DAY:
            whole = counted + openings.total
            if wanted is None or whole < wanted:
                counted = whole
                ordinal += 1
                continue
        for opens, closes in openings:
            begin = max(midnight + opens, wall.start)
            length = min(midnight + closes, wall.end) - begin
            if wanted is not None and counted + length >= wanted and length > 0:
                return wanted, begin + wanted - counted
            counted += max(length, 0)
        ordinal += 1
    return counted, wall.end


def _open_spans(calendar: Calendar, start: int, end: int) -> Iterator[Span]:
    for segment, offset in segments(calendar.time_zone, start, end):
        ordinal = ordinal_of(segment.start + offset)
        while (midnight := (ordinal - EPOCH_ORDINAL) * DAY - offset) < segment.end:
            for opens, closes in calendar.openings_on(ordinal):
                span = Span(
                    max(midnight + opens, segment.start), min(midnight + closes, segment.end)
                )
                if span.start < span.end:
                    yield span
            ordinal += 1
