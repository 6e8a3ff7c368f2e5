"""Service levels: a clock per ticket and promise.

The hooks are called by the other actions within their transaction, under the ticket's lock, after they set the
ticket's fields. They write the clocks and set ``next_due_at``, ``sla_paused`` and ``sla_breached`` on the
ticket, which the caller saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_escalated.actions.change import Change, changing, lock
from wagtail_escalated.actions.sla_checks import check_breaches, check_warnings
from wagtail_escalated.actions.sla_clocks import RESPONSES, follow, meet, take_back
from wagtail_escalated.actions.sla_policies import choose_policy, promises_for
from wagtail_escalated.actions.sla_stats import stats
from wagtail_escalated.actions.sla_terms import renew, started, tickets_under
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    BusinessHours,
    EventKind,
    Metric,
    SLAClock,
    SLAPolicy,
    Ticket,
)

__all__ = [
    "apply_policy",
    "check_breaches",
    "check_warnings",
    "choose_anew",
    "on_public_reply",
    "on_reply_taken_back",
    "on_snooze_changed",
    "on_status_changed",
    "on_tags_changed",
    "recompute",
    "recompute_under",
    "set_policy",
    "start_clocks",
    "stats",
]

KEPT_IN_A_CLOCK = [
    "policy", "calendar", "target", "pauses", "due_at", "check_at", "counts_from", "used", "warned_at", "step", "step_at", "met_at", "breached_at",
]  # fmt: skip


def where_enabled(hook: Callable[..., None]) -> Callable[..., None]:
    """Nothing is counted, written or asked where the deployer switched SLA off."""

    @wraps(hook)
    def unless_off(*args, **kwargs) -> None:
        if desk_settings.SLA["ENABLED"]:
            hook(*args, **kwargs)

    return unless_off


def apply_policy(ticket: Ticket) -> Ticket:
    """Choose the ticket's policy anew and recompute its clocks. A transaction of its own."""
    with transaction.atomic():
        lock(ticket)
        change = Change(ticket, actor=SYSTEM, now=timezone.now())
        recompute(ticket, now=change.now)
        change.finish()
    return ticket


