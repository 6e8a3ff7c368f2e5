"""What no arithmetic with working time can mend."""

from __future__ import annotations

from wagtail_escalated.exceptions import EscalatedError


class CalendarError(EscalatedError, ValueError):
    """Something about a calendar or an instant that no arithmetic can mend."""

    code = "calendar"


class UnknownZone(CalendarError):
    """The zone is not in the time zone database."""

    code = "unknown_zone"


class NeverOpens(CalendarError):
    """From the start on the calendar has no opening at all."""

    code = "never_opens"


class TooFar(CalendarError):
    """The answer lies beyond a hundred years, or an instant outside 1900 to 2500."""

    code = "too_far"


class NegativeDuration(CalendarError):
    """Nothing can be due before it started."""

    code = "negative_duration"


class NaiveInstant(CalendarError):
    """An instant without a zone could be anywhere."""

    code = "naive_instant"
