"""``tickets/<reference>/sla/``: how each deadline of a ticket was counted, and a policy of its own."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import sla
from wagtail_escalated.actions.sla_ledger import KINDS_OF_LINES, STATES, ledgers_of
from wagtail_escalated.models import Metric, SLAPolicy, Ticket

from . import callers
from .callers import Caller
from .describing import describe
from .fields import ByKey
from .ticket_actions import action
from .tickets import TicketView


class LineJSON(serializers.Serializer):
    """A stretch of time that counted, a pause, or a day with hours of its own."""

    to = serializers.DateTimeField(allow_null=True)
    kind = serializers.ChoiceField(choices=KINDS_OF_LINES)
    why = serializers.CharField(
        help_text="Of a pause the status, `snoozed` or `done`; of a special day its name."
    )
    counted_seconds = serializers.FloatField()
    total_seconds = serializers.FloatField(help_text="Counted by all lines up to this one.")
    ahead = serializers.BooleanField(help_text="Still to come, if nothing changes.")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateTimeField()} | super().get_fields()  # Python's own word


class ClockJSON(serializers.Serializer):
    """One promise, in the order it was made."""

    metric = serializers.ChoiceField(choices=Metric.choices)
    policy = serializers.CharField(help_text="Its name; empty where it is gone.")
    hours = serializers.CharField(help_text="Their name; empty where every minute counts.")
    time_zone = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    target_seconds = serializers.FloatField()
    used_seconds = serializers.FloatField()
    left_seconds = serializers.FloatField(help_text="Below 0 where it is used up.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    lines = LineJSON(many=True)
    is_cut = serializers.BooleanField(help_text="Whether lines were left out at the end.")


class ExplanationJSON(serializers.Serializer):
    policy = serializers.IntegerField(
        allow_null=True,
        help_text="The ticket's own; `null` where conditions or departments choose.",
    )
    clocks = ClockJSON(many=True)


class Explanation(TicketView):
    permission_classes = [callers.HasScope, callers.IsInside]

    @describe(operation_id="tickets_sla", responses={200: ExplanationJSON})
    def get(self, request: Request, reference: str) -> Response:
        """How each deadline came about: what was counted, what was not, and why. For the desk alone."""
        ticket = self.ticket()
        told = [ledger.as_json() for ledger in ledgers_of(ticket, now=timezone.now())]
        return Response({"policy": ticket.sla_policy_id, "clocks": told})


class PolicySent(serializers.Serializer):
    policy = ByKey(queryset=SLAPolicy.objects.all(), allow_null=True)


def _set_policy(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    return sla.set_policy(ticket, sent["policy"], actor=caller.actor)


SetPolicy = action(
    "sla_policy",
    "Give it a policy of its own, whatever conditions and departments say; `null` takes it back. For managers.",
    PolicySent,
    _set_policy,
    "manage",
)
