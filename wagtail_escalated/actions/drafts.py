"""What an agent has begun to write at a ticket: one reply and one note each, seen by nobody else."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from wagtail_escalated.models import Draft, Ticket

#: Characters of HTML.
LONGEST = 200_000


def drafts_of(ticket: Ticket, *, user: Any) -> QuerySet[Draft]:
    """The user's own, the newest first."""
    return Draft.objects.filter(ticket=ticket, user=user).order_by("-updated_at", "-pk")


def save(ticket: Ticket, kind: str, html: str, *, user: Any) -> None:
    """Keep ``html`` as the user's draft of this kind, in place of what it said before."""
    kept = {"body_html": html[:LONGEST], "seen_version": ticket.version}
    mine = Draft.objects.filter(ticket=ticket, user=user, kind=kind)
    if not mine.update(**kept, updated_at=timezone.now()):
        mine.get_or_create(ticket=ticket, user=user, kind=kind, defaults=kept)


def discard(ticket: Ticket, kind: str, *, user: Any) -> bool:
    """Whether there was one."""
    deleted, _of_which = drafts_of(ticket, user=user).filter(kind=kind).delete()
    return bool(deleted)
