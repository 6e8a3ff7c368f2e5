"""Problem and incidents: what solves the one is told to all who reported the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from wagtail_escalated.actions import messages
from wagtail_escalated.actions.bulk import BulkResult, run_each
from wagtail_escalated.actions.undoing import offer_unsend_all
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.models import LinkKind, Reply, Status, Ticket
from wagtail_escalated.permissions import check, tickets_for


def open_incidents(problem: Ticket, *, actor: Any) -> QuerySet[Ticket]:
    """The unsolved tickets linked as incidents of this one that the actor may work on."""
    incidents = tickets_for(actor, "work").filter(
        links__other=problem, links__kind=LinkKind.INCIDENT_OF, is_open=True
    )
    return incidents.order_by("created_at", "pk")


def answer_incidents(
    reply: Reply,
    *,
    actor: Any,
    only: Collection[str] | None = None,
    together: bool = False,
) -> BulkResult:
    """Send an answer given at a problem to its open incidents, too, and resolve them.

    ``only``: references of some of them. The token takes all of these answers back until the first of them
    leaves; ``together`` with the problem's own, just sent, and what was done with it.
    """
    check(actor, "work", reply.ticket)
    body = MessageBody(text=reply.body, html=reply.body_html)
    files = list(reply.attachments.filter(rejected=""))
    sent: list[Reply] = []

    def answer(incident: Ticket) -> None:
        row = messages.reply(
            incident, body=body, actor=actor, attachments=files, status=Status.RESOLVED
        )
        if isinstance(row, Reply):
            sent.append(row)

    incidents = open_incidents(reply.ticket, actor=actor)
    if only is not None:
        incidents = incidents.filter(reference__in=only)
    result = run_each(incidents, answer)
    if together:
        sent.append(reply)
    result.undo_token = offer_unsend_all(sent, actor=actor)
    return result
