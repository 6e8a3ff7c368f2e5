"""Links between tickets."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import Change, changing_all
from wagtail_escalated.exceptions import LinkNotAllowed
from wagtail_escalated.models import EventKind, LinkKind, Ticket, TicketLink

#: Kinds in which a circle makes no sense.
TREE_KINDS = frozenset({LinkKind.CHILD_OF, LinkKind.INCIDENT_OF, LinkKind.DUPLICATE_OF})


def link(ticket: Ticket, other: Ticket, kind: str, *, actor: Any) -> TicketLink:
    """``ticket`` is ``kind`` (a ``LinkKind``) ``other``. The right to work is needed on both.

    Raises ``LinkNotAllowed`` for a ticket and itself, an unknown kind, or a circle.
    """
    kind = _known_kind(kind)
    if ticket.pk == other.pk:
        raise LinkNotAllowed(_("A ticket cannot be linked to itself."))
    with changing_all(ticket, other, actor=actor, verb="work") as (change, other_change):
        if kind in TREE_KINDS and _leads_to(other, ticket, kind):
            raise LinkNotAllowed(
                _("%(other)s already leads to %(ticket)s by such links.")
                % {"ticket": ticket.reference, "other": other.reference}
            )
        row, created = TicketLink.objects.get_or_create(ticket=ticket, other=other, kind=kind)
        if created:
            change.record(EventKind.LINKED, link=kind, other=other.reference)
            other_change.record(EventKind.LINKED, link=kind, other=ticket.reference, here=True)
    return row


def unlink(ticket: Ticket, other: Ticket, kind: str, *, actor: Any) -> None:
    """Take a link away, whichever side it was made from. Nothing happens where there is none."""
    kind = _known_kind(kind)
    with changing_all(ticket, other, actor=actor, verb="work") as (change, other_change):
        there, _rows = TicketLink.objects.filter(ticket=ticket, other=other, kind=kind).delete()
        here, _rows = TicketLink.objects.filter(ticket=other, other=ticket, kind=kind).delete()
        if there or here:
            change.record(EventKind.UNLINKED, link=kind, other=other.reference, here=not there)
            other_change.record(
                EventKind.UNLINKED, link=kind, other=ticket.reference, here=bool(there)
            )


def write_link(change: Change, ticket: Ticket, other: Ticket, kind: str) -> None:
    """A link made by the desk itself within a change of one of the two."""
    TicketLink.objects.get_or_create(ticket=ticket, other=other, kind=kind)
    here = change.ticket.pk != ticket.pk
    there = ticket if here else other
    change.record(EventKind.LINKED, link=kind, other=there.reference, here=here)


def _known_kind(kind: str) -> LinkKind:
    try:
        return LinkKind(kind)
    except ValueError:
        raise LinkNotAllowed(_("There is no link “%(kind)s”.") % {"kind": kind}) from None


def _leads_to(start: Ticket, goal: Ticket, kind: str) -> bool:
    seen, frontier = set(), {start.pk}
    while frontier:
        if goal.pk in frontier:
            return True
        seen |= frontier
        further = TicketLink.objects.filter(ticket__in=frontier, kind=kind)
        frontier = set(further.values_list("other_id", flat=True)) - seen
    return False
