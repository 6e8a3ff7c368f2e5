"""``tickets/<reference>/letters/``: the letters behind its messages, as they came."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.mail.letter_file import as_file
from wagtail_escalated.mail.letters import letters_of

from . import callers
from .describing import describe
from .listing import Pages, fields_parameter, selected
from .tickets import TicketView


class LetterJSON(serializers.Serializer):
    id = serializers.UUIDField(source="pk")
    sender = serializers.CharField()
    recipient = serializers.CharField()
    subject = serializers.CharField()
    received_at = serializers.DateTimeField()
    size = serializers.IntegerField(source="raw_size", help_text="Bytes, as the provider sent it.")
    reply = serializers.IntegerField(
        source="reply_id",
        allow_null=True,
        help_text="What it became; `null`: what a ticket began with.",
    )


class LetterPages(Pages):
    ordering = "-received_at"


class LettersView(TicketView):
    permission_classes = [callers.HasScope, callers.IsInside]


class Letters(LettersView):
    pagination_class = LetterPages

    @describe(
        operation_id="tickets_letters",
        description="The letters that became its messages, the newest first. For the desk alone.",
        parameters=[fields_parameter(LetterJSON)],
        responses={200: LetterJSON(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        page = self.paginate_queryset(letters_of(self.ticket()))
        return self.get_paginated_response(selected(LetterJSON(page, many=True), request).data)


class OneLetter(LettersView):
    @describe(
        operation_id="tickets_letter",
        description="One of them as it came, with all its headers.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, reference: str, uuid: uuid.UUID) -> Any:
        letter = letters_of(self.ticket()).filter(pk=uuid).first()
        if letter is None:
            raise Http404
        return as_file(letter)
