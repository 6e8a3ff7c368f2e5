"""The mails that an action owes to customers: rows in its transaction, sent by the worker after the commit.

One row per person and event. Nobody gets what they did themselves, and nobody is told the words of somebody
who did not show that they wrote them. What agents are told stands in ``reactions.notifications``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.dispatch import Signal

from wagtail_escalated.committed import once_committed
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    Channel,
    Contact,
    EventKind,
    OutboundEmail,
    Reply,
    Status,
    SuppressedAddress,
    Ticket,
    TicketEvent,
    normalise_address,
    user_address,
)

#: Internal: rows were committed that may leave at ``send_after``.
mail_queued = Signal()

ONE_CONFIRMATION_IN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    kind: str
    contact: Contact | None = None
    user: Any = None
    data: dict[str, Any] = field(default_factory=dict)


def queue_mail_for(events: Sequence[TicketEvent], *, now: datetime) -> list[OutboundEmail]:
    """Write a row for each recipient of each event that is told by mail."""
    kinds = {event.kind for event in events}
    rows = [
        row
        for event in events
        if not event.ticket.is_spam
        and not (event.kind == EventKind.STATUS and _is_told_otherwise(kinds))
        for row in _rows_for(event, now)
    ]
    return queue(rows)


def queue(rows: Sequence[OutboundEmail]) -> list[OutboundEmail]:
    """Store rows, and have them sent after the commit."""
    if not rows:
        return []
    _mark_suppressed(rows)
    # A repeated event finds its rows there already.
    written = OutboundEmail.objects.bulk_create(rows, ignore_conflicts=True)
    for moment in sorted({row.send_after for row in rows}):
        announce(moment)
    return written


def announce(send_after: datetime) -> None:
    """After the commit, have the worker send what is due."""
    once_committed(mail_queued.send_robust, OutboundEmail, send_after=send_after)


def cancel_mail_of(reply: Reply) -> bool:
    """Take a reply's mails back; ``False`` where one has left already."""
    State = OutboundEmail.State
    mails = OutboundEmail.objects.filter(reply=reply)
    if mails.exclude(state__in=[State.QUEUED, State.SUPPRESSED]).exists():
        return False
    mails.update(state=State.CANCELLED)
    return True


def _is_told_otherwise(kinds: set[str]) -> bool:
    return bool(kinds & {EventKind.REPLIED, EventKind.MERGED, EventKind.CREATED})


def _rows_for(event: TicketEvent, now: datetime) -> Iterator[OutboundEmail]:
    recipients = RECIPIENTS.get(event.kind)
    if recipients is not None:
        yield from rows_to(recipients(event, now), event, now=now)


def rows_to(
    recipients: Iterable[Recipient], event: TicketEvent, *, now: datetime
) -> Iterator[OutboundEmail]:
    """A row for each recipient of an event, not saved; none for who did it, none twice."""
    seen = _addresses_of_actor(event)
    for one in recipients:
        key = normalise_address(one.address)
        if not key or key in seen:
            continue
        seen.add(key)
        yield _row(event, one, key, now)


def _row(event: TicketEvent, one: Recipient, address: str, now: datetime) -> OutboundEmail:
    person = hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:24]
    leaves = event.reply.visible_at if event.reply is not None else None
    return OutboundEmail(
        ticket=event.ticket,
        reply=event.reply,
        note=event.note,
        event=event,
        kind=one.kind,
        contact=one.contact,
        user=one.user,
        address=address,
        key=f"event-{event.pk}:{person}",
        message_id=message_id_for(one.kind, event),
        data=one.data,
        send_after=leaves or now,
    )


def message_id_for(kind: str, event: TicketEvent) -> str:
    """Without brackets. The first mail of a ticket names it; a reply and a note their own row."""
    ticket = event.ticket_id
    if kind in {"confirmation", "opened"}:
        local = f"ticket-{ticket}"
    elif event.note_id is not None:
        local = f"ticket-{ticket}-note-{event.note_id}"
    elif event.reply_id is not None:
        local = f"ticket-{ticket}-reply-{event.reply_id}"
    else:
        local = f"ticket-{ticket}-event-{event.pk}"
    return f"{local}@{desk_settings.MAIL_DOMAIN}"


def _addresses_of_actor(event: TicketEvent) -> set[str]:
    """Nobody gets their own; a confirmation is not the requester's own message but our answer to it."""
    if event.kind == EventKind.CREATED:
        return set()
    if event.actor_contact is not None:
        return {event.actor_contact.address}
    if event.actor_user is not None:
        return {normalise_address(user_address(event.actor_user))}
    return set()


def _on_created(event: TicketEvent, now: datetime) -> Iterator[Recipient]:
    ticket = event.ticket
    opened_by_agent = ticket.channel == Channel.AGENT and event.actor_user is not None
    if opened_by_agent and "split_from" not in event.data:
        yield _to_contact(ticket.requester, "opened")
        return
    logged_in = ticket.proved and ticket.channel != Channel.EMAIL
    if logged_in or not _confirmed_lately(ticket.requester, now):
        yield _to_contact(ticket.requester, "confirmation")


def _confirmed_lately(contact: Contact, now: datetime) -> bool:
    since = now - ONE_CONFIRMATION_IN
    mails = OutboundEmail.objects.filter(address=contact.address, kind="confirmation")
    return mails.filter(created_at__gt=since).exists()


def _on_replied(event: TicketEvent, now: datetime) -> Iterator[Recipient]:
    ticket, reply = event.ticket, event.reply
    if reply is None:
        return
    if reply.by_agent:
        for contact in _customers(ticket):
            yield _to_contact(contact, "reply")
    elif reply.channel != Channel.EMAIL and reply.proved:
        # By mail, the others got it from the writer.
        for contact in _customers(ticket):
            yield _to_contact(contact, "reply")


def _on_status(event: TicketEvent, now: datetime) -> Iterator[Recipient]:
    if event.data.get("after") == Status.RESOLVED and event.actor_user is not None:
        yield _to_contact(event.ticket.requester, "resolved")


RECIPIENTS: dict[str, Callable[[TicketEvent, datetime], Iterable[Recipient]]] = {
    EventKind.CREATED: _on_created,
    EventKind.REPLIED: _on_replied,
    EventKind.STATUS: _on_status,
}


def _to_contact(contact: Contact, kind: str) -> Recipient:
    return Recipient(contact.address, kind, contact=contact, user=None)


def _customers(ticket: Ticket) -> list[Contact]:
    copied = Contact.objects.filter(copied_on__ticket=ticket).order_by("pk")
    return [ticket.requester, *copied]


def _mark_suppressed(rows: Sequence[OutboundEmail]) -> None:
    addresses = {row.address for row in rows}
    stopped = set(
        SuppressedAddress.objects.filter(address__in=addresses).values_list("address", flat=True)
    )
    for row in rows:
        if row.address in stopped:
            row.state = OutboundEmail.State.SUPPRESSED
            row.error = "suppressed"
