"""Which ticket a letter belongs to, and who its writer is there. The order is the contract's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.message import InboundMessage
from wagtail_escalated.models import (
    AgentProfile,
    Contact,
    InboundEmail,
    OutboundEmail,
    Ticket,
    Tombstone,
    normalise_address,
)
from wagtail_escalated.permissions import can, tickets_for
from wagtail_escalated.tokens import ticket_pk_from_address

_OWN_ID = re.compile(r"ticket-([1-9][0-9]{0,17})(?:-(reply|note|event)-[0-9]{1,18})?@(.+)")
_REFERENCE = re.compile(r"\b([A-Za-z][A-Za-z0-9]{0,15}-[0-9]{4}-[0-9A-Fa-f]{6})\b")
MAX_IDS = 30
MAX_REFERENCES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """The ticket that a letter names, what named it, and whether the letter answers a note."""

    ticket: Ticket | None = None
    by: str = ""
    signed: bool = False
    answers_note: bool = False
    deleted: bool = False


def find_ticket(message: InboundMessage, recipients: tuple[str, ...]) -> Found:
    """In-Reply-To, References (newest first), the signed address, the reference in the subject."""
    signed = _signed_pk(recipients)
    ids = [*message.in_reply_to, *reversed(message.references)][:MAX_IDS]
    for by, pk in _candidates(message, ids, signed):
        ticket = tickets_for(SYSTEM, "view").select_related("requester").filter(pk=pk).first()
        if ticket is not None:
            ticket = _where_it_goes_on(ticket)
            own = signed is not None and _leads_to(signed, ticket)
            return Found(ticket, by, signed=own, answers_note=_names_note(ids))
        if Tombstone.objects.filter(ticket_pk=pk).exists():
            return Found(by=by, deleted=True)
    return Found()


def _candidates(
    message: InboundMessage, ids: list[str], signed: int | None
) -> Iterator[tuple[str, int]]:
    if desk_settings.ACCEPT_UNSIGNED_REPLIES:
        for one in ids:
            pk = _pk_of_id(one)
            if pk is not None:
                yield "in_reply_to" if one in message.in_reply_to else "references", pk
    if signed is not None:
        yield "signed_address", signed
    if desk_settings.ACCEPT_UNSIGNED_REPLIES:
        for reference in _REFERENCE.findall(message.subject)[:MAX_REFERENCES]:
            pk = _pk_of_reference(reference)
            if pk is not None:
                yield "subject", pk


def _pk_of_id(message_id: str) -> int | None:
    own = _OWN_ID.fullmatch(message_id)
    if own:
        return int(own[1]) if own[3].lower() == desk_settings.MAIL_DOMAIN.lower() else None
    # Providers replace our Message-ID by their own: <id@email.amazonses.com>
    keys = {message_id[:250], message_id.partition("@")[0][:250]}
    sent = OutboundEmail.objects.filter(provider_id__in=keys, ticket__isnull=False)
    pk = sent.values_list("ticket_id", flat=True).first()
    if pk is None:
        received = InboundEmail.objects.filter(message_id=message_id[:250], ticket__isnull=False)
        done = received.filter(state=InboundEmail.State.DONE).order_by("received_at")
        pk = done.values_list("ticket_id", flat=True).first()
    return pk


def _pk_of_reference(reference: str) -> int | None:
    found = (
        tickets_for(SYSTEM, "view").for_reference(reference).values_list("pk", flat=True).first()
    )
    if found is None:
        gone = Tombstone.objects.filter(reference=reference.upper())
        found = gone.values_list("ticket_pk", flat=True).first()
    return found


def _signed_pk(recipients: tuple[str, ...]) -> int | None:
    found = (ticket_pk_from_address(one) for one in recipients)
    return next((pk for pk in found if pk is not None), None)


def _leads_to(pk: int, ticket: Ticket) -> bool:
    if pk == ticket.pk:
        return True
    named = tickets_for(SYSTEM, "view").filter(pk=pk).first()
    return named is not None and _where_it_goes_on(named).pk == ticket.pk


def _where_it_goes_on(ticket: Ticket) -> Ticket:
    while ticket.merged_into_id is not None:
        ticket = ticket.merged_into
    return ticket


def _names_note(ids: list[str]) -> bool:
    own = [_OWN_ID.fullmatch(one) for one in ids[:1]]
    return any(one and one[2] == "note" for one in own)


def agent_with_address(address: str) -> list[Any]:
    """The users with an active agent profile who have this address, whatever its case."""
    field = get_user_model().get_email_field_name()
    profiles = AgentProfile.objects.filter(active=True, user__is_active=True)
    found = profiles.filter(**{f"user__{field}__iexact": address}).select_related("user")
    return [profile.user for profile in found[:5]]


def agent_on(ticket: Ticket, address: str) -> Any | None:
    """The agent of this address who may work on the ticket and did not ask it themselves."""
    if ticket.requester.address == normalise_address(address):
        return None
    return next((user for user in agent_with_address(address) if can(user, "work", ticket)), None)


def customer_on(ticket: Ticket, address: str) -> Contact | None:
    """The contact of this address, if they asked, are in Cc, or follow and may see the ticket still."""
    contact = Contact.objects.for_address(address).first()
    if contact is None:
        return None
    if ticket.requester_id == contact.pk:
        return contact
    copied = ticket.copied.filter(contact=contact).first()
    if copied is None or (copied.by_choice and not can(contact, "view_as_customer", ticket)):
        return None
    return contact
