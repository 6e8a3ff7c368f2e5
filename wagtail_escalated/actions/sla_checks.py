"""Deadlines that have passed or are near: found through an index, recorded once each, in batches.

Any number of processes may check at once. A batch locks its tickets, as every action does, and leaves those
that somebody else holds to them or to the next check; then it reads its clocks again, so what another has
recorded meanwhile is not recorded twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db import connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wagtail_escalated import events
from wagtail_escalated.actions.sla_clocks import next_step, set_step
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import EventKind, SLAClock, Ticket, TicketEvent

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked for, and what is written on the clock, on the ticket and in its history."""

    kind: str
    clocks: QuerySet[SLAClock]
    on_clock: dict[str, Any]
    on_ticket: dict[str, Any]
    happened_at: Callable[[SLAClock], Any]


def check_breaches(now: datetime | None = None) -> list[SLAClock]:
    """Record the deadlines that have passed, each once, with the moment it passed. Returns their clocks.

    Exactly at the deadline is still in time.
    """
    now = now or timezone.now()
    return _run(
        Check(
            kind=EventKind.SLA_BREACHED,
            clocks=SLAClock.objects.filter(check_at__lt=now),
            on_clock={"breached_at": F("due_at"), "check_at": None},
            on_ticket={"sla_breached": True},
            happened_at=lambda clock: clock.due_at,
        ),
        now,
    )


def check_warnings(now: datetime | None = None) -> list[SLAClock]:
    """Record, once each, the deadlines that are at most ``WARNING_MINUTES`` away. Returns their clocks.

    Those of a policy that warns in steps are recorded as often as one is reached, at the moment it was.
    """
    now = now or timezone.now()
    return _check_nearness(now) + check_steps(now)


def check_steps(now: datetime) -> list[SLAClock]:
    """Record the steps of their targets that clocks have reached, each once. Returns their clocks."""
    if not desk_settings.SLA["ENABLED"]:
        return []
    reached = SLAClock.objects.filter(step_at__lte=now)
    recorded: list[SLAClock] = []
    for found in _batches(reached, "step_at"):
        with transaction.atomic():
            recorded += _record_steps(reached, found, now)
    return recorded


def _check_nearness(now: datetime) -> list[SLAClock]:
    soon = now + timedelta(minutes=desk_settings.SLA["WARNING_MINUTES"])
    return _run(
        Check(
            kind=EventKind.SLA_WARNING,
            clocks=SLAClock.objects.filter(
                check_at__gte=now, check_at__lte=soon, warned_at=None, step=None
            ),
            on_clock={"warned_at": now},
            on_ticket={},
            happened_at=lambda clock: now,
        ),
        now,
    )


def _run(check: Check, now: datetime) -> list[SLAClock]:
    if not desk_settings.SLA["ENABLED"]:
        return []
    recorded: list[SLAClock] = []
    for found in _batches(check.clocks, "check_at"):
        with transaction.atomic():
            recorded += _record(check, found, now)
    return recorded


def _batches(clocks: QuerySet[SLAClock], by: str) -> Iterator[list[tuple[Any, int, int]]]:
    """``(instant, pk, ticket's pk)`` in order; each batch begins behind the last, whatever became of it."""
    rows = clocks.order_by(by, "pk").values_list(by, "pk", "ticket_id")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        at, pk, _ticket = batch[-1]
        behind = rows.filter(Q(**{f"{by}__gt": at}) | Q(pk__gt=pk), **{f"{by}__gte": at})
        batch = list(behind[:BATCH]) if len(batch) == BATCH else []


def _record(check: Check, found: list[tuple[Any, int, int]], now: datetime) -> list[SLAClock]:
    tickets = _lock({ticket for _at, _pk, ticket in found})
    clocks = list(
        check.clocks.filter(pk__in=[pk for _at, pk, _ticket in found], ticket__in=tickets)
    )
    if not clocks:
        return []
    SLAClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(**check.on_clock)
    rows = [
        _event(check.kind, clock, tickets[clock.ticket_id], now, at=check.happened_at(clock))
        for clock in clocks
    ]
    _tell(rows, tickets, now, **check.on_ticket)
    return clocks


def _record_steps(
    reached: QuerySet[SLAClock], found: list[tuple[Any, int, int]], now: datetime
) -> list[SLAClock]:
    tickets = _lock({ticket for _at, _pk, ticket in found})
    pks = [pk for _at, pk, _ticket in found]
    clocks = list(
        reached.filter(pk__in=pks, ticket__in=tickets).select_related("policy", "calendar")
    )
    if not clocks:
        return []
    rows = [
        _event(EventKind.SLA_WARNING, clock, tickets[clock.ticket_id], now, at=at, percent=percent)
        for clock in clocks
        for percent, at in _take_steps(clock, now)
    ]
    SLAClock.objects.bulk_update(clocks, ["step", "step_at"])
    _tell(rows, tickets, now)
    return clocks


def _take_steps(clock: SLAClock, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Each step that was reached and when: several, where nobody looked for long."""
    while clock.step_at is not None and clock.step_at <= now:
        percent, at = cast(int, next_step(clock)), clock.step_at
        clock.step = percent
        set_step(clock)
        yield percent, at


def _tell(
    rows: list[TicketEvent], tickets: dict[int, State], now: datetime, **on_ticket: Any
) -> None:
    """Write the history and the tickets' versions, and let everybody know after the commit."""
    touched = {row.ticket_id for row in rows}
    Ticket.objects.filter(pk__in=touched).update(
        version=F("version") + 1,
        state_version=F("version") + 1,
        updated_at=now,
        **on_ticket,
    )
    TicketEvent.objects.bulk_create(rows)
    _announce({pk: tickets[pk] for pk in touched}, rows)


class State(NamedTuple):
    """Of a ticket when its deadline was found to have passed."""

    version: int
    public_version: int
    status: str
    assignee: int | None


def _lock(tickets: set[int]) -> dict[int, State]:
    """Lock what nobody else holds."""
    rows = Ticket.objects.filter(pk__in=tickets).order_by("pk")
    can_skip = connections[rows.db].features.has_select_for_update_skip_locked
    locked = rows.select_for_update(skip_locked=can_skip)
    found = locked.values_list("pk", "version", "public_version", "status", "assignee")
    return {row[0]: State(*row[1:]) for row in found}


def _event(
    kind: str, clock: SLAClock, state: State, now: datetime, *, at: datetime, **more: Any
) -> TicketEvent:
    """As ``events.build`` does it, without a ticket that would have to be made for each of thousands."""
    return TicketEvent(
        ticket_id=clock.ticket_id,
        kind=kind,
        door="system",
        data={
            "metric": clock.metric,
            "round": clock.round,
            "clock": clock.pk,
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
            "noticed_at": now.isoformat(),
            "status": state.status,
            "assignee": state.assignee,
            **more,
        },
        created_at=at,
    )


def _announce(tickets: dict[int, State], rows: list[TicketEvent]) -> None:
    by_ticket: dict[int, list[int]] = {pk: [] for pk in tickets}
    for row in rows:
        by_ticket[row.ticket_id].append(row.pk)
    events.announce_many(
        [
            (pk, tickets[pk].version + 1, tickets[pk].public_version, event_pks)
            for pk, event_pks in by_ticket.items()
        ]
    )
