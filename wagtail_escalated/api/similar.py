"""``tickets/<reference>/similar/``: others about the same thing."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.ticket_search import similar_to

from . import callers
from .describing import describe
from .ticket_json import TicketJSON, listed
from .tickets import TicketView, context_of

MOST = 10


class SimilarJSON(serializers.Serializer):
    results = TicketJSON(many=True)


class Similar(TicketView):
    permission_classes = [callers.HasScope, callers.IsInside]

    @describe(operation_id="tickets_similar", responses={200: SimilarJSON})
    def get(self, request: Request, reference: str) -> Response:
        """Up to ten others that share the telling words of its subject, among those that you see."""
        seen = listed(self.caller.tickets("view_internal"))
        found = similar_to(self.ticket(), seen, limit=MOST)
        told = TicketJSON(found, many=True, context=context_of(self.caller)).data
        return Response({"results": told})
