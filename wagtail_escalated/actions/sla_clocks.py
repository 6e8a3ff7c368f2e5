"""What a clock may do: run, stand still, be met, start again. Changes the row in memory alone.

A deadline is always told from the beginning: from ``started_at``, the pauses, the calendar and the target.
So a clock that was paused a hundred times and one that is explained a year later say the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.hours import Calendar, CalendarError, due, elapsed, latest_start
from wagtail_escalated.models import Metric, SLAClock, Status, Ticket
from wagtail_escalated.models.sla import default_pause_statuses

logger = logging.getLogger(__name__)

RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)
#: Reasons of a pause that are no status.
SNOOZED, DONE = "snoozed", "done"

#: Begin and end; no end while the clock still runs.
Stretch = tuple[datetime, datetime | None]


def follow(clock: SLAClock, ticket: Ticket, *, now: datetime) -> None:
    """Bring a clock to where the ticket's status and snooze want it. Idempotent."""
    if clock.metric == Metric.RESOLUTION:
        if clock.met_at is None and not ticket.is_open:
            meet(clock, now=now)
        elif clock.met_at is not None and ticket.is_open:
            start_again(clock, now=now)
    if clock.met_at is not None:
        return
    reason = reason_to_stand(clock, ticket)
    if reason and not clock.is_paused:
        pause(clock, reason, now=now)
    elif not reason and clock.is_paused:
        resume(clock, now=now)


def reason_to_stand(clock: SLAClock, ticket: Ticket) -> str:
    """Why the clock counts nothing now, empty if it does."""
    if not ticket.is_open:
        return DONE
    if ticket.snoozed_until is not None:
        return SNOOZED
    stops = clock.policy.pause_statuses if clock.policy else default_pause_statuses()
    return Status(ticket.status).value if ticket.status in stops else ""


def pause(clock: SLAClock, reason: str, *, now: datetime) -> None:
    clock.pauses = [*clock.pauses, [now.isoformat(), None, reason]]
    set_deadline(clock)


def resume(clock: SLAClock, *, now: datetime) -> None:
    _end_pause(clock, now)
    set_deadline(clock)


def meet(clock: SLAClock, *, now: datetime) -> None:
    """The promise is kept, late perhaps: then the check that comes still records the breach."""
    if clock.is_paused:
        # The record says when it would have been due, had it gone on.
        _end_pause(clock, now)
        clock.due_at = _deadline(clock)
    clock.met_at = now
    late = clock.due_at is not None and clock.due_at < now
    clock.check_at = clock.due_at if late and clock.breached_at is None else None
    clock.step_at = None


def start_again(clock: SLAClock, *, now: datetime) -> None:
    """What was met is open again, and goes on with what was left."""
    met_at = cast(datetime, clock.met_at)
    clock.pauses = [*clock.pauses, [met_at.isoformat(), now.isoformat(), DONE]]
    clock.met_at = None
    set_deadline(clock)


def take_back(clock: SLAClock) -> None:
    """As if it had never been met: what met it never left the house."""
    clock.met_at = None
    set_deadline(clock)


def change_terms(clock: SLAClock, *, now: datetime) -> None:
    """After another target, calendar or policy: a breach stands only if the new deadline has passed, too."""
    before = clock.due_at
    clock.due_at = _deadline(clock)
    if clock.due_at is None or clock.due_at >= now:
        clock.breached_at = None
    if clock.due_at != before:
        clock.warned_at = None
        clock.step = _step_kept(clock, now)
    set_deadline(clock)


def set_deadline(clock: SLAClock) -> None:
    clock.due_at = _deadline(clock)
    clock.check_at = clock.due_at if clock.breached_at is None else None
    set_progress(clock)
    set_step(clock)


def set_progress(clock: SLAClock) -> None:
    """What conditions on the time used up ask the database for."""
    clock.counts_from = clock.used = None
    *before, (begin, end) = list(stretches(clock)) or [(clock.started_at, clock.started_at)]
    with suppress(CalendarError):  # as a deadline that cannot be told
        calendar = calendar_of(clock.calendar)
        used = sum((elapsed(calendar, a, b) for a, b in before if b is not None), timedelta())
        if end is not None:
            clock.used = used + elapsed(calendar, begin, end)
        else:
            clock.counts_from = latest_start(calendar, begin, used)


def set_step(clock: SLAClock) -> None:
    """When the policy's next step is reached, if the clock goes on as it does now."""
    steps = steps_of(clock)
    clock.step = (clock.step or 0) if steps else None
    percent = next_step(clock) if clock.met_at is None else None
    clock.step_at = _used_up(clock, part_of(clock, percent)) if percent else None


def next_step(clock: SLAClock) -> int | None:
    """The first per cent behind the last that was recorded."""
    return next((percent for percent in steps_of(clock) if percent > (clock.step or 0)), None)


def steps_of(clock: SLAClock) -> list[int]:
    """The per cents at which to warn. The whole target is no step: then the miss itself is recorded."""
    return [percent for percent in clock.policy.warn_at if percent != 100] if clock.policy else []


def part_of(clock: SLAClock, percent: int) -> timedelta:
    return clock.target * percent // 100


def _step_kept(clock: SLAClock, now: datetime) -> int | None:
    """Of what was recorded, what is still reached under other terms; the rest is told again when it is.

    Where no steps were recorded before, those that are behind already are not told any more.
    """
    steps = steps_of(clock)
    if not steps:
        return None
    last = clock.step if clock.step is not None else steps[-1]
    try:
        used = counted(clock, now=now)
    except CalendarError:
        return clock.step or 0
    return max((p for p in steps if p <= last and part_of(clock, p) <= used), default=0)


def counted(clock: SLAClock, *, now: datetime) -> timedelta:
    """The time used up so far."""
    calendar = calendar_of(clock.calendar)
    return sum(
        (elapsed(calendar, begin, end or max(begin, now)) for begin, end in stretches(clock)),
        timedelta(),
    )


def stretches(clock: SLAClock) -> Iterator[Stretch]:
    """When the clock ran; the last stretch has no end while it runs."""
    begin = clock.started_at
    for start, end in _pauses(clock):
        if start > begin:
            yield begin, start
        if end is None:
            return
        # Clocks of two machines differ: a pause may seem to end before it began.
        begin = max(begin, start, end)
    if clock.met_at is None:
        yield begin, None
    elif clock.met_at > begin:
        yield begin, clock.met_at


def _deadline(clock: SLAClock) -> datetime | None:
    return _used_up(clock, clock.target)


def _used_up(clock: SLAClock, time: timedelta) -> datetime | None:
    try:
        return deadline(calendar_of(clock.calendar), time, stretches(clock))
    except CalendarError:
        # A letter must never get lost because its business hours have run out, or their zone is gone from here.
        logger.warning("No deadline for clock %s of ticket %s", clock.metric, clock.ticket_id)
        return None


def deadline(calendar: Calendar, target: timedelta, ran: Iterator[Stretch]) -> datetime | None:
    """When ``target`` is used up by the stretches; ``None`` if they end before."""
    left = target
    for begin, end in ran:
        if end is None:
            return due(calendar, begin, left)
        used = elapsed(calendar, begin, end)
        if used >= left and (at := due(calendar, begin, left)) < end:
            return at
        left -= used
    return None


def _pauses(clock: SLAClock) -> Iterator[Stretch]:
    for start, end, _reason in clock.pauses:
        yield datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None


def _end_pause(clock: SLAClock, now: datetime) -> None:
    start, _end, reason = clock.pauses[-1]
    clock.pauses = [*clock.pauses[:-1], [start, now.isoformat(), reason]]
