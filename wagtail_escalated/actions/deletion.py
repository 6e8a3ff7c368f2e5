"""Spam and deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_escalated import storage
from wagtail_escalated.actions.change import changing, lock
from wagtail_escalated.actions.status import move_if_allowed
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.committed import once_committed
from wagtail_escalated.models import (
    Attachment,
    EventKind,
    InboundEmail,
    Status,
    Ticket,
    Tombstone,
)
from wagtail_escalated.permissions import check


def mark_spam(
    ticket: Ticket, *, actor: Any, spam: bool = True, now: datetime | None = None
) -> Ticket:
    """Close a ticket as spam, or say that it is none. Spam is left out of every view but its own."""
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.is_spam != spam:
            ticket.is_spam = spam
            change.record(EventKind.SPAM, before=not spam, after=spam)
            if spam and ticket.is_open:
                move_if_allowed(change, Status.CLOSED, automatic=True)
    return ticket


def delete(ticket: Ticket, *, actor: Any) -> Tombstone:
    """Delete a ticket with its messages and files, for managers; a tombstone keeps its number."""
    with transaction.atomic():
        lock(ticket)
        check(actor, "manage", ticket)
        keys = set(ticket.attachments.exclude(key="").values_list("key", flat=True))
        tombstone = Tombstone.objects.create(
            ticket_pk=ticket.pk,
            reference=ticket.reference,
            deleted_at=timezone.now(),
            deleted_by=None if actor is SYSTEM else actor,
        )
        ticket.merged_from.update(merged_into=None)
        ticket.delete()
        once_committed(remove_unused, keys)
    return tombstone


def remove_unused(keys: set[str]) -> None:
    """Remove the stored files that no attachment names any more."""
    used = set(Attachment.objects.filter(key__in=keys).values_list("key", flat=True))
    for key in keys - used:
        storage.delete(key)


def remove_unused_letters(keys: set[str]) -> None:
    """Remove the stored letters that no row names any more."""
    used = set(InboundEmail.objects.filter(raw_key__in=keys).values_list("raw_key", flat=True))
    for key in keys - used:
        storage.delete(key)
