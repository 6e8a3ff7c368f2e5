"""Business hours as a week one can see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from wagtail.admin.panels import Panel

from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.calendars import calendar_from
from wagtail_escalated.hours import Calendar, SpecialDay
from wagtail_escalated.hours.instants import DAY, EPOCH, MICROSECOND, Span
from wagtail_escalated.models import BusinessHours
from wagtail_escalated.models.hours import Weekday

MINUTE = 60_000_000
#: How far ahead special days are listed, and how many at most.
AHEAD, MOST = 366, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """In minutes of the day, for the picture."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    bars: list[Bar]
    text: str


def week_of(calendar: Calendar) -> list[Day]:
    return [
        Day(str(day.label), _bars(calendar.week[day]), _text(calendar.week[day])) for day in Weekday
    ]


def special_days_of(calendar: Calendar, today: date) -> list[tuple[date, SpecialDay, str]]:
    """The special days of the year that begins today, with what they are open."""
    days = (today + timedelta(days=ahead) for ahead in range(AHEAD))
    found = ((day, calendar.special_on(day)) for day in days)
    special = [
        (day, special, _text(calendar.openings_on(day.toordinal())))
        for day, special in found
        if special
    ]
    return special[:MOST]


def _bars(openings: tuple[Span, ...]) -> list[Bar]:
    return [Bar(start // MINUTE, (end - start) // MINUTE) for start, end in openings]


def _text(openings: tuple[Span, ...]) -> str:
    if openings == (Span(0, DAY),):
        return _("open all day")
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in openings) or _("closed")


def _clock(at: int) -> str:
    return "24:00" if at == DAY else time_format(EPOCH + at * MICROSECOND, "H:i")


class WeekPanel(Panel):
    """The hours as they were saved last; nothing on the page for new ones."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated/admin/sla_week.html"

        def is_shown(self) -> bool:
            return super().is_shown() and self.instance.pk is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            # What is being edited may be wrong: the picture shows what is in force.
            calendar = calendar_from(rules_of(BusinessHours.objects.get(pk=self.instance.pk)))
            context["days"] = week_of(calendar)
            context["special_days"] = special_days_of(calendar, timezone.localdate())
            context["total"] = calendar.week_total / (60 * MINUTE)
            context["zone"] = calendar.time_zone
            return context
