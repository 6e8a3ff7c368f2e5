"""How a deadline came about: what was counted, what was not, and why, in the order it happened.

A table that a customer could be shown: it names hours, pauses and holidays, and nothing of the desk's inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from wagtail_escalated.actions.sla_clocks import stretches
from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.hours import Calendar, SpecialDay, UnknownZone, intervals, zone
from wagtail_escalated.models import SLAClock, Ticket

#: A promise of a year in split shifts has no more lines than this; what lies beyond is summed up in one.
MOST_LINES = 400

KINDS_OF_LINES = COUNTED, PAUSED, SPECIAL = "counted", "paused", "special_day"
#: What ``state_of`` says.
STATES = ("kept", "kept_late", "missed", "paused", "running")


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A stretch of time: counted, paused (``why`` is the reason), or a special day (``why`` is its name)."""

    begin: datetime
    end: datetime | None
    kind: str = field(compare=False)
    why: str = field(compare=False, default="")
    #: What it counted, and what all lines up to here did.
    counts: timedelta = field(compare=False, default=timedelta())
    total: timedelta = field(compare=False, default=timedelta())
    #: Still to come, if nothing changes.
    ahead: bool = field(compare=False, default=False)


@dataclass(frozen=True, slots=True)
class Ledger:
    metric: str
    label: str
    policy: str
    hours: str
    zone: ZoneInfo
    target: timedelta
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    #: Used until now, or until it was met.
    used: timedelta
    lines: tuple[Line, ...]
    #: Whether lines were left out at the end.
    is_cut: bool

    @property
    def left(self) -> timedelta:
        """What remains of the target; negative when it is used up."""
        return self.target - self.used

    def as_json(self) -> dict[str, Any]:
        """With instants in ISO 8601 and spans in seconds."""
        return {
            "metric": self.metric,
            "policy": self.policy,
            "hours": self.hours,
            "time_zone": self.zone.key,
            "state": self.state,
            "target_seconds": self.target.total_seconds(),
            "used_seconds": self.used.total_seconds(),
            "left_seconds": self.left.total_seconds(),
            "started_at": _iso(self.started_at),
            "due_at": _iso(self.due_at),
            "met_at": _iso(self.met_at),
            "breached_at": _iso(self.breached_at),
            "lines": [_line_as_json(line) for line in self.lines],
            "is_cut": self.is_cut,
        }


def ledgers_of(ticket: Ticket, *, now: datetime) -> list[Ledger]:
    """Of each promise of a ticket, in the order they were made."""
    clocks = ticket.clocks.select_related("policy", "calendar__hours").order_by("pk")
    return [explain(clock, now=now) for clock in clocks]


def explain(clock: SLAClock, *, now: datetime) -> Ledger:
    """The ledger of one clock, up to its deadline, or to when it was met or stood still."""
    calendar = _known(calendar_of(clock.calendar))
    end = _end(clock, now)
    lines = list(islice(_lines(clock, calendar, end, now), MOST_LINES + 1))
    hours = clock.calendar.hours if clock.calendar else None
    return Ledger(
        metric=clock.metric,
        label=clock.get_metric_display(),
        policy=clock.policy.name if clock.policy else "",
        hours=hours.name if hours else "",
        zone=zone(calendar.time_zone),
        target=clock.target,
        state=state_of(clock, now=now),
        started_at=clock.started_at,
        due_at=clock.due_at,
        met_at=clock.met_at,
        breached_at=clock.breached_at,
        used=_used(clock, calendar, now),
        lines=tuple(lines[:MOST_LINES]),
        is_cut=len(lines) > MOST_LINES,
    )


def _known(calendar: Calendar) -> Calendar:
    """One that never opens where its zone is gone from here: then nothing can be counted, and pauses can be told."""
    try:
        zone(calendar.time_zone)
    except UnknownZone:
        return Calendar("UTC")
    return calendar


def state_of(clock: SLAClock, *, now: datetime) -> str:
    """One of ``STATES``."""
    late = clock.breached_at is not None or (
        clock.due_at is not None and clock.due_at < (clock.met_at or now)
    )
    if clock.met_at:
        return "kept_late" if late else "kept"
    if late:
        return "missed"
    return "paused" if clock.is_paused else "running"


def _end(clock: SLAClock, now: datetime) -> datetime:
    """Where the story ends: a running clock's at its deadline, even if that is still to come."""
    if clock.met_at:
        return clock.met_at
    return max(now, clock.due_at or now)


def _used(clock: SLAClock, calendar: Calendar, now: datetime) -> timedelta:
    return sum(
        (end - begin for begin, end in _counted(clock, calendar, clock.met_at or now)), timedelta()
    )


def _lines(clock: SLAClock, calendar: Calendar, end: datetime, now: datetime) -> Iterator[Line]:
    total = timedelta()
    for line in merge(
        _counted_lines(clock, calendar, end, now),
        _paused_lines(clock, end),
        _special_lines(calendar, clock.started_at, end),
    ):
        total += line.counts
        yield Line(line.begin, line.end, line.kind, line.why, line.counts, total, line.ahead)


def _counted_lines(
    clock: SLAClock, calendar: Calendar, end: datetime, now: datetime
) -> Iterator[Line]:
    for begin, stop in _counted(clock, calendar, end):
        if begin < now < stop:
            yield Line(begin, now, COUNTED, counts=now - begin)
            yield Line(now, stop, COUNTED, counts=stop - now, ahead=True)
        else:
            yield Line(begin, stop, COUNTED, counts=stop - begin, ahead=begin >= now)


def _counted(
    clock: SLAClock, calendar: Calendar, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    for begin, stop in stretches(clock):
        yield from intervals(calendar, begin, max(begin, min(stop or end, end)))


def _paused_lines(clock: SLAClock, end: datetime) -> Iterator[Line]:
    for start, stop, why in clock.pauses:
        began = datetime.fromisoformat(start)
        stopped = datetime.fromisoformat(stop) if stop else None
        if began < end and began != stopped:
            yield Line(began, stopped or end, PAUSED, why)


def _special_lines(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Line]:
    local = zone(calendar.time_zone)
    day, last = start.astimezone(local).date(), end.astimezone(local).date()
    while day <= last:
        if special := calendar.special_on(day):
            yield _special_line(special, datetime.combine(day, time(), tzinfo=local))
        day += timedelta(days=1)


def _special_line(special: SpecialDay, midnight: datetime) -> Line:
    return Line(midnight, midnight + timedelta(days=1), SPECIAL, special.name)


def _line_as_json(line: Line) -> dict[str, Any]:
    return {
        "from": _iso(line.begin),
        "to": _iso(line.end),
        "kind": line.kind,
        "why": line.why,
        "counted_seconds": line.counts.total_seconds(),
        "total_seconds": line.total.total_seconds(),
        "ahead": line.ahead,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
