"""``tickets/<reference>/mails/``: to whom its answers went, and whether they arrived."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.models import OutboundEmail

from . import callers
from .describing import describe
from .listing import Pages, fields_parameter, selected
from .tickets import TicketView

STATES = OutboundEmail.State.choices


class SentMailJSON(serializers.Serializer):
    reply = serializers.IntegerField(source="reply_id")
    address = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    error = serializers.CharField(help_text="What the mail server said; mostly empty.")
    sent_at = serializers.DateTimeField(allow_null=True)


class SentMailPages(Pages):
    ordering = "-pk"


class SentMails(TicketView):
    permission_classes = [callers.HasScope, callers.IsInside]
    pagination_class = SentMailPages

    @describe(
        operation_id="tickets_mails",
        description="The mails that took its answers to people, the newest first. For the desk alone.",
        parameters=[fields_parameter(SentMailJSON)],
        responses={200: SentMailJSON(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        # As the conversation in the admin shows them: mails to agents are nobody's business.
        rows = self.ticket().outbound_emails.filter(reply__isnull=False, contact__isnull=False)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(selected(SentMailJSON(page, many=True), request).data)
