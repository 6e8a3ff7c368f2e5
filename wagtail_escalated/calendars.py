"""From a stored version of business hours to arithmetic."""

from __future__ import annotations

import json
from datetime import date, time
from functools import lru_cache
from typing import Any

from wagtail_escalated.hours import ALWAYS, Calendar, Shift, SpecialDay
from wagtail_escalated.models import CalendarVersion


def calendar_of(version: CalendarVersion | None) -> Calendar:
    """The calendar of a version; around the clock where there is none."""
    return calendar_from(version.rules) if version else ALWAYS


def calendar_from(rules: dict[str, Any]) -> Calendar:
    return _calendar_from_text(json.dumps(rules, sort_keys=True))


@lru_cache(maxsize=256)
def _calendar_from_text(text: str) -> Calendar:
    rules = json.loads(text)
    return Calendar(
        rules["time_zone"],
        tuple(
            Shift(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in rules["shifts"]
        ),
        tuple(_special_day(day) for day in rules["special_days"]),
    )


def _special_day(day: dict[str, Any]) -> SpecialDay:
    return SpecialDay(
        date.fromisoformat(day["day"]),
        day["yearly"],
        tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in day["openings"]
        ),
        day["name"],
    )
