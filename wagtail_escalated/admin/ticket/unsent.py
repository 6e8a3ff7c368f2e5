"""The text of a reply that was taken back: it lies in the composer again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from wagtail_escalated.models import Draft, Ticket
from wagtail_escalated.tokens import hash_token

KEY = "escalated_last_sent"


def remember_text(request: HttpRequest, token: str, reply: Any, html: str) -> None:
    """Keep what was sent last with the session, for as long as nothing else is sent."""
    if token:
        request.session[KEY] = [hash_token(token), reply.ticket_id, html]


def give_text_back(request: HttpRequest, token: str, restored: list[Ticket]) -> None:
    """After the reply behind ``token`` was taken back, make a draft of its text."""
    sent_token, ticket_pk, html = request.session.get(KEY) or ("", 0, "")
    if sent_token != hash_token(token) or ticket_pk not in {ticket.pk for ticket in restored}:
        return
    del request.session[KEY]
    Draft.objects.update_or_create(
        ticket_id=ticket_pk,
        user=request.user,
        kind=Draft.Kind.REPLY,
        defaults={"body_html": html},
    )
