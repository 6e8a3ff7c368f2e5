"""Taking back through the API what the desk's pages take back with a button."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.undoing import offer_restore, offer_unsend, snapshot
from wagtail_escalated.models import Reply, Ticket

from .callers import Caller
from .fields import Text

UNDO_PARAMETER = OpenApiParameter(
    "undo",
    bool,
    description="With `true`, the answer has a token for `undo/`, where this can be taken back.",
)
UNDO_HELP = "For `undo/`, where `?undo=true` asked for it; empty where this cannot be taken back."
WORDS = {"true": True, "1": True, "false": False, "0": False}


class UndoSent(serializers.Serializer):
    token = Text(max_length=200)


def undo(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    tickets.undo(sent["token"], by=caller.actor)
    ticket.refresh_from_db()
    return ticket


def is_asked(request: Request, name: str) -> bool:
    """What a parameter of the query says that is true or false; false where it is not there."""
    text = request.query_params.get(name, "false")
    if text not in WORDS:
        raise serializers.ValidationError({name: [_("Send true or false.")]})
    return WORDS[text]


class Undoing:
    """Of one request: whether it asks for a token, and what was before. Kept only then: it costs queries."""

    def __init__(self, request: Request, caller: Caller):
        self.asked = is_asked(request, "undo")
        # A customer's close and reopen are each other's undo.
        self.can_be = self.asked and caller.inside
        self.actor = caller.actor
        self.before: tuple[Ticket, dict[str, Any]] | None = None

    def remember(self, ticket: Ticket) -> None:
        """Before the change."""
        if self.can_be:
            self.before = (ticket, snapshot(ticket))

    def of_change(self) -> str:
        """After it: a token that gives the ticket back what ``remember`` saw."""
        return offer_restore([self.before], actor=self.actor) if self.before else ""

    def of_reply(self, reply: Reply) -> str:
        return offer_unsend(reply, actor=self.actor) if self.can_be else ""
