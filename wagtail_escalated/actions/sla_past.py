"""What happened to tickets, as clocks would have seen it that pause for other statuses, or that nobody started.

A clock of the past stands for itself where its policy paused as is asked now. Else, and where there was no
promise, the ticket's own history tells when it was open, awake and not waiting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wagtail_escalated.actions.sla_clocks import Stretch, stretches
from wagtail_escalated.models import EventKind, Metric, Reply, SLAClock, Status, Ticket, TicketEvent
from wagtail_escalated.models.among import Among

#: Entries of the history after which a ticket is in another status, or asleep or awake.
MOVES = (
    EventKind.STATUS,
    EventKind.SNOOZED,
    EventKind.WOKEN,
    EventKind.UNDONE,
    EventKind.UNMERGED,
)


@dataclass(frozen=True, slots=True)
class Past:
    """When the time for one promise ran, and what became of the promise."""

    ticket: Ticket
    metric: str
    ran: list[Stretch]
    met_at: datetime | None
    #: The one that was made; ``None`` where none was.
    clock: SLAClock | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The state of a ticket until it changed; no end for the one it is in."""

    begin: datetime
    end: datetime | None
    status: str
    snoozed: bool


def pasts_of(
    tickets: Sequence[Ticket], pause_statuses: Collection[str], metrics: Collection[str]
) -> Iterator[Past]:
    """In a fixed number of queries. Each round of the next response is one of its own."""
    keys = [ticket.pk for ticket in tickets]
    clocks, moves, replies = _clocks_of(keys), _moves_of(keys), _replies_of(keys)
    for ticket in tickets:
        spans = list(_spans(ticket, moves[ticket.pk]))
        made = clocks[ticket.pk]
        for clock in made:
            yield _as_counted(ticket, clock, spans, pause_statuses)
        for metric in sorted(set(metrics) - {clock.metric for clock in made}):
            for begin, met_at in _asked(metric, ticket, spans, replies[ticket.pk]):
                ran = _ran(spans, begin, met_at, pause_statuses)
                yield Past(ticket, metric, ran, met_at)


def _as_counted(
    ticket: Ticket, clock: SLAClock, spans: list[Span], pause_statuses: Collection[str]
) -> Past:
    paused_for = clock.policy.pause_statuses if clock.policy else pause_statuses
    if set(paused_for) == set(pause_statuses):
        ran = list(stretches(clock))
    else:
        ran = _ran(spans, clock.started_at, clock.met_at, pause_statuses)
    return Past(ticket, clock.metric, ran, clock.met_at, clock)


def _asked(
    metric: str, ticket: Ticket, spans: list[Span], replies: Iterable[tuple[datetime, bool]]
) -> Iterator[tuple[datetime, datetime | None]]:
    """When a promise would have begun, and when it was met."""
    if metric == Metric.RESOLUTION:
        yield ticket.created_at, None if ticket.is_open else _done_since(spans)
    elif metric == Metric.FIRST_RESPONSE:
        yield ticket.created_at, ticket.first_response_at
    elif ticket.first_response_at is not None:
        yield from _rounds(ticket.first_response_at, replies)


def _rounds(
    first_response_at: datetime, replies: Iterable[tuple[datetime, bool]]
) -> Iterator[tuple[datetime, datetime | None]]:
    """From each unanswered letter of the customer to the agent's next reply."""
    waiting_since: datetime | None = None
    for at, by_agent in replies:
        if by_agent and waiting_since is not None:
            yield waiting_since, at
            waiting_since = None
        elif not by_agent and waiting_since is None and at > first_response_at:
            waiting_since = at
    if waiting_since is not None:
        yield waiting_since, None


def _done_since(spans: list[Span]) -> datetime:
    """Since when it has been resolved or closed without a break."""
    since = spans[-1].begin
    for span in reversed(spans):
        if Status(span.status).is_open:
            break
        since = span.begin
    return since


def _ran(
    spans: list[Span], begin: datetime, end: datetime | None, pause_statuses: Collection[str]
) -> list[Stretch]:
    ran: list[Stretch] = []
    for span in spans:
        if span.snoozed or span.status in pause_statuses or not Status(span.status).is_open:
            continue
        start = max(span.begin, begin)
        stop = min((at for at in (span.end, end) if at is not None), default=None)
        if stop is None or start < stop:
            ran.append((start, stop))
    return ran


def _spans(ticket: Ticket, moves: Iterable[tuple[str, dict[str, Any], datetime]]) -> Iterator[Span]:
    status, snoozed, since = Status.OPEN.value, False, ticket.created_at
    for kind, data, at in moves:
        yield Span(since, at, status, snoozed)
        since = at
        if kind in (EventKind.SNOOZED, EventKind.WOKEN):
            snoozed = kind == EventKind.SNOOZED
        elif "after" in data:
            status = data["after"]
            snoozed = snoozed and Status(status).is_open
        if "snoozed_until" in data:
            snoozed = bool(data["snoozed_until"])
    yield Span(since, None, status, snoozed)


def _clocks_of(keys: list[int]) -> dict[int, list[SLAClock]]:
    rows = SLAClock.objects.filter(Among("ticket_id", keys)).select_related("policy", "calendar")
    return _by_ticket((clock.ticket_id, clock) for clock in rows.order_by("pk"))


def _moves_of(keys: list[int]) -> dict[int, list[tuple[str, dict[str, Any], datetime]]]:
    rows = TicketEvent.objects.filter(Among("ticket_id", keys), kind__in=MOVES).order_by("pk")
    columns = rows.values_list("ticket_id", "kind", "data", "created_at")
    return _by_ticket((pk, tuple(rest)) for pk, *rest in columns)


def _replies_of(keys: list[int]) -> dict[int, list[tuple[datetime, bool]]]:
    """Those of people; what the desk itself wrote answers nobody."""
    rows = Reply.objects.filter(Among("ticket_id", keys)).exclude(
        author_user=None, author_contact=None
    )
    columns = rows.order_by("created_at", "pk").values_list("ticket_id", "created_at", "by_agent")
    return _by_ticket((pk, tuple(rest)) for pk, *rest in columns)


def _by_ticket(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for pk, row in pairs:
        found[pk].append(row)
    return found
