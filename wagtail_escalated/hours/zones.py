"""Zones: by name, and cut where their clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from .errors import UnknownZone
from .instants import DAY, MICROSECOND, Span, instant, microseconds


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; raises `UnknownZone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(_("“%(name)s” is not a known time zone.") % {"name": name}) from error


def segments(zone_name: str, start: int, end: int) -> Iterator[tuple[Span, int]]:
    """The stretches between `start` and `end` in which the zone keeps one offset from UTC."""
    year = instant(start).year
    while start < end:
        for segment, offset in _segments_of_year(zone_name, year):
            stop = min(segment.end, end)
            if start < stop:
                yield Span(start, stop), offset
                start = stop
        year += 1


@lru_cache(maxsize=4096)
def _segments_of_year(zone_name: str, year: int) -> tuple[tuple[Span, int], ...]:
    """A year (in UTC) cut where the zone's clocks change. No zone changes them twice a day."""
    local = zone(zone_name)
    start = microseconds(datetime(year, 1, 1, tzinfo=UTC))
    end = microseconds(datetime(year + 1, 1, 1, tzinfo=UTC))
    cuts = [start]
    for low in range(start, end, DAY):
        high = min(low + DAY, end)
        if _offset(local, low) != _offset(local, high):
            cuts.append(_change_between(local, low, high))
    return tuple(
        (Span(a, b), _offset(local, a)) for a, b in pairwise([*cuts, end]) if a < b
    )  # fmt: skip


def _change_between(local: ZoneInfo, low: int, high: int) -> int:
    """The first microsecond of the offset that holds at `high`."""
    after = _offset(local, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(local, middle) == after:
            high = middle
        else:
            low = middle
    return high


def _offset(local: ZoneInfo, at: int) -> int:
    return cast(timedelta, instant(at).astimezone(local).utcoffset()) // MICROSECOND
