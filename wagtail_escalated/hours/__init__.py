"""Working time as arithmetic: pure functions of (calendar, instant, duration), in UTC inside.

A calendar is open at an instant when the clock on the wall of its zone shows an open time.
From that one sentence follows what happens when the clocks change: an hour that does not exist
is never counted, an hour that happens twice is counted twice, and a date that a zone skipped
(Apia, 30 December 2011) has no hours at all.

Everything is counted in whole microseconds since 1970, so `due` and `elapsed` are exact inverses.
"""

from .calendar import (
    ALWAYS,
    Calendar,
    Shift,
    SpecialDay,
    overlaps,
    overlaps_on_special_days,
)
from .counting import due, elapsed, intervals, latest_start
from .errors import (
    CalendarError,
    NaiveInstant,
    NegativeDuration,
    NeverOpens,
    TooFar,
    UnknownZone,
)
from .zones import zone

__all__ = [
    "ALWAYS",
    "Calendar",
    "CalendarError",
    "NaiveInstant",
    "NegativeDuration",
    "NeverOpens",
    "Shift",
    "SpecialDay",
    "TooFar",
    "UnknownZone",
    "due",
    "elapsed",
    "intervals",
    "latest_start",
    "overlaps",
    "overlaps_on_special_days",
    "zone",
]
