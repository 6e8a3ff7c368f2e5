"""Snooze: a ticket out of the way until a moment, beside its status."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actions import sla
from wagtail_escalated.actions.change import Change, changing
from wagtail_escalated.actors import SYSTEM, System
from wagtail_escalated.exceptions import SnoozeNotAllowed
from wagtail_escalated.models import Contact, EventKind, Ticket


def snooze(ticket: Ticket, until: datetime, *, actor: Any, now: datetime | None = None) -> Ticket:
    """Put a ticket aside until an aware instant in the future; again moves the moment alone.

    Raises ``SnoozeNotAllowed`` for a moment that is not in the future or has no zone, and for a ticket that
    is resolved or closed.
    """
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        put_aside(change, until)
    return ticket


def put_aside(change: Change, until: datetime) -> None:
    """Snooze within a change."""
    ticket, actor = change.ticket, change.actor
    _check(ticket, until, change.now)
    before = ticket.snoozed_until
    ticket.snoozed_until = until
    ticket.snoozed_by = None if isinstance(actor, System | Contact) else actor
    sla.on_snooze_changed(ticket, now=change.now)
    change.record(
        EventKind.SNOOZED,
        before=before.isoformat() if before else None,
        after=until.isoformat(),
    )


def unsnooze(ticket: Ticket, *, actor: Any, now: datetime | None = None) -> Ticket:
    """Bring a ticket back before its moment."""
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        clear_snooze(change)
    return ticket


def clear_snooze(change: Change, **data: Any) -> bool:
    """Within a change: wake the ticket if it was snoozed."""
    ticket = change.ticket
    if ticket.snoozed_until is None:
        return False
    snoozed_by = ticket.snoozed_by_id
    ticket.snoozed_until = ticket.snoozed_by = None
    sla.on_snooze_changed(ticket, now=change.now)
    change.record(EventKind.WOKEN, snoozed_by=str(snoozed_by) if snoozed_by else None, **data)
    return True


def wake_snoozed(now: datetime | None = None) -> list[Ticket]:
    """Wake the tickets whose moment has come, late ones too; returns those woken."""
    now = now or timezone.now()
    due = Ticket.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    woken = []
    # Keys, not a cursor: what is queued after each commit may close this connection's cursors.
    for pk in list(due.values_list("pk", flat=True)):
        ticket = Ticket(pk=pk)
        with changing(ticket, actor=SYSTEM, verb="work", now=now) as change:
            # Another process may have been here, or the moment was moved.
            still_due = ticket.snoozed_until is not None and ticket.snoozed_until <= now
            if still_due and clear_snooze(change, automatic=True):
                woken.append(ticket)
    return woken


def _check(ticket: Ticket, until: datetime, now: datetime) -> None:
    if not ticket.is_open:
        raise SnoozeNotAllowed(_("A resolved or closed ticket cannot be snoozed."))
    if timezone.is_naive(until):
        raise SnoozeNotAllowed(_("The moment needs a time zone."))
    if until <= now:
        raise SnoozeNotAllowed(_("Choose a moment in the future."))
