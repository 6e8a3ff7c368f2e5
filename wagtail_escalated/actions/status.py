"""Status: the transition table, its timestamps, and closing what stayed resolved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actions import custom_fields, sla
from wagtail_escalated.actions.change import Change, changing
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import InvalidTicket, TransitionNotAllowed
from wagtail_escalated.models import EventKind, Status, Ticket
from wagtail_escalated.permissions import can

#: What a move says of itself that asks for no custom field: it happens by itself, or with a merge.
WITHOUT_FIELDS = {"automatic", "merged"}


def set_status(
    ticket: Ticket, status: str, *, actor: Any, note: str = "", now: datetime | None = None
) -> Ticket:
    """Move a ticket to a status. ``note`` becomes an internal note beside it.

    The same status again changes and sends nothing. Raises ``TransitionNotAllowed``, and ``PermissionDenied``
    where a customer asks for anything but closing (if ``ALLOW_CUSTOMER_CLOSE``) and reopening. Raises
    ``FieldsMissing`` where an agent resolves or closes a ticket without what its custom fields require.
    """
    status = known_status(status)
    verb = _verb(status)
    with changing(ticket, actor=actor, verb=verb, now=now) as change:
        if ticket.status == status:
            return ticket
        as_customer = verb != "work" and not can(actor, "work", ticket)
        if as_customer and status == Status.CLOSED and not desk_settings.ALLOW_CUSTOMER_CLOSE:
            raise PermissionDenied
        move(change, status, as_customer=as_customer)
        if note:
            _add_note(change, note)
    return ticket


def known_status(status: str) -> Status:
    try:
        return Status(status)
    except ValueError:
        raise InvalidTicket(
            "status", _("There is no status “%(status)s”.") % {"status": status}
        ) from None


def may_move(ticket: Ticket, status: str) -> bool:
    """Whether the transition table leads from the ticket's status to this one."""
    return status in desk_settings.STATUS_TRANSITIONS.get(ticket.status, ())


def next_statuses(ticket: Ticket) -> list[Status]:
    """Where the ticket may go from its status, in the table's order."""
    return [Status(name) for name in desk_settings.STATUS_TRANSITIONS.get(ticket.status, ())]


def move(change: Change, status: str, *, as_customer: bool = False, **data: Any) -> None:
    """Set the status within a change: timestamps, snooze, clocks and history row.

    What happens by itself (``automatic``, ``merged``) and what a customer does waits for no custom field.
    """
    ticket, old, new = change.ticket, Status(change.ticket.status), Status(status)
    if not may_move(ticket, new):
        raise TransitionNotAllowed(old, new, str(old.label), str(new.label))
    if old.is_open and not new.is_open and not (as_customer or data.keys() & WITHOUT_FIELDS):
        custom_fields.check_filled_in(ticket)
    ticket.status, ticket.is_open = new.value, new.is_open
    ticket.status_changed_at = change.now
    _stamp(ticket, new, change.now)
    if not new.is_open:
        ticket.snoozed_until = ticket.snoozed_by = None
    sla.on_status_changed(ticket, old.value, new.value, now=change.now)
    change.record(EventKind.STATUS, before=old.value, after=new.value, **data)


def move_if_allowed(change: Change, status: str, **data: Any) -> bool:
    """An automatic change obeys the table or leaves the status alone."""
    if change.ticket.status == status or not may_move(change.ticket, status):
        return False
    move(change, status, **data)
    return True


def _stamp(ticket: Ticket, status: Status, now: datetime) -> None:
    if status == Status.REOPENED:
        ticket.resolved_at = ticket.closed_at = None
    elif status == Status.RESOLVED and ticket.resolved_at is None:
        ticket.resolved_at = now
    elif status == Status.CLOSED and ticket.closed_at is None:
        ticket.closed_at = now


def _verb(status: Status) -> str:
    return {Status.CLOSED: "close", Status.REOPENED: "reopen"}.get(status, "work")


def _add_note(change: Change, text: str) -> None:
    from wagtail_escalated.actions.messages import write_note  # messages move statuses, too
    from wagtail_escalated.bodies import MessageBody

    write_note(change, MessageBody.from_text(text), [])


def close_resolved(now: datetime | None = None) -> list[Ticket]:
    """Close what has been resolved for ``AUTO_CLOSE_RESOLVED_AFTER_DAYS`` days; returns the tickets closed."""
    days = desk_settings.AUTO_CLOSE_RESOLVED_AFTER_DAYS
    if days is None:
        return []
    now = now or timezone.now()
    before = now - timedelta(days=days)
    due = Ticket.objects.filter(status=Status.RESOLVED, resolved_at__lte=before)
    closed = []
    # Keys, not a cursor: what is queued after each commit may close this connection's cursors.
    for pk in list(due.order_by("resolved_at").values_list("pk", flat=True)):
        ticket = Ticket(pk=pk)
        with changing(ticket, actor=SYSTEM, verb="work", now=now) as change:
            # Somebody may have reopened it since it was read.
            resolved_at = ticket.resolved_at if ticket.status == Status.RESOLVED else None
            still_due = resolved_at is not None and resolved_at <= before
            if still_due and move_if_allowed(change, Status.CLOSED, automatic=True):
                closed.append(ticket)
    return closed
