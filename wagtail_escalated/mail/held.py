"""What a person does with a letter that waits: take it on, put it onto a ticket, block its sender, delete it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_escalated.actions import contacts, messages, tickets
from wagtail_escalated.actions.attachments import sorted_out
from wagtail_escalated.actions.creation import copy_to
from wagtail_escalated.actors import SYSTEM, through
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import archive, intake
from wagtail_escalated.mail.adapters.base import InvalidPayload, Unavailable
from wagtail_escalated.mail.decide import body_of, department_of, subject_of
from wagtail_escalated.mail.message import InboundMessage
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.mail.resolve import agent_on, customer_on
from wagtail_escalated.models import (
    BlockedSender,
    Channel,
    InboundEmail,
    Note,
    Reply,
    Ticket,
    normalise_address,
)
from wagtail_escalated.permissions import check, is_agent, is_manager, tickets_for

State = InboundEmail.State
WAITING = (State.HELD, State.FAILED)

#: Each reason as a sentence; one that is not here is shown as it is.
REASONS = {
    "agent_not_proved": gettext_lazy(
        "It claims to come from an agent, and nothing proves that it does."
    ),
    "sender_failed_check": gettext_lazy(
        "The sender's domain says that this letter is not its own."
    ),
    "spam": gettext_lazy("The mail provider takes it for spam or found a virus in it."),
    "no_sender": gettext_lazy("It has no sender that can be read."),
    "too_many": gettext_lazy("This sender wrote very many letters within an hour."),
    "too_many_in_thread": gettext_lazy(
        "Many answers came to one ticket at once: maybe two machines talk."
    ),
    "too_large": gettext_lazy("It was larger than is accepted and was not stored."),
    "unreadable": gettext_lazy("What the provider sent could not be read."),
    "deleted_ticket": gettext_lazy("It answers a ticket that was deleted."),
    "gave_up": gettext_lazy("It failed several times, whatever was tried."),
    "unavailable": gettext_lazy("Something it needs could not be reached. It is tried again."),
    "error": gettext_lazy("Working on it failed. It is tried again."),
    "not_permitted": gettext_lazy("Its sender may not do this any more."),
}


class NotHeld(EscalatedError):
    """Somebody else has dealt with it meanwhile, or it has no content to take on."""

    code = "not_held"


def waiting_for(actor: Any) -> QuerySet[InboundEmail]:
    """The held and failed letters that this agent may see: those of no ticket, and of tickets they work on."""
    rows = InboundEmail.objects.filter(state__in=WAITING).select_related("ticket")
    if is_manager(actor):
        return rows
    if not is_agent(actor):
        return rows.none()
    return rows.filter(ticket=None) | rows.filter(
        ticket__in=tickets_for(actor, "work", of_few=True)
    )


def why(row: InboundEmail) -> str:
    return str(REASONS.get(row.reason, row.reason))


def read(row: InboundEmail) -> InboundMessage:
    """The letter, for a preview. Raises ``NotHeld`` where there is none to read."""
    return _opened(row)[1]


def original(row: InboundEmail) -> bytes:
    """The raw letter, for a download."""
    return _opened(row)[0]


def accept_as_new(row: InboundEmail, *, actor: Any) -> Ticket:
    """A ticket of its sender's own; the sender stays unproved."""
    _raw, message = _opened(row)
    if message.sender is None:
        raise NotHeld(
            _("Without a sender there is nobody to answer. Put it onto a ticket instead.")
        )
    with _taking(row, actor) as taken, through("mail"):
        requester = contacts.contact_for_address(message.sender.address, name=message.sender.name)
        ticket = tickets.create(
            subject=subject_of(message),
            description=body_of(message),
            requester=requester,
            actor=requester,
            department=department_of(row, message),
            channel=Channel.EMAIL,
            attachments=sorted_out(message.files),
        )
        _finish(taken, outcome="created_new", ticket=ticket)
    return ticket


