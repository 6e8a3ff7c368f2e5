"""Business hours from rows to versions that never change."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.db import transaction

from wagtail_escalated.models import BusinessHours, CalendarVersion

EVERY_DAY = [[weekday, "00:00:00", "00:00:00"] for weekday in range(7)]


def current_version(hours: BusinessHours) -> CalendarVersion:
    """The version of the rows as they are now; taken when it is first needed after a change."""
    if hours.current_id is None:
        with transaction.atomic():
            hours.current = _version_of_now(hours.pk)
    return cast(CalendarVersion, hours.current)


def _version_of_now(pk: int) -> CalendarVersion:
    """Under the row's lock: who changes the hours meanwhile would otherwise leave an old version as the current one."""
    hours = BusinessHours.objects.select_for_update().get(pk=pk)
    if hours.current is None:
        rules = rules_of(hours)
        last = hours.versions.last()
        # Another name, or a save that changed nothing, is no other promise.
        unchanged = last is not None and last.rules == rules
        hours.current = (
            last if unchanged else CalendarVersion.objects.create(hours=hours, rules=rules)
        )
        BusinessHours.objects.filter(pk=pk).update(current=hours.current)
    return cast(CalendarVersion, hours.current)


def rules_of(hours: BusinessHours) -> dict[str, Any]:
    """What a version keeps: zone, ``[weekday, from, to]``, and special days by date."""
    shifts = [
        [shift.weekday, shift.start.isoformat(), shift.end.isoformat()]
        for shift in hours.shifts.all()
    ]
    return {
        "time_zone": hours.time_zone,
        "shifts": EVERY_DAY if hours.always_open else shifts,
        "special_days": _special_days_of(hours),
    }


def _special_days_of(hours: BusinessHours) -> list[dict[str, Any]]:
    days: dict[tuple[date, bool], dict[str, Any]] = {}
    for row in hours.holidays.all():
        # Yearly rows of different years mean the same day.
        key = (row.date.replace(year=2000) if row.yearly else row.date, row.yearly)
        day = days.setdefault(
            key,
            {"day": row.date.isoformat(), "yearly": row.yearly, "name": row.name, "openings": []},
        )
        if row.start is not None:
            day["openings"].append([row.start.isoformat(), row.end.isoformat()])
    return list(days.values())
