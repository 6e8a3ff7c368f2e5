"""Other terms for the clocks of a ticket: what recomputing would change, and the tickets it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from wagtail_escalated.actions.calendars import current_version
from wagtail_escalated.actions.sla_clocks import change_terms, set_deadline
from wagtail_escalated.actions.sla_policies import Promise, promises_for
from wagtail_escalated.actions.sla_reach import Reach, tickets_for_policy
from wagtail_escalated.models import BusinessHours, Metric, SLAClock, SLAPolicy, Ticket


@dataclass(frozen=True, slots=True)
class Move:
    """A deadline before and after; ``None`` where there is none."""

    ticket: Ticket
    metric: Metric
    before: datetime | None
    after: datetime | None


def started(ticket: Ticket, promise: Promise, *, at: datetime, round: int = 1) -> SLAClock:
    """A clock that runs from ``at``; not saved."""
    clock = SLAClock(ticket=ticket, metric=promise.metric, round=round, started_at=at)
    _take(clock, promise)
    set_deadline(clock)
    return clock


def renew(ticket: Ticket, clocks: list[SLAClock], *, now: datetime) -> None:
    """Give the clocks that are not met their present terms, counted from the start with the pauses kept.

    Changes the list: what is no longer promised leaves it, what was not promised before joins it.
    """
    promises = promises_for(ticket)
    clocks[:] = [clock for clock in clocks if clock.met_at or clock.metric in promises]
    for clock in clocks:
        if clock.met_at is None:
            _take(clock, promises[clock.metric])
            change_terms(clock, now=now)
    clocks.extend(_started_late(ticket, clocks, promises))


def moves(ticket: Ticket, *, now: datetime) -> list[Move]:
    """Which deadlines of an open ticket recomputing would move. Writes nothing."""
    clocks = list(ticket.clocks.select_related("policy", "calendar"))
    before = {(clock.metric, clock.round): clock.due_at for clock in clocks if not clock.met_at}
    renew(ticket, clocks, now=now)
    after = {(clock.metric, clock.round): clock.due_at for clock in clocks if not clock.met_at}
    return [
        Move(ticket, Metric(key[0]), before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def tickets_under(terms: SLAPolicy | BusinessHours) -> QuerySet[Ticket]:
    """The open tickets that changed terms concern.

    Of a policy: those with a clock that runs under it, and those that it is for now. Of business hours: those
    with a clock that runs under an older version of them.
    """
    opened = Ticket.objects.filter(is_open=True).order_by("pk")
    running = SLAClock.objects.filter(met_at=None)
    if isinstance(terms, BusinessHours):
        old = running.filter(calendar__hours=terms).exclude(calendar=current_version(terms))
        return opened.filter(pk__in=old.values("ticket"))
    its = Q(pk__in=running.filter(policy=terms).values("ticket"))
    now_its = tickets_for_policy(Ticket.objects.filter(is_open=True), Reach.of(terms))
    return opened.filter(its | Q(pk__in=now_its.values("pk")))


def _take(clock: SLAClock, promise: Promise) -> None:
    clock.policy, clock.target, clock.calendar = promise.policy, promise.target, promise.calendar


def _started_late(
    ticket: Ticket, clocks: list[SLAClock], promises: dict[str, Promise]
) -> list[SLAClock]:
    """Clocks for what was not promised before; they count from when it would have begun."""
    beginnings = {Metric.RESOLUTION: ticket.created_at}
    if ticket.first_response_at is None:
        beginnings[Metric.FIRST_RESPONSE] = ticket.created_at
    elif ticket.last_message_by_customer:
        beginnings[Metric.NEXT_RESPONSE] = ticket.last_message_at
    known = {clock.metric for clock in clocks if clock.met_at is None or clock.metric in _ONCE}
    rounds = sum(clock.metric == Metric.NEXT_RESPONSE for clock in clocks)
    return [
        _with_pauses(
            started(
                ticket,
                promises[metric],
                at=at,
                round=rounds + 1 if metric == Metric.NEXT_RESPONSE else 1,
            ),
            clocks,
        )
        for metric, at in beginnings.items()
        if metric in promises and metric not in known
    ]


_ONCE = {Metric.FIRST_RESPONSE, Metric.RESOLUTION}


def _with_pauses(clock: SLAClock, others: list[SLAClock]) -> SLAClock:
    """The pauses of another clock that has run as long. Without one, nobody counted, so nothing stood still."""
    known = [other.pauses for other in others if other.started_at <= clock.started_at]
    longest: list[list] = max(known, key=len, default=[])
    began = clock.started_at.isoformat()
    clock.pauses = [pause for pause in longest if pause[1] is None or pause[1] > began]
    set_deadline(clock)
    return clock
