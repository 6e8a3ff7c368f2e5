"""What one click on *Send* did, taken back: the reply, and what its change did to the ticket beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from wagtail_escalated.actions import sla
from wagtail_escalated.actions.change import Change
from wagtail_escalated.models import (
    CopiedContact,
    EventKind,
    Notification,
    Reply,
    Ticket,
    TicketEvent,
)

STATUS = ("status", "is_open", "status_changed_at", "resolved_at", "closed_at")
SNOOZE = ("snoozed_until", "snoozed_by_id")
TAKEN_BACK = frozenset({EventKind.UNDONE, EventKind.UNMERGED})
STATUS_KINDS = TAKEN_BACK | {EventKind.STATUS}
SNOOZE_KINDS = TAKEN_BACK | {EventKind.SNOOZED, EventKind.WOKEN}

#: Columns of a ticket as JSON.
Kept = dict[str, Any]


def kept(values: Mapping[str, Any], names: Iterable[str]) -> Kept:
    """Some of a ticket's columns as JSON, which ``put_back`` reads."""
    return {name: _as_json(values[name]) for name in names}


def put_back(ticket: Ticket, values: Kept, names: Iterable[str]) -> None:
    for name in names:
        if name in values:
            setattr(ticket, name, _column(name).to_python(values[name]))


def before_sending(reply: Reply) -> Kept | None:
    """How the ticket stood under the lock in which this reply was written; ``None`` for one that was loaded."""
    before = reply.ticket_before
    return None if before is None else kept(before, STATUS + SNOOZE)


def take_back(change: Change, reply: Reply, before: Kept | None = None) -> None:
    """Delete a reply that has not left and give the ticket back what came with it (``before_sending``).

    What somebody else did since stays: it is told by their entry in the history.
    """
    old_status = change.ticket.status
    click = _entries_of(reply)
    _remove_copies(click)
    Notification.objects.filter(event__in=click).delete()
    if before:
        take_back_move(change, click, before)
    _delete(change, reply)
    record_undone(change, before=old_status, what="reply")


def record_undone(change: Change, *, before: str, **data: Any) -> None:
    until = change.ticket.snoozed_until
    change.record(
        EventKind.UNDONE,
        before=before,
        after=change.ticket.status,
        snoozed_until=until.isoformat() if until else None,
        **data,
    )


def _entries_of(reply: Reply) -> list[TicketEvent]:
    """One change has one moment and one actor."""
    entries = TicketEvent.objects.filter(
        ticket=reply.ticket_id, created_at=reply.created_at, actor_user=reply.author_user_id
    )
    return list(entries.order_by("pk"))


def _remove_copies(click: list[TicketEvent]) -> None:
    """Who was put into Cc with the reply would get the next one, too."""
    added = [pk for entry in click for pk in entry.data.get("copied", ())]
    if added:
        ticket = click[0].ticket_id
        CopiedContact.objects.filter(ticket=ticket, contact__in=added, by_choice=False).delete()


def take_back_move(change: Change, click: list[TicketEvent], before: Kept) -> None:
    """Give back the status and the snooze that the entries of one change tell of, unless others moved them."""
    ticket, old_status, was_snoozed = (
        change.ticket,
        change.ticket.status,
        change.ticket.snoozed_until,
    )
    entries = TicketEvent.objects.filter(ticket=ticket)
    if _is_last(entries, STATUS_KINDS, click):
        put_back(ticket, before, STATUS)
    if ticket.is_open and _is_last(entries, SNOOZE_KINDS, click):
        put_back(ticket, before, SNOOZE)
    if ticket.status != old_status:
        sla.on_status_changed(ticket, old_status, ticket.status, now=change.now)
    if bool(ticket.snoozed_until) != bool(was_snoozed):
        sla.on_snooze_changed(ticket, now=change.now)


def _is_last(
    entries: QuerySet[TicketEvent], kinds: frozenset[EventKind], click: list[TicketEvent]
) -> bool:
    """Whether the click did something of these kinds, and nobody did since."""
    last = entries.filter(kind__in=kinds).order_by("-pk").values_list("pk", flat=True).first()
    return last is not None and last in {entry.pk for entry in click}


def _delete(change: Change, reply: Reply) -> None:
    ticket = change.ticket
    reply.delete()
    latest = ticket.replies.order_by("-created_at", "-pk").first()
    ticket.reply_count = ticket.replies.count()
    ticket.last_message_at = latest.created_at if latest else ticket.created_at
    ticket.last_message_preview = " ".join((latest.body if latest else ticket.description).split())[
        :200
    ]
    ticket.last_message_by_customer = not (latest and latest.by_agent)
    first = ticket.replies.filter(by_agent=True, author_user__isnull=False).order_by("created_at")
    ticket.first_response_at = first.values_list("created_at", flat=True).first()
    sla.on_reply_taken_back(ticket, now=change.now)


def _column(name: str) -> Any:
    field: Any = Ticket._meta.get_field(name.removesuffix("_id"))
    return field.target_field if field.is_relation else field


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
