"""``held-mail/``: letters that nobody took on, and what a person does about each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.mail import held
from wagtail_escalated.mail.letter_file import as_file
from wagtail_escalated.models import InboundEmail, Ticket

from . import callers
from .base import DeskView
from .describing import describe
from .fields import Text
from .listing import Pages
from .tickets import CONFLICT


class HeldJSON(serializers.Serializer):
    id = serializers.UUIDField(source="pk")
    sender = serializers.CharField()
    subject = serializers.CharField()
    reason = serializers.CharField()
    why = serializers.SerializerMethodField(help_text="The reason as a sentence.")
    ticket = serializers.SerializerMethodField(help_text="Where it seems to belong.")
    received_at = serializers.DateTimeField()

    def get_why(self, row: InboundEmail) -> str:
        return str(held.why(row))

    def get_ticket(self, row: InboundEmail) -> str | None:
        return row.ticket.reference if row.ticket else None


class PutSent(serializers.Serializer):
    into = Text(max_length=40, help_text="The reference of a ticket that you work on.")


class HandledJSON(serializers.Serializer):
    ticket = serializers.CharField(allow_null=True, help_text="Where it stands now, if anywhere.")


class HeldPages(Pages):
    ordering = "-received_at"


class HeldView(DeskView):
    permission_classes = [callers.HasScope, callers.Works]

    def rows(self) -> QuerySet[InboundEmail]:
        return held.waiting_for(self.caller.actor)

    def letter(self) -> InboundEmail:
        found = self.rows().filter(pk=self.kwargs["uuid"]).first()
        if found is None:
            raise Http404
        return found


class HeldMail(HeldView):
    pagination_class = HeldPages

    @describe(
        operation_id="held_mail_list",
        description="The letters that wait for a person, the newest first.",
        responses={200: HeldJSON(many=True)},
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.rows())
        return self.get_paginated_response(HeldJSON(page, many=True).data)


class Original(HeldView):
    @describe(
        operation_id="held_mail_original",
        description="The letter as it came.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, uuid: uuid.UUID) -> Any:
        return as_file(self.letter())


def _accept(view: HeldView, letter: InboundEmail) -> Ticket:
    return held.accept_as_new(letter, actor=view.caller.actor)


def _put(view: HeldView, letter: InboundEmail) -> Ticket:
    reference = view.sent()["into"]
    ticket = view.caller.tickets("work").for_reference(reference).first()
    if ticket is None:
        raise serializers.ValidationError({"into": [_("There is no such ticket.")]})
    held.put_onto(letter, ticket, actor=view.caller.actor)
    return ticket


def _block(view: HeldView, letter: InboundEmail) -> None:
    held.block_sender(letter, actor=view.caller.actor)


def _discard(view: HeldView, letter: InboundEmail) -> None:
    held.discard(letter, actor=view.caller.actor)


def _retry(view: HeldView, letter: InboundEmail) -> Ticket | None:
    if held.try_again(letter, actor=view.caller.actor) in held.WAITING:
        raise held.NotHeld(_("It was tried again and is still held."))
    letter.refresh_from_db()
    return letter.ticket


def _deed(name: str, what: str, do: Callable[..., Ticket | None], sent: Any = None) -> Any:
    class Deed(HeldView):
        serializer_class = sent

        @describe(
            operation_id=f"held_mail_{name}",
            description=what,
            request=sent,
            responses={200: HandledJSON, 409: CONFLICT},
        )
        def post(self, request: Request, uuid: uuid.UUID) -> Response:
            ticket = do(self, self.letter())
            return Response({"ticket": ticket.reference if ticket else None})

    Deed.__name__ = f"{name.title()}Letter"
    return Deed


#: Name in the address → the view.
DEEDS = {
    "accept": _deed("accept", "Make a new ticket of it.", _accept),
    "put": _deed("put", "Put it onto a ticket.", _put, PutSent),
    "block": _deed("block", "Ignore its sender from now on.", _block),
    "discard": _deed("discard", "Take it off the list.", _discard),
    "retry": _deed("retry", "Work on it once more.", _retry),
}
