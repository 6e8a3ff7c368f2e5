"""``workflows/`` and ``automations/``: what the desk does by itself, and what each of them did."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated import tasks
from wagtail_escalated.actions.rules.checking import Problems, clean_actions
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.models import (
    STARTING_KINDS,
    Automation,
    Rule,
    RuleOutcome,
    RuleRun,
    Workflow,
)

from .configuration import OfManagers, both
from .describing import describe
from .errors import Conflict
from .listing import Pages
from .model_json import RowJSON
from .structures import StructureField, checked

STARTS = [(kind.value, kind.label) for kind in STARTING_KINDS]
COMMON = ["id", "name", "description", "active", "conditions", "actions", "broken"]


class RuleJSON(RowJSON):
    conditions = StructureField(required=False)
    actions = StructureField()
    broken = serializers.SerializerMethodField(help_text="Why it does nothing; empty if it works.")

    @cached_property
    def problems(self) -> Problems:
        """One for all rows of a list: each table is read once."""
        return Problems()

    def get_broken(self, rule: Rule) -> list[str]:
        return self.problems.of(rule)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        known, kind = Known(), self.Meta.model.kind
        if "conditions" in data:
            data["conditions"] = checked("conditions", structure.clean(data["conditions"], known))
        if "actions" in data:
            data["actions"] = checked("actions", clean_actions(data["actions"], kind, known))
        return data


class WorkflowJSON(RuleJSON):
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=STARTS),
        min_length=1,
        max_length=len(STARTING_KINDS),
        help_text="What starts it.",
    )

    class Meta:
        model = Workflow
        fields = [*COMMON, "events", "by"]


class AutomationJSON(RuleJSON):
    class Meta:
        model = Automation
        fields = [*COMMON, "checked_at"]
        read_only_fields = ["checked_at"]


class Workflows(OfManagers):
    names = ("workflow", "workflows")
    searched = ("name", "description")
    serializer_class = WorkflowJSON

    def rows(self) -> QuerySet[Workflow]:
        return Workflow.objects.order_by("pk")


class Automations(OfManagers):
    names = ("automation", "automations")
    searched = ("name", "description")
    serializer_class = AutomationJSON

    def rows(self) -> QuerySet[Automation]:
        return Automation.objects.order_by("pk")


class OutcomeJSON(serializers.Serializer):
    ticket = serializers.CharField(source="ticket.reference")
    result = serializers.ChoiceField(choices=RuleOutcome.Result.choices)
    done = serializers.ListField(child=serializers.DictField())
    reason = serializers.CharField()


class RunJSON(serializers.Serializer):
    id = serializers.IntegerField()
    how = serializers.ChoiceField(choices=RuleRun.How.choices)
    started_at = serializers.DateTimeField()
    outcomes = OutcomeJSON(many=True)


class RunPages(Pages):
    ordering = "-pk"
    page_size = 20
    max_page_size = 50


def runs_of(base: type[OfManagers]) -> type[OfManagers]:
    """The log of one rule."""
    one, many = base.names

    class Runs(base):
        pagination_class = RunPages

        @describe(
            operation_id=f"{many}_runs",
            description=f"What one {one} did, the newest run first, with its tickets that you may see.",
            responses={200: RunJSON(many=True)},
        )
        def get(self, request: Request, pk: int) -> Response:
            visible = self.caller.tickets("view_internal").values("pk")
            outcomes = RuleOutcome.objects.filter(ticket__in=visible).select_related("ticket")
            runs = self.row().runs.prefetch_related(Prefetch("outcomes", queryset=outcomes))
            page = self.paginate_queryset(runs)
            return self.get_paginated_response(RunJSON(page, many=True).data)

    Runs.__name__ = f"{one.title()}Runs"
    return Runs


class RunAutomation(Automations):
    pagination_class = None

    @describe(
        operation_id="automations_run",
        description="Look for its tickets now. What it does stands in its runs a moment later.",
        request=None,
        responses={202: AutomationJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        rule = self.row()
        broken = Problems().of(rule)
        if broken:
            raise Conflict(" ".join([_("It is broken and does nothing."), *broken]), "broken")
        tasks.enqueue("run_automation", rule.pk, str(self.caller.actor.pk))
        return Response(AutomationJSON(rule).data, 202)


KINDS = {"workflows": both(Workflows), "automations": both(Automations)}
