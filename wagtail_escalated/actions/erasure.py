"""What a person may ask for: that nothing of them is kept any longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet
from django_q.models import Task
from wagtail.models import ModelLogEntry

from wagtail_escalated.actions.deletion import delete, remove_unused_letters
from wagtail_escalated.actions.erasure_elsewhere import clean_shared_tickets, shared_tickets
from wagtail_escalated.actions.erasure_mentions import ERASED, Person, forget_address
from wagtail_escalated.actions.merging import take_apart
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.committed import once_committed
from wagtail_escalated.models import (
    BlockedSender,
    Contact,
    CopiedContact,
    EventKind,
    GuestLink,
    InboundEmail,
    MailOptOut,
    OutboundEmail,
    Rating,
    Reply,
    SuppressedAddress,
    SurveyLink,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.permissions import is_manager, works_inside

ERASED_REASON = "erased"
#: Its record among the worker's finished tasks names the address that asked for a link.
GUEST_LINKS = "wagtail_escalated.tasks.send_guest_links"


@dataclass(slots=True)
class Erased:
    tickets: int = 0
    #: Of theirs at other people's tickets.
    messages: int = 0
    letters: int = 0


def check_privacy(actor: Any) -> None:
    if actor is not SYSTEM and not is_manager(actor):
        raise PermissionDenied


def what_would_go(contact: Contact) -> Erased:
    """What ``erase_contact`` would do, counted."""
    own = contact.tickets.all()
    return Erased(own.count(), written_elsewhere(contact).count(), _letters(contact, own).count())


def erase_contact(contact: Contact, *, actor: Any) -> Erased:
    """Delete the contact's tickets, messages, files, letters and traces; all or nothing.

    Tombstones keep the numbers of their tickets and hashes of their letters stay, so that neither a late
    delivery nor a late answer brings anything back. At other people's tickets a gap stays where their words
    were, also where others quoted them or named them; the contact's row stays without name and address where
    such a ticket needs it to say that somebody wrote there.
    """
    check_privacy(actor)
    with transaction.atomic():
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        erased, person = what_would_go(contact), Person.of(contact)
        _take_merges_apart(contact)
        shared = shared_tickets(contact)
        _forget_letters(_letters(contact, contact.tickets.all()))
        clean_shared_tickets(shared, contact, person)
        for ticket in contact.tickets.all():
            delete(ticket, actor=actor)
        _forget_traces(contact)
        forget_address(person)
        _forget_who(contact)
    return erased


def written_elsewhere(contact: Contact) -> QuerySet[Reply]:
    """Their messages at other people's tickets, except those that a merge brought there."""
    elsewhere = Reply.objects.filter(author_contact=contact).exclude(ticket__requester=contact)
    merged = TicketEvent.objects.filter(
        kind=EventKind.MERGED,
        data__merged_pk__in=list(
            contact.tickets.exclude(merged_into=None).values_list("pk", flat=True)
        ),
    )
    brought = {pk for data in merged.values_list("data", flat=True) for pk in data["replies"]}
    return elsewhere.exclude(pk__in=brought)


def _take_merges_apart(contact: Contact) -> None:
    """What was merged over the border between their tickets and those of others goes back to where it was."""
    theirs = Q(requester=contact) & ~Q(merged_into__requester=contact)
    others = ~Q(requester=contact) & Q(merged_into__requester=contact)
    merged = Ticket.objects.exclude(merged_into=None).filter(theirs | others)
    # The latest first: what came in with an earlier merge goes along to where that one ended.
    for ticket in merged.order_by("-closed_at", "-pk"):
        ticket.refresh_from_db()
        take_apart(ticket, actor=SYSTEM, as_it_was=False)


def _letters(contact: Contact, tickets: QuerySet[Ticket]) -> QuerySet[InboundEmail]:
    return InboundEmail.objects.filter(Q(sender=contact.address) | Q(ticket__in=tickets))


def _forget_letters(letters: QuerySet[InboundEmail]) -> None:
    keys = set(letters.exclude(raw_key="").values_list("raw_key", flat=True))
    pks = list(letters.values_list("pk", flat=True))
    waiting = [state for state in InboundEmail.State if state != InboundEmail.State.DONE]
    rows = InboundEmail.objects.filter(pk__in=pks)
    rows.filter(state__in=waiting).update(state=InboundEmail.State.IGNORED)
    # The keys by which a second delivery is known are hashes, and stay.
    rows.update(
        sender="",
        recipient="",
        subject="",
        message_id="",
        detail="",
        verdict={},
        raw_key="",
        raw_size=0,
        next_attempt_at=None,
        reason=ERASED_REASON,
    )
    once_committed(remove_unused_letters, keys)


def _forget_traces(contact: Contact) -> None:
    address = contact.address
    GuestLink.objects.filter(contact=contact).delete()
    SurveyLink.objects.filter(contact=contact).delete()
    MailOptOut.objects.filter(contact=contact).delete()
    CopiedContact.objects.filter(contact=contact).delete()
    OutboundEmail.objects.filter(Q(contact=contact) | Q(address__iexact=address)).delete()
    BlockedSender.objects.filter(pattern=address).delete()
    SuppressedAddress.objects.filter(address=address).delete()
    Rating.objects.filter(contact=contact).update(comment="")
    Task.objects.filter(func=GUEST_LINKS).delete()
    acted = Q(actor_contact=contact)
    if contact.user_id and not works_inside(contact.user):
        acted |= Q(actor_user=contact.user)
    TicketEvent.objects.filter(acted).update(actor_name="")


def _forget_who(contact: Contact) -> None:
    """The row goes where nothing needs it any more, and else says nothing about anybody."""
    log = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contact), object_id=str(contact.pk)
    )
    log.update(label=ERASED, data={})
    try:
        with transaction.atomic():
            contact.delete()
    except ProtectedError:
        contact.address = Person.of(contact).nobody
        contact.name = contact.locale = contact.time_zone = ""
        contact.user = contact.organisation = contact.proved_at = None
        contact.save()
