"""The letters behind a ticket's messages, as they came."""

from __future__ import annotations

from django.db.models import QuerySet

from wagtail_escalated.actions.merging import merged_into
from wagtail_escalated.models import InboundEmail, Ticket


def letters_of(ticket: Ticket) -> QuerySet[InboundEmail]:
    """Those kept of what became its messages, and those of the tickets merged into it; the newest first.

    Letters that are held, failed or were ignored are nobody's messages.
    """
    tickets = [ticket, *merged_into(ticket)]
    done = InboundEmail.objects.filter(ticket__in=tickets, state=InboundEmail.State.DONE)
    return done.exclude(raw_key="")
