"""The tickets before and behind this one in the list it was opened from."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from wagtail_escalated.models import Ticket

from ..inbox.current import CurrentList
from ..inbox.keyset import Cursor, beyond, value_of


@dataclass(frozen=True, slots=True)
class Neighbours:
    next: str = ""
    previous: str = ""


def neighbours_of(ticket: Ticket, current: CurrentList) -> Neighbours:
    """References; empty at either end. One query each."""
    tickets, value = current.tickets(), value_of(current.ordering, ticket)
    return Neighbours(
        next=_first(tickets, current.ordering, Cursor(value, ticket.pk, 0)),
        previous=_first(tickets, current.ordering, Cursor(value, ticket.pk, 0, backwards=True)),
    )


def next_of(ticket: Ticket, current: CurrentList) -> str:
    """Asked before something is sent: the answer moves the ticket in its list."""
    cursor = Cursor(value_of(current.ordering, ticket), ticket.pk, 0)
    return _first(current.tickets(), current.ordering, cursor)


def _first(tickets: QuerySet[Ticket], ordering: str, cursor: Cursor) -> str:
    tickets = tickets.filter(beyond(ordering, cursor))
    if cursor.backwards:
        tickets = tickets.reverse()
    return tickets.values_list("reference", flat=True).first() or ""
