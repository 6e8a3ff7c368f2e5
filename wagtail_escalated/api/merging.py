"""``tickets/<reference>/merge-others/``: many tickets become one, as those chosen in the inbox do."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.bulk import MOST_MERGED, run_merges
from wagtail_escalated.permissions import check

from .bulk_runs import FailureJSON, named
from .describing import describe
from .fields import Text, Truth
from .safely import once
from .tickets import IDEMPOTENCY_KEY, TicketView


class MergeOthersSent(serializers.Serializer):
    tickets = serializers.ListField(
        child=Text(max_length=40),
        min_length=1,
        max_length=MOST_MERGED,
        help_text=f"References of those that are merged into this one, up to {MOST_MERGED}.",
    )
    different_requesters = Truth(
        required=False, default=False, help_text="That some are another person's is meant."
    )


class OthersMergedJSON(serializers.Serializer):
    merged = serializers.ListField(child=serializers.CharField(), help_text="References.")
    failed = FailureJSON(many=True)
    undo = serializers.CharField(
        help_text="For `undo/` within an hour: takes all of them out again. Empty where none was merged."
    )


class MergeOthers(TicketView):
    serializer_class = MergeOthersSent

    @describe(
        operation_id="tickets_merge_others",
        parameters=[IDEMPOTENCY_KEY],
        request=MergeOthersSent,
        responses={200: OthersMergedJSON},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """Merge others into this one. Names those that cannot be, and merges the rest."""
        ticket, actor = self.ticket(), self.caller.actor
        check(actor, "work", ticket)
        sent, seen = self.sent(), self.caller.tickets("view_internal")
        keys = [pk for pk, _reference in named(seen, sent["tickets"])]
        found = seen.in_bulk(keys)
        result = run_merges(
            [found[pk] for pk in keys if pk in found],
            ticket,
            actor=actor,
            different_requesters=sent["different_requesters"],
        )
        failed = [
            {"reference": one.ticket.reference, "reason": one.reason} for one in result.failed
        ]
        merged = [one.reference for one in result.done]
        told = {"merged": merged, "failed": failed, "undo": result.undo_token}
        return Response(OthersMergedJSON(told).data)
