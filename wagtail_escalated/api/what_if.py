"""``…/what-if/`` and ``sla-replays/``: other promises or hours, made to the tickets of the past. Nothing is promised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated import tasks
from wagtail_escalated.actions import sla_what_if
from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.actions.sla_reach import Reach
from wagtail_escalated.actions.sla_what_if import PolicyTerms, Target
from wagtail_escalated.models import (
    BusinessHours,
    Holiday,
    Metric,
    Priority,
    Shift,
    SLAPolicy,
    SLAReplay,
)
from wagtail_escalated.models.sla import default_pause_statuses

from . import callers
from .base import DeskView
from .business_hours import BusinessHoursJSON, Hours
from .callers import Caller
from .configuration import Policies
from .describing import describe
from .fields import PriorityField
from .policy_json import PolicyJSON
from .safely import once
from .tickets import IDEMPOTENCY_KEY

#: Fields of a policy → where ``Reach`` has them, and as what.
REACH = {
    "name": ("name", lambda value: value),
    "active": ("active", lambda value: value),
    "is_default": ("is_default", lambda value: value),
    "sort_order": ("sort_order", lambda value: value),
    "for_departments": ("departments", lambda rows: [row.pk for row in rows]),
    "for_tags": ("tags", lambda rows: [row.pk for row in rows]),
    "for_types": ("types", lambda value: value),
    "for_domains": ("domains", lambda text: text.split()),
    "for_fields": ("fields", lambda value: value),
}


class ReplayedJSON(serializers.Serializer):
    """Promises of one department, priority and metric; neither kept nor missed is what could still go either way."""

    department = serializers.CharField(help_text="Its name; empty for tickets of none.")
    priority = PriorityField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    kept = serializers.IntegerField()
    missed = serializers.IntegerField()
    would_keep = serializers.IntegerField()
    would_miss = serializers.IntegerField()


class ExampleJSON(serializers.Serializer):
    ticket = serializers.CharField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    due_at = serializers.DateTimeField(help_text="The deadline that would have passed.")


class ReplayJSON(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    policy = serializers.IntegerField(
        source="policy_id", allow_null=True, help_text="`null`: hours, or a policy never saved."
    )
    business_hours = serializers.IntegerField(source="business_hours_id", allow_null=True)
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(help_text=f"Tickets of the last {sla_what_if.DAYS} days.")
    done = serializers.IntegerField(help_text="Tickets replayed so far.")
    lines = serializers.SerializerMethodField()
    examples = serializers.SerializerMethodField(
        help_text="Some of the tickets that would be missed then and were not."
    )

    @extend_schema_field(ReplayedJSON(many=True))
    def get_lines(self, replay: SLAReplay) -> list[dict[str, Any]]:
        found = sla_what_if.tallies_of(replay)
        return [
            {
                "department": department,
                "priority": Priority(priority).slug,
                "metric": metric,
                "kept": tally.kept,
                "missed": tally.missed,
                "would_keep": tally.would_keep,
                "would_miss": tally.would_miss,
            }
            for (department, priority, metric), tally in sorted(found.items())
        ]

    @extend_schema_field(ExampleJSON(many=True))
    def get_examples(self, replay: SLAReplay) -> list[dict[str, Any]]:
        caller: Caller = self.context["view"].caller
        keys = [pk for pk, _metric, _due in replay.examples]
        seen = dict(
            caller.tickets("view_internal").filter(pk__in=keys).values_list("pk", "reference")
        )
        return [
            {"ticket": seen[pk], "metric": metric, "due_at": due}
            for pk, metric, due in replay.examples
            if pk in seen
        ]


class Asking(DeskView):
    """Begins a replay."""

    permission_classes = [callers.HasScope, callers.Manages]
    pagination_class = None

    def begun(self, replay: SLAReplay) -> Response:
        tasks.enqueue("replay_sla", replay.pk)
        context = self.get_serializer_context()
        return Response(ReplayJSON(replay, context=context).data, 202)


def _asks(operation_id: str, what: str, sent: type[serializers.Serializer]) -> Any:
    return describe(
        operation_id=operation_id,
        description=(
            f"{what} Replayed on the tickets of the last {sla_what_if.DAYS} days by the worker: read the answer's "
            "`id` below `sla-replays/`. Nothing is saved or promised."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=sent,
        responses={202: ReplayJSON},
    )


class AskAboutPolicy(Asking, Policies):
    @_asks(
        "sla_policies_what_if",
        "What this policy would have meant with what you send; what you leave out is as it is saved.",
        PolicyJSON,
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        policy = self.row()
        sent = self._sent(PolicyJSON(policy, data=request.data, partial=True))
        return self.begun(_begin(policy, sent, self.caller))

    def _sent(self, serializer: serializers.Serializer) -> dict[str, Any]:
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class AskAboutNewPolicy(AskAboutPolicy):
    @_asks(
        "sla_policies_what_if_new", "What a policy would have meant that is not saved.", PolicyJSON
    )
    @once
    def post(self, request: Request) -> Response:
        return self.begun(_begin(None, self._sent(PolicyJSON(data=request.data)), self.caller))


class AskAboutHours(Asking, Hours):
    @_asks(
        "business_hours_what_if",
        "What these hours would have meant with what you send, for all that was promised by them.",
        BusinessHoursJSON,
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        hours = self.row()
        serializer = BusinessHoursJSON(hours, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        rules = rules_of(_edited_hours(hours.pk, serializer.validated_data))
        return self.begun(sla_what_if.begin_with_hours(hours, rules=rules, actor=self.caller.actor))


class OneReplay(DeskView):
    permission_classes = [callers.HasScope, callers.Manages]

    @describe(operation_id="sla_replays_retrieve", responses={200: ReplayJSON})
    def get(self, request: Request, pk: int) -> Response:
        """How far a replay is, and what was and would have been kept and missed. For managers alone."""
        replay = SLAReplay.objects.filter(pk=pk).first()
        if replay is None:
            raise Http404
        tasks.wake_replay(replay)
        return Response(ReplayJSON(replay, context=self.get_serializer_context()).data)


def _begin(policy: SLAPolicy | None, sent: dict[str, Any], caller: Caller) -> SLAReplay:
    hours = sent.get("business_hours", policy.business_hours if policy else None)
    terms = PolicyTerms(
        reach=_reach(policy, sent),
        targets=_targets(policy, sent),
        pause_statuses=sent.get(
            "pause_statuses", policy.pause_statuses if policy else default_pause_statuses()
        ),
    )
    return sla_what_if.begin(policy, terms, business_hours=hours, actor=caller.actor)


def _reach(policy: SLAPolicy | None, sent: dict[str, Any]) -> Reach:
    saved = Reach.of(policy) if policy else Reach(policy=None, name=sent["name"])
    edited = {
        place: as_kept(sent[name]) for name, (place, as_kept) in REACH.items() if name in sent
    }
    return replace(saved, **edited)


def _targets(policy: SLAPolicy | None, sent: dict[str, Any]) -> list[Target]:
    if "targets" in sent:
        return [
            (
                Priority.from_name(row["priority"]).value,
                row["metric"],
                row["minutes"],
                row["business_time"],
            )
            for row in sent["targets"]
        ]
    rows = policy.targets.all() if policy else ()
    return [(row.priority, row.metric, row.minutes, row.business_time) for row in rows]


def _edited_hours(pk: int, sent: dict[str, Any]) -> BusinessHours:
    """A row of its own, as what is written into it is not saved."""
    hours = BusinessHours.objects.get(pk=pk)
    for name in ("time_zone", "always_open"):
        setattr(hours, name, sent.get(name, getattr(hours, name)))
    if "shifts" in sent:
        hours.shifts = [Shift(**row) for row in sent["shifts"]]
    if "holidays" in sent:
        hours.holidays = [Holiday(**row) for row in sent["holidays"]]
    return hours
