"""``tickets/<reference>/canned-responses/``: canned responses as they read at that ticket."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.canned import count_use, filled_in, responses_for
from wagtail_escalated.models import CannedResponse, Ticket
from wagtail_escalated.sanitize import html_from_text

from . import callers
from .callers import Caller
from .configuration import LONGEST_SEARCH
from .describing import describe
from .fields import Key, Text
from .safely import once
from .tickets import IDEMPOTENCY_KEY, TicketView

MOST = 50


class Wanted(serializers.Serializer):
    q = Text(max_length=LONGEST_SEARCH, required=False, allow_blank=True, default="")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, required=False, default=8)


class UseCannedSent(serializers.Serializer):
    canned_response = Key(help_text="Of `canned-responses/`.")


class FilledInJSON(serializers.Serializer):
    """A canned response with its variables filled in."""

    id = serializers.IntegerField(help_text="The canned response's key.")
    title = serializers.CharField()
    folder = serializers.CharField()
    shortcut = serializers.CharField()
    body = serializers.CharField(help_text="Plain text.")
    html = serializers.CharField(help_text="The same, escaped.")


class AllFilledInJSON(serializers.Serializer):
    results = FilledInJSON(many=True)


class CannedResponses(TicketView):
    permission_classes = [callers.HasScope, callers.Works]
    serializer_class = UseCannedSent

    @describe(
        operation_id="tickets_canned_responses",
        parameters=[
            OpenApiParameter(
                "q",
                {"type": "string", "maxLength": LONGEST_SEARCH},
                description="Those in whose title, shortcut, folder or text each of these words stands.",
            ),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
        ],
        responses={200: AllFilledInJSON},
    )
    def get(self, request: Request, reference: str) -> Response:
        """What the composer offers: your own canned responses and the shared ones, the most used first, filled in."""
        asked = Wanted(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        ticket, caller = self.ticket(), self.caller
        search = asked.validated_data["q"].replace("\x00", "")
        found = responses_for(caller.actor, search=search)[: asked.validated_data["limit"]]
        return Response({"results": [_filled_in(row, ticket, caller) for row in found]})

    @describe(
        operation_id="tickets_canned_response_use",
        parameters=[IDEMPOTENCY_KEY],
        request=UseCannedSent,
        responses={200: FilledInJSON},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """One of them filled in and counted as used, as when somebody chooses it in the composer. Sends nothing."""
        ticket, caller, sent = self.ticket(), self.caller, self.sent()
        found = responses_for(caller.actor).filter(pk=sent["canned_response"]).first()
        if found is None:
            message = _("There is no such canned response.")
            raise serializers.ValidationError({"canned_response": [message]})
        count_use(found)
        return Response(_filled_in(found, ticket, caller))


def _filled_in(row: CannedResponse, ticket: Ticket, caller: Caller) -> dict[str, Any]:
    body = filled_in(row.body, ticket=ticket, user=caller.actor)
    told = {"id": row.pk, "title": row.title, "folder": row.folder, "shortcut": row.shortcut}
    return told | {"body": body, "html": str(html_from_text(body))}
