"""When a desk is open: the shifts of a week, and the days that differ from it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from itertools import pairwise

from django.utils.translation import gettext as _

from .errors import CalendarError
from .instants import DAY, WEEK, Span


@dataclass(frozen=True, slots=True)
class Shift:
    """Open each week from `opens` until `closes` of that day (Monday is 0).

    A shift that closes at or before the time it opens runs over midnight; from 00:00 to 00:00 is
    the whole day.
    """

    weekday: int
    opens: time
    closes: time

    def __post_init__(self):
        if not 0 <= self.weekday <= 6:
            raise CalendarError(_("A weekday is a number from 0 (Monday) to 6 (Sunday)."))


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One date, or the same date each year, that has its own openings instead of the week's.

    No openings: a holiday. It replaces everything on that date from midnight to midnight, a night
    shift of the day before too; an opening of its own may run on into the next day.
    """

    day: date
    yearly: bool = False
    openings: tuple[tuple[time, time], ...] = ()
    name: str = ""


class Openings(tuple[Span, ...]):
    """The open parts of one date, merged, in microseconds of its wall clock; ``total`` of them together."""

    def __init__(self, spans: tuple[Span, ...]):
        self.total = sum(span.end - span.start for span in spans)


@dataclass(frozen=True)
class Calendar:
    time_zone: str
    shifts: tuple[Shift, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()

    def special_on(self, day: date) -> SpecialDay | None:
        """What stands in the calendar for that date; a single date beats a yearly one."""
        return self._single.get(day.toordinal()) or self._yearly.get((day.month, day.day))

    def openings_on(self, ordinal: int) -> Openings:
        """The open parts of a date, merged, in microseconds of the wall clock's day."""
        if (known := self._affected_openings.get(ordinal)) is not None:
            return known
        if self.next_affected(ordinal) > ordinal:
            return self.week[(ordinal - 1) % 7]
        openings = Openings(_merged(self._heads(ordinal) + self._tails(ordinal)))
        self._affected_openings[ordinal] = openings
        return openings

    def next_affected(self, ordinal: int) -> int:
        """The first date from `ordinal` on that may differ from the week, or the new year."""
        year = date.fromordinal(ordinal).year
        days = self._affected(year)
        at = bisect_left(days, ordinal)
        return days[at] if at < len(days) else date(year + 1, 1, 1).toordinal()

    def opens_after(self, ordinal: int) -> bool:
        """Whether there is any opening on that date or a later one."""
        return bool(
            self.week_total
            or any(special.openings for special in self._yearly.values())
            or any(at >= ordinal - 1 and day.openings for at, day in self._single.items())
        )

    @cached_property
    def week_total(self) -> int:
        return sum(openings.total for openings in self.week)

    @cached_property
    def week(self) -> tuple[Openings, ...]:
        return tuple(
            Openings(_merged(_heads(spans) + _tails(self._by_weekday[weekday - 1])))
            for weekday, spans in enumerate(self._by_weekday)
        )

    @cached_property
    def _by_weekday(self) -> list[list[Span]]:
        return [
            [
                span_of(shift.opens, shift.closes)
                for shift in self.shifts
                if shift.weekday == weekday
            ]
            for weekday in range(7)
        ]

    @cached_property
    def _single(self) -> dict[int, SpecialDay]:
        return {day.day.toordinal(): day for day in self.special_days if not day.yearly}

    @cached_property
    def _yearly(self) -> dict[tuple[int, int], SpecialDay]:
        return {(day.day.month, day.day.day): day for day in self.special_days if day.yearly}

    @cached_property
    def _affected_by_year(self) -> dict[int, tuple[int, ...]]:
        return {}

    @cached_property
    def _affected_openings(self) -> dict[int, Openings]:
        return {}

    def _affected(self, year: int) -> tuple[int, ...]:
        """The special days of the year and the days after them, in order."""
        if year not in self._affected_by_year:
            special = self._special_ordinals(year) | (self._special_ordinals(year - 1))
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            days = special | {ordinal + 1 for ordinal in special}
            self._affected_by_year[year] = tuple(sorted(d for d in days if first <= d <= last))
        return self._affected_by_year[year]

    def _special_ordinals(self, year: int) -> set[int]:
        single = {at for at in self._single if date.fromordinal(at).year == year}
        return single | {
            date(year, month, day).toordinal()
            for month, day in self._yearly
            if (month, day) != (2, 29) or _is_leap(year)
        }

    def _spans_of(self, ordinal: int) -> list[Span]:
        """The openings that begin on that date; those that cross midnight end beyond the day."""
        if special := self.special_on(date.fromordinal(ordinal)):
            return [span_of(opens, closes) for opens, closes in special.openings]
        return self._by_weekday[(ordinal - 1) % 7]

    def _heads(self, ordinal: int) -> list[Span]:
        return _heads(self._spans_of(ordinal))

    def _tails(self, ordinal: int) -> list[Span]:
        if self.special_on(date.fromordinal(ordinal)):
            return []
        return _tails(self._spans_of(ordinal - 1))


#: Open around the clock: a calendar like any other.
ALWAYS = Calendar("UTC", tuple(Shift(weekday, time(0), time(0)) for weekday in range(7)))


def overlaps(shifts: tuple[Shift, ...]) -> tuple[Shift, Shift] | None:
    """The first two shifts of a week that are open at the same time, if there are any."""
    laid = sorted(
        ((shift.weekday * DAY + span.start, shift.weekday * DAY + span.end, index, shift)
         for index, shift in enumerate(shifts)
         for span in [span_of(shift.opens, shift.closes)]),
    )  # fmt: skip
    for (_a, end, _i, shift), (start, _b, _j, following) in pairwise(laid):
        if start < end:
            return shift, following
    if len(laid) > 1 and laid[-1][1] - WEEK > laid[0][0]:
        return laid[-1][3], laid[0][3]
    return None


def overlaps_on_special_days(
    openings: Iterable[tuple[date, bool, Shift]],
) -> Iterator[tuple[Shift, Shift]]:
    """For each special day, ``(day, yearly, opening)``, the first two openings that overlap.

    Openings of one date are checked among themselves: they stand instead of the week's.
    """
    days: dict[tuple[date, bool], list[Shift]] = {}
    for day, yearly, opening in openings:
        # Yearly rows of different years mean the same day.
        days.setdefault((day.replace(year=2000) if yearly else day, yearly), []).append(opening)
    for of_one_day in days.values():
        if clash := overlaps(tuple(of_one_day)):
            yield clash


def span_of(opens: time, closes: time) -> Span:
    start, end = _of_day(opens), _of_day(closes)
    return Span(start, end if end > start else end + DAY)


def _of_day(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _heads(spans: list[Span]) -> list[Span]:
    return [Span(span.start, min(span.end, DAY)) for span in spans]


def _tails(spans: list[Span]) -> list[Span]:
    return [Span(0, span.end - DAY) for span in spans if span.end > DAY]


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
