"""``bulk-runs/``: one action on many tickets, done by the worker; how far it is, whom it failed with, and its undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated import filters, tasks
from wagtail_escalated.actions import bulk_runs
from wagtail_escalated.actions.bulk_choices import CHOICES, SEPARATOR
from wagtail_escalated.actions.rules.macros import macros_for
from wagtail_escalated.filters import TicketFilter
from wagtail_escalated.models import BulkItem, BulkRun, Ticket
from wagtail_escalated.permissions import is_manager
from wagtail_escalated.views_of_tickets import saved_views_for

from . import callers
from .base import DeskView
from .callers import Caller
from .describing import describe
from .fields import (
    AgentField,
    DepartmentField,
    Instant,
    Key,
    Names,
    PriorityField,
    StatusField,
    Text,
    Truth,
)
from .listing import Pages, fields_parameter, selected
from .safely import once
from .saved_views import FilterField
from .tickets import IDEMPOTENCY_KEY

#: Failures that are named.
MOST_NAMED = 200
#: Each of them says which tickets; one is sent.
WHICH = ("tickets", "filters", "view")
#: What is done → the field that says how, and that as the run keeps it.
HOW: dict[str, tuple[str, Callable[[Any], str]]] = {
    "assign": ("agent", lambda agent: str(agent.pk) if agent else ""),
    "status": ("status", str),
    "priority": ("priority", str),
    "department": ("department", lambda row: str(row.pk) if row else ""),
    "snooze": ("until", lambda moment: moment.isoformat()),
    "tag": ("tags", SEPARATOR.join),
    "spam": ("spam", lambda spam: "yes" if spam else "no"),
    "macro": ("macro", str),
}
ACTIONS = tuple(CHOICES)
CANNOT = OpenApiResponse(description="It is not over yet, or can no longer be undone.")


class BulkRunSent(serializers.Serializer):
    """Which tickets, by one of `tickets`, `filters` and `view`; what to do with each; and the field for that."""

    action = serializers.ChoiceField(choices=ACTIONS)
    tickets = serializers.ListField(
        child=Text(max_length=40),
        required=False,
        min_length=1,
        max_length=bulk_runs.MOST,
        help_text="References.",
    )
    filters = FilterField(required=False, help_text="As those of a saved view.")
    view = Key(required=False, help_text="All that a saved view holds, by its key.")
    agent = AgentField(required=False, allow_null=True, help_text="For `assign`; `null`: nobody.")
    status = StatusField(required=False, help_text="For `status`.")
    priority = PriorityField(required=False, help_text="For `priority`.")
    department = DepartmentField(required=False, allow_null=True, help_text="For `department`.")
    until = Instant(required=False, help_text="For `snooze`.")
    tags = Names(required=False, help_text="For `tag`: these are added.")
    spam = Truth(required=False, help_text="For `spam`.")
    macro = Key(required=False, help_text="For `macro`, of `macros/`.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if sum(name in data for name in WHICH) != 1:
            message = _("Say which tickets, in one way: by tickets, filters or view.")
            raise serializers.ValidationError({"tickets": [message]})
        field = HOW[data["action"]][0] if data["action"] in HOW else None
        if field is not None and field not in data:
            required = self.fields[field].error_messages["required"]
            raise serializers.ValidationError({field: [required]})
        return data


class BulkRunJSON(serializers.Serializer):
    """Numbers are of tickets."""

    id = serializers.IntegerField(source="pk")
    action = serializers.CharField(source="what", help_text="Or `undo`.")
    value = serializers.CharField(help_text="What was chosen for it, as text.")
    undoes = serializers.IntegerField(source="undoes_id", allow_null=True)
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class FailureJSON(serializers.Serializer):
    ticket = serializers.CharField(source="reference")
    reason = serializers.CharField(help_text="A sentence for people.")


class BulkRunDetailJSON(BulkRunJSON):
    can_undo = serializers.SerializerMethodField()
    failures = serializers.SerializerMethodField(help_text=f"The first {MOST_NAMED}.")

    def get_can_undo(self, run: BulkRun) -> bool:
        return bulk_runs.can_undo(run)

    @extend_schema_field(FailureJSON(many=True))
    def get_failures(self, run: BulkRun) -> list[Any]:
        failed = run.items.filter(state=BulkItem.State.FAILED).order_by("pk")
        return FailureJSON(failed[:MOST_NAMED], many=True).data


class BulkRunPages(Pages):
    ordering = "-pk"


class BulkRunView(DeskView):
    permission_classes = [callers.HasScope, callers.Works]

    def runs(self) -> QuerySet[BulkRun]:
        """The caller's own, with their numbers."""
        counted = {
            str(state): Count("items", filter=Q(items__state=state)) for state in BulkItem.State
        }
        own = BulkRun.objects.filter(user=self.caller.actor)
        return own.annotate(total=Count("items"), **counted)

    def run(self) -> BulkRun:
        found = self.runs().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def begun(self, run: BulkRun) -> Response:
        tasks.enqueue("go_on_with_bulk_run", run.pk)
        return Response(BulkRunDetailJSON(self.runs().get(pk=run.pk)).data, 202)


