"""Following: an agent hears of a ticket and may see it; a customer gets the answers of one they may see."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.contacts import as_contact
from wagtail_escalated.exceptions import NotAnAgent
from wagtail_escalated.models import (
    Contact,
    CopiedContact,
    EventKind,
    Follower,
    Ticket,
    display_name,
)
from wagtail_escalated.permissions import works_inside


def follow(ticket: Ticket, *, actor: Any, user: Any = None) -> Ticket:
    """``user`` (the actor, if not given) follows from now on. Who names another needs the right to work."""
    user = user or actor
    if not works_inside(user):
        raise NotAnAgent(_("Only agents can follow a ticket."))
    with changing(ticket, actor=actor, verb=_verb(actor, user)) as change:
        _row, created = Follower.objects.get_or_create(ticket=ticket, user=user)
        if created:
            change.record(EventKind.FOLLOWED, user=str(user.pk), name=display_name(user))
    return ticket


def unfollow(ticket: Ticket, *, actor: Any, user: Any = None) -> Ticket:
    user = user or actor
    with changing(ticket, actor=actor, verb=_verb(actor, user)) as change:
        deleted, _rows = Follower.objects.filter(ticket=ticket, user=user).delete()
        if deleted:
            change.record(EventKind.UNFOLLOWED, user=str(user.pk), name=display_name(user))
    return ticket


def follow_by_mail(ticket: Ticket, *, actor: Any) -> Ticket:
    """A colleague of the requester gets the answers from now on, as long as they may see the ticket."""
    with changing(ticket, actor=actor, verb="view_as_customer") as change:
        contact = as_contact(actor)
        if contact.pk != ticket.requester_id:
            _row, created = CopiedContact.objects.get_or_create(
                ticket=ticket, contact=contact, defaults={"by_choice": True}
            )
            if created:
                change.record(EventKind.FOLLOWED, name=str(contact))
    return ticket


def unfollow_by_mail(ticket: Ticket, *, actor: Any) -> Ticket:
    """Whoever is in Cc gets no more of it, whether or not they wanted to be there."""
    with changing(ticket, actor=actor, verb="reply_as_customer") as change:
        contact = as_contact(actor)
        deleted, _rows = CopiedContact.objects.filter(ticket=ticket, contact=contact).delete()
        if deleted:
            change.record(EventKind.UNFOLLOWED, name=str(contact))
    return ticket


def remove_copy(ticket: Ticket, contact: Contact, *, actor: Any) -> Ticket:
    """An agent takes somebody out of Cc: they get no more of it, and take part no more."""
    with changing(ticket, actor=actor, verb="work") as change:
        deleted, _rows = CopiedContact.objects.filter(ticket=ticket, contact=contact).delete()
        if deleted:
            change.record(EventKind.UNFOLLOWED, name=str(contact))
    return ticket


def _verb(actor: Any, user: Any) -> str:
    return "view_internal" if actor == user else "work"
