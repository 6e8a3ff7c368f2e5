"""Split: a reply becomes a ticket of its own, and stays where it was."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions import custom_fields
from wagtail_escalated.actions.attachments import copy_rows
from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.creation import clean_body, clean_subject, new_ticket, open_ticket
from wagtail_escalated.actions.linking import write_link
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.exceptions import SplitNotAllowed
from wagtail_escalated.models import EventKind, LinkKind, Reply, Ticket


def split(ticket: Ticket, reply: Reply, *, actor: Any, subject: str | None = None) -> Ticket:
    """Open a ticket with a reply's text and files: same requester, department, priority, type and fields.

    It has its own clocks; both histories name each other. Raises ``SplitNotAllowed`` for another ticket's reply.
    """
    if reply.ticket_id != ticket.pk:
        raise SplitNotAllowed(
            _("This reply does not belong to %(reference)s.") % {"reference": ticket.reference}
        )
    with changing(ticket, actor=actor, verb="work") as change:
        body = MessageBody(reply.body, reply.body_html, reply.quoted, reply.quoted_html)
        fresh = new_ticket(
            subject=clean_subject(subject or ticket.subject),
            body=clean_body(body, "description"),
            requester=ticket.requester,
            priority=ticket.priority,
            type=ticket.type,
            department=ticket.department,
            channel=ticket.channel,
            site=ticket.site,
            proved=reply.proved,
            now=change.now,
        )
        values = custom_fields.values_of(ticket)
        open_ticket(fresh, actor=actor, values=values, split_from=ticket.reference)
        copy_rows(reply.attachments.all(), fresh)
        write_link(change, fresh, ticket, LinkKind.SPLIT_FROM)
        change.record(
            EventKind.SPLIT,
            new_ticket=fresh.pk,
            new_reference=fresh.reference,
            split_reply=reply.pk,
        )
    return fresh
