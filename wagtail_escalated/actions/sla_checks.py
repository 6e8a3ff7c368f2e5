"""Deadlines that have passed or are near: found through an index, recorded once each, in batches.

Any number of processes may check at once. A batch locks its tickets, as every action does, and leaves those
that somebody else holds to them or to the next check; then it reads its clocks again, so what another has
recorded meanwhile is not recorded twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wagtail_escalated import events
from wagtail_escalated.actions.sla_clocks import next_step, set_step
from wagtail_escalated.actions.sla_history import instant, write_rows
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import EventKind, SLAClock, Ticket, TicketEvent
from wagtail_escalated.models.among import Among

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked for, and what is written on the clock, on the ticket and in its history."""

    kind: str
    clocks: QuerySet[SLAClock]
    on_clock: dict[str, Any]
    on_ticket: dict[str, Any]
    happened_at: Any


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
            happened_at=F("due_at"),
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
            happened_at=instant(now),
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
    clocks = _lock(check.clocks, found)
    if not clocks:
        return []
    pks = [clock.pk for clock in clocks]
    SLAClock.objects.filter(Among("pk", pks)).update(**check.on_clock)
    rows = write_rows(check.kind, pks, now, at=check.happened_at)
    _tell(check.kind, clocks, rows, now, **check.on_ticket)
    return clocks


def _record_steps(
    reached: QuerySet[SLAClock], found: list[tuple[Any, int, int]], now: datetime
) -> list[SLAClock]:
    locked = _lock(reached, found)
    if not locked:
        return []
    terms = SLAClock.objects.select_related("policy", "calendar").in_bulk([c.pk for c in locked])
    clocks = list(terms.values())
    states = {clock.pk: clock for clock in locked}
    rows = [
        _event(states[clock.pk], now, at=at, percent=percent)
        for clock in clocks
        for percent, at in _take_steps(clock, now)
    ]
    SLAClock.objects.bulk_update(clocks, ["step", "step_at"])
    TicketEvent.objects.bulk_create(rows)
    written = [(row.pk, row.ticket_id) for row in rows]
    _tell(EventKind.SLA_WARNING, locked, written, now)
    return clocks


def _take_steps(clock: SLAClock, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Each step that was reached and when: several, where nobody looked for long."""
    while clock.step_at is not None and clock.step_at <= now:
        percent, at = cast(int, next_step(clock)), clock.step_at
        clock.step = percent
        set_step(clock)
        yield percent, at


def _lock(clocks: QuerySet[SLAClock], found: list[tuple[Any, int, int]]) -> list[SLAClock]:
    """Of those found the ones that are still to be recorded, with their tickets, unless somebody else holds one.

    Each knows ``version``, ``public_version``, ``status`` and ``assignee`` of its ticket.
    """
    rows = clocks.filter(Among("pk", [pk for _at, pk, _ticket in found]))
    can_skip = connections[rows.db].features.has_select_for_update_skip_locked
    state = {
        name: F(f"ticket__{name}") for name in ("version", "public_version", "status", "assignee")
    }
    # In one order, for databases that would wait for each other.
    locked = rows.order_by("ticket_id", "pk").select_for_update(skip_locked=can_skip)
    return list(locked.only("ticket_id", "metric", "round", "due_at").annotate(**state))


def _event(clock: Any, now: datetime, *, at: datetime, percent: int) -> TicketEvent:
    """As ``events.build`` does it, without a ticket that would have to be made for each of thousands."""
    return TicketEvent(
        ticket_id=clock.ticket_id,
        kind=EventKind.SLA_WARNING,
        door="system",
        data={
            "metric": clock.metric,
            "round": clock.round,
            "clock": clock.pk,
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
            "noticed_at": now.isoformat(),
            "status": clock.status,
            "assignee": clock.assignee,
            "percent": percent,
        },
        created_at=at,
    )


def _tell(
    kind: str, clocks: list[Any], rows: list[tuple[int, int]], now: datetime, **on_ticket: Any
) -> None:
    """Raise the tickets' versions, and let everybody know of ``(row, ticket)`` after the commit."""
    changes: dict[int, tuple[int, int, int, list[int]]] = {
        clock.ticket_id: (clock.ticket_id, clock.version + 1, clock.public_version, [])
        for clock in clocks
    }
    for row, ticket in rows:
        changes[ticket][-1].append(row)
    Ticket.objects.filter(Among("pk", changes)).update(
        version=F("version") + 1,
        state_version=F("version") + 1,
        updated_at=now,
        **on_ticket,
    )
    events.announce_many(kind, list(changes.values()))