class BulkRuns(BulkRunView):
    pagination_class = BulkRunPages
    serializer_class = BulkRunSent

    @describe(
        operation_id="bulk_runs_list",
        description="Your own bulk actions of late, the newest first.",
        parameters=[fields_parameter(BulkRunJSON)],
        responses={200: BulkRunJSON(many=True)},
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.runs())
        return self.get_paginated_response(selected(BulkRunJSON(page, many=True), request).data)

    @describe(
        operation_id="bulk_runs_create",
        description=(
            "Do one thing with many tickets, up to 10,000. The worker does it, each ticket by your rights at that "
            "moment; the answer comes before. `delete` is for managers."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=BulkRunSent,
        responses={202: BulkRunDetailJSON},
    )
    @once
    def post(self, request: Request) -> Response:
        caller, sent = self.caller, self.sent()
        what = sent["action"]
        if what == "delete" and not is_manager(caller.actor):
            raise PermissionDenied
        value = _value(what, sent, caller)
        chosen, query = _chosen(sent, caller)
        run = bulk_runs.begin(chosen, what=what, value=value, query=query, user=caller.actor)
        return self.begun(run)


class OneBulkRun(BulkRunView):
    @describe(operation_id="bulk_runs_retrieve", responses={200: BulkRunDetailJSON})
    def get(self, request: Request, pk: int) -> Response:
        """How far one of yours is, and the tickets that could not be changed, each with the reason."""
        return Response(BulkRunDetailJSON(self.run()).data)


class UndoBulkRun(BulkRunView):
    @describe(
        operation_id="bulk_runs_undo",
        description=(
            "Take all of it back, for ten minutes after its end, but for what somebody has built upon: a run of its own."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: BulkRunDetailJSON, 409: CANNOT},
    )
    @once
    def post(self, request: Request, pk: int) -> Response:
        return self.begun(bulk_runs.begin_undo(self.run()))


def _value(what: str, sent: dict[str, Any], caller: Caller) -> str:
    if what == "macro":
        active = macros_for(caller.actor).filter(active=True, pk=sent["macro"])
        if not active.exists():
            raise serializers.ValidationError({"macro": [_("There is no such macro.")]})
    if what not in HOW:
        return ""
    field, as_text = HOW[what]
    return as_text(sent[field])


def _chosen(sent: dict[str, Any], caller: Caller) -> tuple[list[tuple[int, str]], str]:
    """Keys and references, and the inbox's query for the same list."""
    seen = caller.tickets("view_internal")
    if "tickets" in sent:
        return named(seen, sent["tickets"]), ""
    name = "filters" if "filters" in sent else "view"
    wanted = _filter(sent, caller)
    found = filters.apply(seen, wanted, user=caller.actor).order_by("pk")
    rows = list(found.values_list("pk", "reference")[: bulk_runs.MOST + 1])
    if not rows:
        raise serializers.ValidationError({name: [_("There is no such ticket.")]})
    if len(rows) > bulk_runs.MOST:
        message = _("These are more than %(most)d tickets.") % {"most": bulk_runs.MOST}
        raise serializers.ValidationError({name: [message]})
    return rows, wanted.to_query()


def named(seen: QuerySet[Ticket], references: list[str]) -> list[tuple[int, str]]:
    """Keys and references, in the order in which they were sent. One that the caller does not see is an error."""
    wanted = [reference.strip().upper() for reference in references]
    rows = seen.filter(reference__in=wanted).values_list("reference", "pk")
    keys = dict(rows)
    unknown = [reference for reference in wanted if reference not in keys]
    if unknown:
        message = _("There is no ticket “%(reference)s”.") % {"reference": unknown[0]}
        raise serializers.ValidationError({"tickets": [message]})
    return [(keys[reference], reference) for reference in dict.fromkeys(wanted)]


def _filter(sent: dict[str, Any], caller: Caller) -> TicketFilter:
    if "filters" in sent:
        return filters.from_json(sent["filters"])
    view = saved_views_for(caller.actor).filter(pk=sent["view"]).first()
    if view is None:
        raise serializers.ValidationError({"view": [_("There is no such view.")]})
    return filters.from_json(view.filters)
