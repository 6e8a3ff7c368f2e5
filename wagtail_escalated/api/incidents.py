"""A problem's answer for its incidents, and taking such answers back."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import tickets
from wagtail_escalated.permissions import check

from .describing import describe
from .fields import Key, Text
from .safely import once
from .tickets import IDEMPOTENCY_KEY, TicketView

MOST = 500


class IncidentsSent(serializers.Serializer):
    reply = Key(help_text="The desk's answer at this ticket that its incidents get, too.")
    incidents = serializers.ListField(
        child=Text(max_length=40),
        required=False,
        allow_null=True,
        default=None,
        max_length=MOST,
        help_text="References of some of them; without it all that are open.",
    )


class NotAnsweredJSON(serializers.Serializer):
    ticket = serializers.CharField()
    reason = serializers.CharField()


class IncidentsAnswered(serializers.Serializer):
    answered = serializers.ListField(child=serializers.CharField())
    failed = NotAnsweredJSON(many=True)
    undo = serializers.CharField(
        help_text="For `undo/`, until the answers leave; empty where they have left at once."
    )


class AnswerIncidents(TicketView):
    serializer_class = IncidentsSent

    @describe(
        operation_id="tickets_incidents",
        parameters=[IDEMPOTENCY_KEY],
        request=IncidentsSent,
        responses={200: IncidentsAnswered},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """Send an answer of this ticket to its open incidents, too, and resolve them. Names those that fail."""
        ticket, actor = self.ticket(), self.caller.actor
        check(actor, "work", ticket)
        sent = self.sent()
        reply = ticket.replies.filter(pk=sent["reply"], by_agent=True).first()
        if reply is None:
            raise serializers.ValidationError({"reply": [_("This ticket has no such answer.")]})
        only = sent["incidents"]
        result = tickets.answer_incidents(
            reply, actor=actor, only=None if only is None else [one.upper() for one in only]
        )
        return Response(
            {
                "answered": [one.reference for one in result.done],
                "failed": [
                    {"ticket": failure.ticket.reference, "reason": failure.reason}
                    for failure in result.failed
                ],
                "undo": result.undo_token,
            }
        )
