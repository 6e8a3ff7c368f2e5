"""What a person may ask for: all that is kept about them and may be shown to them, as a file."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db.models import Q
from django.utils import timezone

from wagtail_escalated import custom_values, storage
from wagtail_escalated.actions.erasure import check_privacy, written_elsewhere
from wagtail_escalated.models import Contact, InboundEmail, Ticket

_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(slots=True)
class Exported:
    tickets: int = 0
    messages: int = 0
    files: int = 0


def export_contact(
    contact: Contact, out: IO[bytes], *, actor: Any, now: datetime | None = None
) -> Exported:
    """Write a ZIP of what is kept about a person and may be shown to them: no notes, nobody else's tickets."""
    check_privacy(actor)
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
                for reply in written_elsewhere(contact).order_by("created_at")
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
