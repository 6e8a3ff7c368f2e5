"""When a snoozed ticket comes back: the presets, in the agent's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from wagtail_escalated.exceptions import SnoozeNotAllowed

MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    label: str
    at: datetime


def presets(now: datetime, zone: str) -> list[Preset]:
    here = now.astimezone(ZoneInfo(zone))
    # On a Monday the next one is in seven days.
    to_monday = 7 - here.weekday()
    return [
        Preset("hour", _("In 1 hour"), now + timedelta(hours=1)),
        Preset("hours", _("In 4 hours"), now + timedelta(hours=4)),
        Preset("tomorrow", _("Tomorrow morning"), _morning(here, 1)),
        Preset("monday", _("Next Monday"), _morning(here, to_monday)),
    ]


def read_moment(text: str, *, now: datetime, zone: str) -> datetime:
    """A preset's key, or the text of a ``datetime-local`` field; raises ``SnoozeNotAllowed``."""
    for preset in presets(now, zone):
        if text == preset.key:
            return preset.at
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise SnoozeNotAllowed(_("Choose when it should come back."))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def _morning(here: datetime, days: int) -> datetime:
    day = here.date() + timedelta(days=days)
    return datetime.combine(day, MORNING, tzinfo=here.tzinfo).astimezone(UTC)