def put_onto(row: InboundEmail, ticket: Ticket, *, actor: Any) -> Reply | Note | Ticket:
    """A message of its sender at a ticket of the actor's choice; from then on the sender is in Cc."""
    _raw, message = _opened(row)
    check(actor, "work", ticket)
    with _taking(row, actor) as taken, through("mail"):
        written = _write(ticket, message, actor)
        reply = written if isinstance(written, Reply) else None
        where = written if isinstance(written, Ticket) else ticket
        _finish(taken, outcome="replied_to_existing", ticket=where, reply=reply)
    return written


def block_sender(row: InboundEmail, *, actor: Any) -> None:
    """Letters of this address are ignored from now on, this one too."""
    _check(actor)
    if not row.sender:
        raise NotHeld(_("It has no sender that could be blocked."))
    BlockedSender.objects.update_or_create(
        pattern=normalise_address(row.sender)[:254], defaults={"allow": False, "reason": row.reason}
    )
    with _taking(row, actor) as taken:
        _finish(taken, state=State.IGNORED, reason="blocked_sender", outcome="ignored")


def discard(row: InboundEmail, *, actor: Any) -> None:
    """Deleted from the list; its row stays, so that the same letter does not come back."""
    with _taking(row, actor) as taken:
        _finish(taken, state=State.IGNORED, reason="discarded", outcome="ignored")


def try_again(row: InboundEmail, *, actor: Any) -> str:
    """Through the whole way once more, now. Returns its state."""
    _check(actor)
    intake.try_now(row)
    return intake.process(str(row.pk))


def _write(ticket: Ticket, message: InboundMessage, actor: Any) -> Reply | Note | Ticket:
    files, body = sorted_out(message.files), body_of(message)
    address = message.sender.address if message.sender else ""
    agent = agent_on(ticket, address) if address else None
    if agent is not None or not address:
        # The person who puts it there says that a colleague wrote it; without a sender it is their own note.
        if agent is None:
            return messages.add_note(ticket, body=body, actor=actor, attachments=files)
        return messages.reply(
            ticket, body=body, actor=agent, attachments=files, channel=Channel.EMAIL
        )
    contact = customer_on(ticket, address)
    if contact is None:
        copy_to(ticket, [address])
        contact = customer_on(ticket, address)
    return messages.reply(
        ticket, body=body, actor=contact, attachments=files, channel=Channel.EMAIL, proved=False
    )


def _opened(row: InboundEmail) -> tuple[bytes, InboundMessage]:
    if not row.raw_key:
        raise NotHeld(_("This letter was too large and was not stored."))
    try:
        letter = archive.letter_of(row)
    except (InvalidPayload, Unavailable, OSError) as error:
        raise NotHeld(_("The letter cannot be read: %(error)s") % {"error": error}) from None
    return letter.raw, normalise(letter.raw, delivered_to=letter.recipients)


@contextmanager
def _taking(row: InboundEmail, actor: Any) -> Iterator[InboundEmail]:
    """One transaction around what is done with a letter that still waits; a second click finds it gone."""
    _check(actor)
    with transaction.atomic():
        rows = InboundEmail.objects.select_for_update()
        taken = rows.filter(pk=row.pk, state__in=WAITING).first()
        if taken is None:
            raise NotHeld(_("Somebody has dealt with this letter already."))
        yield taken


def _check(actor: Any) -> None:
    if actor is not SYSTEM and not (is_agent(actor) or is_manager(actor)):
        raise PermissionDenied


def _finish(
    row: InboundEmail,
    *,
    outcome: str,
    state: str = State.DONE,
    reason: str = "accepted_by_hand",
    ticket: Ticket | None = None,
    reply: Reply | None = None,
) -> None:
    row.state, row.reason, row.outcome = state, reason, outcome
    row.ticket, row.reply = ticket or row.ticket, reply
    row.processed_at, row.next_attempt_at = timezone.now(), None
    row.save()
