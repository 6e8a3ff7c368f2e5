"""Instants as whole microseconds since 1970, so that nothing is ever rounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from .errors import NaiveInstant, TooFar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
MICROSECOND = timedelta(microseconds=1)
DAY = 24 * 60 * 60 * 1_000_000
WEEK = 7 * DAY

#: Outside these years zones and dates mean little, and Python's own limits come near.
FIRST_YEAR, LAST_YEAR = 1900, 2500
FIRST = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST = (datetime(LAST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND


class Span(NamedTuple):
    """Microseconds, end excluded: of a day, of the wall clock, or since 1970."""

    start: int
    end: int


def ordinal_of(wall: int) -> int:
    return EPOCH_ORDINAL + wall // DAY


def microseconds(at: datetime) -> int:
    if at.utcoffset() is None:
        raise NaiveInstant(_("The moment %(at)s has no time zone.") % {"at": at.isoformat()})
    since = (at - EPOCH) // MICROSECOND
    if not FIRST <= since <= LAST:
        raise TooFar(_("The moment %(at)s is too far away.") % {"at": at.isoformat()})
    return since


def instant(since: int) -> datetime:
    return EPOCH + timedelta(microseconds=since)
