"""What a person may ask for: all that is kept about them, or that none of it is kept any longer."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from wagtail.models import ModelLogEntry

from wagtail_escalated import custom_values, storage
from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.deletion import delete, remove_unused
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.committed import once_committed
from wagtail_escalated.models import (
    Attachment,
    BlockedSender,
    BulkItem,
    Contact,
    CopiedContact,
    CustomFieldValue,
    GuestLink,
    IdempotencyKey,
    InboundEmail,
    MailOptOut,
    OutboundEmail,
    Reply,
    SuppressedAddress,
    SurveyLink,
    Ticket,
    TicketEvent,
    UndoToken,
    WebhookDelivery,
)
from wagtail_escalated.permissions import is_manager

#: What stands where somebody's words stood. Not translated: it is data, in no reader's language.
ERASED = "[erased]"
ERASED_REASON = "erased"
_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(slots=True)
class Erased:
    tickets: int = 0
    #: Of theirs at other people's tickets.
    messages: int = 0
    letters: int = 0


@dataclass(slots=True)
class Exported:
    tickets: int = 0
    messages: int = 0
    files: int = 0


def _check(actor: Any) -> None:
    if actor is not SYSTEM and not is_manager(actor):
        raise PermissionDenied


# Erasure


def what_would_go(contact: Contact) -> Erased:
    """What ``erase_contact`` would do, counted."""
    own = contact.tickets.all()
    return Erased(own.count(), _elsewhere(contact).count(), _letters(contact, own).count())


def erase_contact(contact: Contact, *, actor: Any) -> Erased:
    """Delete the contact's tickets, messages, files, letters and traces; all or nothing.

    Tombstones keep the numbers of their tickets and hashes of their letters stay, so that neither a late
    delivery nor a late answer brings anything back. The contact's row stays without name and address where other
    people's tickets need it to say that somebody wrote there.
    """
    _check(actor)
    with transaction.atomic():
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        erased = what_would_go(contact)
        _forget_letters(_letters(contact, contact.tickets.all()))
        for ticket in contact.tickets.all():
            delete(ticket, actor=actor)
        _blank_messages(contact, actor)
        _forget_traces(contact)
        _forget_who(contact)
    return erased


def _elsewhere(contact: Contact) -> QuerySet[Reply]:
    return Reply.objects.filter(author_contact=contact).exclude(ticket__requester=contact)


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
    once_committed(_remove_letters, keys)


def _remove_letters(keys: set[str]) -> None:
    used = set(InboundEmail.objects.filter(raw_key__in=keys).values_list("raw_key", flat=True))
    for key in keys - used:
        storage.delete(key)


def _blank_messages(contact: Contact, actor: Any) -> None:
    """Their words at other people's tickets; that they wrote, and when, stays."""
    replies = list(_elsewhere(contact))
    files = Attachment.objects.filter(reply__in=replies)
    keys = set(files.exclude(key="").values_list("key", flat=True))
    files.delete()
    once_committed(remove_unused, keys)
    Reply.objects.filter(pk__in=[reply.pk for reply in replies]).update(
        body=ERASED, body_html="", quoted="", quoted_html="", author_name=""
    )
    for ticket in Ticket.objects.filter(pk__in={reply.ticket_id for reply in replies}):
        with changing(ticket, actor=actor, verb="manage") as change:
            ticket.last_message_preview = ""
            change.touch_customer()


def _forget_traces(contact: Contact) -> None:
    address, name = contact.address, contact.name
    GuestLink.objects.filter(contact=contact).delete()
    SurveyLink.objects.filter(contact=contact).delete()
    MailOptOut.objects.filter(contact=contact).delete()
    CopiedContact.objects.filter(contact=contact).delete()
    OutboundEmail.objects.filter(Q(contact=contact) | Q(address__iexact=address)).delete()
    BlockedSender.objects.filter(pattern=address).delete()
    SuppressedAddress.objects.filter(address=address).delete()
    TicketEvent.objects.filter(actor_contact=contact).update(actor_name="")
    words = [word for word in (address, name) if word]
    for model, column in (
        (WebhookDelivery, "body"),
        (IdempotencyKey, "answer"),
        (UndoToken, "data"),
        (BulkItem, "before"),
    ):
        _naming(model.objects.all(), column, words).delete()
    for row in _naming(CustomFieldValue.objects.filter(choice=None), "plain", words):
        row.plain = _without(row.plain, words)
        row.folded = row.plain.casefold() if row.folded else ""
        row.save(update_fields=["plain", "folded"])
    for event in _naming(TicketEvent.objects.all(), "data", words):
        TicketEvent.objects.filter(pk=event.pk).update(data=_without(event.data, words))


