"""``…/recompute/``: which deadlines of open tickets changed terms would move, and moving them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated import tasks
from wagtail_escalated.actions.sla_terms import Move, moves, tickets_under
from wagtail_escalated.batches import batch
from wagtail_escalated.models import Metric

from . import callers
from .business_hours import Hours
from .configuration import Policies, Rows, words
from .describing import describe
from .listing import Pages


class MoveJSON(serializers.Serializer):
    metric = serializers.ChoiceField(choices=Metric.choices)
    before = serializers.DateTimeField(allow_null=True, help_text="`null`: not promised so far.")
    after = serializers.DateTimeField(allow_null=True, help_text="`null`: no longer promised.")
    missed_at_once = serializers.BooleanField()


class MovedJSON(serializers.Serializer):
    """An open ticket that the terms concern, with the deadlines that would move, if any."""

    ticket = serializers.CharField()
    subject = serializers.CharField()
    moves = MoveJSON(many=True)


class TicketsOfTerms(Pages):
    """Few in one page: each ticket's promises are worked out anew."""

    page_size = max_page_size = 50
    page_size_query_description = "How many in one page, up to 50."


class Recompute(Rows):
    permission_classes = [callers.HasScope, callers.Manages]
    pagination_class = TicketsOfTerms

    def preview(self) -> Response:
        seen = self.caller.tickets("view_internal").values("pk")
        concerned = tickets_under(self.row()).filter(pk__in=seen)
        page = self.paginate_queryset(concerned.select_related("department", "requester"))
        now = timezone.now()
        with batch():
            told = [_moved(ticket, now) for ticket in page]
        return self.get_paginated_response(MovedJSON(told, many=True).data)

    def begin(self) -> Response:
        row = self.row()
        tasks.enqueue("recompute_sla", row._meta.model_name, row.pk)
        return Response(status=202)


def _moved(ticket: Any, now: datetime) -> dict[str, Any]:
    told = [_move(move, now) for move in moves(ticket, now=now)]
    return {"ticket": ticket.reference, "subject": ticket.subject, "moves": told}


def _move(move: Move, now: datetime) -> dict[str, Any]:
    return {
        "metric": move.metric,
        "before": move.before,
        "after": move.after,
        "missed_at_once": move.after is not None and move.after < now,
    }


def recompute(base: type[Rows]) -> type[Recompute]:
    """The preview and the deed for one kind of terms."""
    one, many = base.names

    class RecomputeTerms(Recompute, base):
        serializer_class = None

        @describe(
            operation_id=f"{many}_recompute_preview",
            description=(
                f"The open tickets that one {words(one)} concerns, and by how much their deadlines would move. "
                "Nothing is written."
            ),
            responses={200: MovedJSON(many=True)},
        )
        def get(self, request: Request, pk: int) -> Response:
            return self.preview()

        @describe(
            operation_id=f"{many}_recompute",
            description=(
                "Count the deadlines of these tickets anew, by the worker. What runs keeps its terms until then."
            ),
            request=None,
            responses={202: None},
        )
        def post(self, request: Request, pk: int) -> Response:
            return self.begin()

    RecomputeTerms.__name__ = f"Recompute{one.title()}"
    return RecomputeTerms


OF_POLICY, OF_HOURS = recompute(Policies), recompute(Hours)
