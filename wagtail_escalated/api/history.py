"""``tickets/<reference>/history/``: all that happened to a ticket, page by page."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.models import EventKind

from . import callers
from .describing import describe
from .listing import Pages, fields_parameter, selected
from .message_json import ActivityJSON
from .tickets import TicketView, context_of

KIND = OpenApiParameter(
    "kind",
    {"type": "array", "items": {"type": "string", "enum": [str(kind) for kind in EventKind]}},
    explode=True,
    description="Any of these values.",
)


class HistoryPages(Pages):
    ordering = ("-created_at", "-pk")


class History(TicketView):
    permission_classes = [callers.HasScope, callers.IsInside]
    pagination_class = HistoryPages

    @describe(
        operation_id="tickets_history",
        description=(
            "All that happened to it, the newest first; `activity` of a ticket is the newest of this. "
            "For the desk alone."
        ),
        parameters=[KIND, fields_parameter(ActivityJSON)],
        responses={200: ActivityJSON(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        events, kinds = self.ticket().events.all(), request.query_params.getlist("kind")
        if not set(kinds) <= set(EventKind.values):
            names = ", ".join(EventKind.values)
            message = _("Choose one of: %(names)s.") % {"names": names}
            raise serializers.ValidationError({"kind": [message]})
        page = self.paginate_queryset(events.filter(kind__in=kinds) if kinds else events)
        told = ActivityJSON(page, many=True, context=context_of(self.caller))
        return self.get_paginated_response(selected(told, request).data)