def _naming(rows: QuerySet[Any], column: str, words: Iterable[str]) -> QuerySet[Any]:
    """The rows in whose column one of the words stands, as text or as JSON writes it."""
    anywhere = Q(pk__in=[])
    for word in words:
        anywhere |= Q(as_text__icontains=word) | Q(as_text__icontains=json.dumps(word)[1:-1])
    return rows.annotate(as_text=Cast(column, TextField())).filter(anywhere)


def _without(value: Any, words: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, words) for item in value]
    if isinstance(value, str):
        for word in words:
            value = re.sub(re.escape(word), ERASED, value, flags=re.I)
    return value


def _forget_who(contact: Contact) -> None:
    ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contact), object_id=str(contact.pk)
    ).update(label=ERASED, data={})
    contact.address = f"erased-{contact.pk}@erased.invalid"
    contact.name = contact.locale = contact.time_zone = ""
    contact.user = contact.organisation = contact.proved_at = None
    contact.save()


# Export


def export_contact(
    contact: Contact, out: IO[bytes], *, actor: Any, now: datetime | None = None
) -> Exported:
    """Write a ZIP of what is kept about a person and may be shown to them: no notes, nobody else's tickets."""
    _check(actor)
    exported, now = Exported(), now or timezone.now()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        data = {
            "contact": _about(contact),
            "tickets": [
                _ticket(ticket, archive, exported, now)
                for ticket in contact.tickets.order_by("created_at")
            ],
            "messages_elsewhere": [
                {"at": reply.created_at.isoformat(), "text": reply.body}
                for reply in _elsewhere(contact).order_by("created_at")
            ],
        }
        archive.writestr("contact.json", json.dumps(data, ensure_ascii=False, indent=2))
        for letter in InboundEmail.objects.filter(sender=contact.address).exclude(raw_key=""):
            _add_file(archive, f"letters/{letter.pk}.eml", letter.raw_key, exported)
    return exported


def _about(contact: Contact) -> dict[str, Any]:
    return {
        "address": contact.address,
        "name": contact.name,
        "language": contact.locale,
        "time_zone": contact.time_zone,
        "organisation": str(contact.organisation) if contact.organisation_id else None,
        "address_proved_at": contact.proved_at.isoformat() if contact.proved_at else None,
        "mails_not_wanted": sorted(contact.mail_opt_outs.values_list("kind", flat=True)),
        "known_since": contact.created_at.isoformat(),
    }


def _ticket(
    ticket: Ticket, archive: zipfile.ZipFile, exported: Exported, now: datetime
) -> dict[str, Any]:
    exported.tickets += 1
    replies = list(ticket.replies.for_customer(now))
    exported.messages += 1 + len(replies)
    public = ticket.attachments.filter(note=None).exclude(key="")
    for file in public.filter(Q(reply=None) | Q(reply__in=replies)):
        name = _UNSAFE.sub("_", file.name)[-100:]
        _add_file(archive, f"files/{ticket.reference}/{file.uuid}-{name}", file.key, exported)
    rating = getattr(ticket, "rating", None)
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "text": ticket.description,
        "status": str(ticket.public_status_label),
        "created_at": ticket.created_at.isoformat(),
        "fields": {row.field.name: row.text for row in custom_values.told_to(ticket)},
        "rating": {"score": rating.score, "comment": rating.comment} if rating else None,
        "messages": [
            {
                "at": reply.created_at.isoformat(),
                "from": reply.author_name,
                "by_us": reply.by_agent,
                "text": reply.body,
            }
            for reply in replies
        ],
    }


def _add_file(archive: zipfile.ZipFile, name: str, key: str, exported: Exported) -> None:
    try:
        archive.writestr(name, storage.read(key))
    except FileNotFoundError:
        return
    exported.files += 1
