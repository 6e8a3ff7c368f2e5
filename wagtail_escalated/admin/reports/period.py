"""The days of a report, the days before them, and the instants at which they begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

#: What can be chosen with one click, in days.
PRESETS = (7, 30, 90)
DEFAULT_DAYS = 30
MOST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included, as the reader's calendar has them."""

    first: date
    last: date
    zone: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> Period:
        """As many days, right before."""
        return Period(
            self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone
        )

    def dates(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def within(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.end})

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def period_from(query: Mapping[str, str], *, today: date, zone: str) -> Period:
    """From ``from`` and ``to``, else the last ``days``. What makes no sense becomes the last 30 days."""
    last = _date(query.get("to")) or today
    first = _date(query.get("from"))
    if first is None or not 0 <= (last - first).days < MOST_DAYS:
        first = last - timedelta(days=_days(query.get("days")) - 1)
    return Period(first, last, zone)


def _days(text: str | None) -> int:
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 0
    return number if 0 < number <= MOST_DAYS else DEFAULT_DAYS


def _date(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
