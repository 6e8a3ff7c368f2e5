"""What the requester thought of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.contacts import as_contact
from wagtail_escalated.exceptions import RatingNotAllowed
from wagtail_escalated.models import EventKind, Rating, Ticket

CHANGE_WITHIN = timedelta(hours=1)


def rate(
    ticket: Ticket, score: int, *, actor: Any, comment: str = "", now: datetime | None = None
) -> Rating:
    """1 (bad) to 5 (good), by the requester alone, once a ticket is resolved; can be changed within an hour."""
    if score not in range(1, 6):
        raise RatingNotAllowed(_("A rating is a number from 1 to 5."))
    with changing(ticket, actor=actor, verb="rate", now=now) as change:
        rating = Rating.objects.select_for_update().filter(ticket=ticket).first()
        if ticket.is_open:
            raise RatingNotAllowed(_("You can rate this once it is solved."))
        if rating is not None and not may_change(rating, now=change.now):
            raise RatingNotAllowed(_("You have rated this already."))
        if rating is not None and (rating.score, rating.comment) == (score, comment[:5000]):
            return rating
        rating = rating or Rating(ticket=ticket, contact=as_contact(actor), created_at=change.now)
        rating.score, rating.comment, rating.updated_at = score, comment[:5000], change.now
        rating.save()
        change.record(EventKind.RATED, score=score)
    return rating


def may_change(rating: Rating, *, now: datetime) -> bool:
    return rating.created_at >= now - CHANGE_WITHIN