def set_policy(
    ticket: Ticket, policy: SLAPolicy | None, *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Give a ticket a policy of its own, whatever its department's or the conditions say; ``None`` takes it back."""
    with changing(ticket, actor=actor, verb="manage", now=now) as change:
        if ticket.sla_policy_id == (policy.pk if policy else None):
            return ticket
        old, ticket.sla_policy = ticket.sla_policy, policy
        recompute(ticket, now=change.now)
        change.record(
            EventKind.SLA_POLICY,
            before=old.pk if old else None,
            after=policy.pk if policy else None,
            before_name=str(old) if old else "",
            after_name=str(policy) if policy else "",
        )
    return ticket


def recompute_under(
    terms: SLAPolicy | BusinessHours, *, after: int = 0, limit: int = 200
) -> int | None:
    """Apply changed terms to running promises: ``limit`` tickets behind the key ``after``.

    Returns the key to go on from, ``None`` when it is done.
    """
    tickets = list(tickets_under(terms).filter(pk__gt=after)[:limit])
    for ticket in tickets:
        apply_policy(ticket)
    return tickets[-1].pk if len(tickets) == limit else None


@where_enabled
def start_clocks(ticket: Ticket, *, now: datetime) -> None:
    """A new ticket: its first response and its resolution are promised from now on."""
    _remember(ticket, [], now)  # it has none yet, so none are asked for
    with _clocks(ticket, now) as clocks:
        promises = promises_for(ticket, [Metric.FIRST_RESPONSE, Metric.RESOLUTION])
        clocks.extend(started(ticket, promise, at=now) for promise in promises.values())


@where_enabled
def on_status_changed(ticket: Ticket, old: str, new: str, *, now: datetime) -> None:
    """Waiting on the customer stops the clocks, resolving meets one, reopening goes on with what was left."""
    with _clocks(ticket, now):
        pass


@where_enabled
def on_snooze_changed(ticket: Ticket, *, now: datetime) -> None:
    with _clocks(ticket, now):
        pass


@where_enabled
def on_public_reply(ticket: Ticket, *, by_agent: bool, now: datetime) -> None:
    """An agent's reply meets what was promised; a customer's starts the next response."""
    with _clocks(ticket, now) as clocks:
        waiting = [c for c in clocks if c.metric in RESPONSES and c.met_at is None]
        if by_agent:
            for clock in waiting:
                meet(clock, now=now)
        elif ticket.last_message_by_customer and ticket.first_response_at and not waiting:
            promises = promises_for(ticket, [Metric.NEXT_RESPONSE])
            answered = [clock for clock in clocks if clock.metric == Metric.NEXT_RESPONSE]
            clocks.extend(
                started(ticket, promise, at=now, round=len(answered) + 1)
                for promise in promises.values()
            )


@where_enabled
def on_reply_taken_back(ticket: Ticket, *, now: datetime) -> None:
    """An agent's reply was undone before it left: what it had met runs as if it had never been written."""
    with _clocks(ticket, now) as clocks:
        met = [clock for clock in clocks if clock.metric in RESPONSES and clock.met_at]
        replies = ticket.replies.filter(by_agent=True, created_at__in=[c.met_at for c in met])
        stand = set(replies.values_list("created_at", flat=True))
        for clock in met:
            if clock.met_at not in stand:
                take_back(clock)


@where_enabled
def recompute(ticket: Ticket, *, now: datetime) -> None:
    """Other terms (priority, department, policy, hours): count from the start, with the pauses kept.

    What has been met keeps its record, and so does a ticket that is done.
    """
    if not ticket.is_open:
        return
    with _clocks(ticket, now) as clocks:
        renew(ticket, clocks, now=now)


def on_tags_changed(ticket: Ticket, *, now: datetime) -> None:
    """Only where an active policy asks for tags: most desks have none."""
    if SLAPolicy.for_tags.through.objects.filter(slapolicy__active=True).exists():
        choose_anew(ticket, now=now)


@where_enabled
def choose_anew(ticket: Ticket, *, now: datetime) -> None:
    """What conditions ask about is another: recompute if that makes another policy the ticket's.

    Terms that were changed meanwhile reach what runs under the same policy only when somebody asks for it.
    """
    if not ticket.is_open:
        return
    policy = choose_policy(ticket)
    running = {clock.policy_id for clock in _load(ticket, now) if clock.met_at is None}
    if running != {policy.pk if policy else None}:
        recompute(ticket, now=now)


@contextmanager
def _clocks(ticket: Ticket, now: datetime) -> Iterator[list[SLAClock]]:
    """The ticket's clocks, to be changed; afterwards they follow the ticket, are saved, and shown on it."""
    clocks = _load(ticket, now)
    before = {clock.pk: _kept(clock) for clock in clocks}
    yield clocks
    for clock in clocks:
        follow(clock, ticket, now=now)
    _save(clocks, before)
    _show(ticket, clocks)


def _load(ticket: Ticket, now: datetime) -> list[SLAClock]:
    """Read once in each action: it has one ``now``, and its version grows at its end."""
    loaded = ticket.__dict__.get("_sla_clocks")
    if loaded is None or loaded[0] != _action(ticket, now):
        rows = ticket.clocks.select_related("policy", "calendar").order_by("pk")
        return _remember(ticket, list(rows), now)
    return loaded[1]


def _remember(ticket: Ticket, clocks: list[SLAClock], now: datetime) -> list[SLAClock]:
    ticket.__dict__["_sla_clocks"] = (_action(ticket, now), clocks)
    return clocks


def _action(ticket: Ticket, now: datetime) -> tuple:
    return ticket.pk, ticket.version, now


def _save(clocks: list[SLAClock], before: dict[int, list]) -> None:
    gone = before.keys() - {clock.pk for clock in clocks}
    if gone:
        SLAClock.objects.filter(pk__in=gone).delete()
    new = [clock for clock in clocks if clock.pk is None]
    changed = {clock: _changed_fields(clock, before[clock.pk]) for clock in clocks if clock.pk}
    changed = {clock: names for clock, names in changed.items() if names}
    if new:
        SLAClock.objects.bulk_create(new)
    if len(changed) == 1:  # most often; and saving one is far cheaper than a CASE for each field
        [(clock, names)] = changed.items()
        clock.save(update_fields=names)
    elif changed:
        either = {name for names in changed.values() for name in names}
        SLAClock.objects.bulk_update(changed, [n for n in KEPT_IN_A_CLOCK if n in either])


def _kept(clock: SLAClock) -> list:
    return [clock.serializable_value(name) for name in KEPT_IN_A_CLOCK]


def _changed_fields(clock: SLAClock, before: list) -> list[str]:
    pairs = zip(KEPT_IN_A_CLOCK, _kept(clock), before, strict=True)
    return [name for name, now, then in pairs if now != then]


def _show(ticket: Ticket, clocks: list[SLAClock]) -> None:
    running = [clock for clock in clocks if clock.met_at is None] if ticket.is_open else []
    ticket.next_due_at = min((c.due_at for c in running if c.due_at), default=None)
    ticket.sla_paused = bool(running) and all(clock.is_paused for clock in running)
    ticket.sla_breached = any(clock.breached_at for clock in clocks)
