"""``reports/``: the numbers behind the desk's reports, for those who work there."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count
from django.db.models.functions import TruncDate
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import sla_stats
from wagtail_escalated.models import Department, Priority, Rating
from wagtail_escalated.permissions import is_manager
from wagtail_escalated.report_tables import DIMENSIONS, report_keys, report_table

from . import callers
from .base import DeskView
from .describing import describe

MOST_DAYS = 366
PERIOD = [
    OpenApiParameter(
        "from", {"type": "string", "format": "date"}, description="First day, in UTC."
    ),
    OpenApiParameter("to", {"type": "string", "format": "date"}, description="Last day, in UTC."),
]


#: Days as the site's calendar has them.
TABLE_PERIOD = [
    OpenApiParameter("from", {"type": "string", "format": "date"}, description="First day."),
    OpenApiParameter("to", {"type": "string", "format": "date"}, description="Last day."),
]
BY = OpenApiParameter(
    "by",
    {"type": "string", "enum": list(DIMENSIONS)},
    description="What the tables of promises kept (`sla-rates`, `sla-kept`) tell apart.",
)
DEPARTMENT = OpenApiParameter("department", int, description="Of this one alone, by its key.")


@extend_schema_field({"type": ["string", "number", "null"]})
class Cell(serializers.Field):
    """A text, a number, or nothing."""

    def to_representation(self, value: Any) -> Any:
        return value


class ReportView(DeskView):
    permission_classes = [callers.HasScope, callers.IsInside]

    def period(self) -> tuple[datetime, datetime]:
        """From the first day's midnight to the one after the last; the last 30 days if not said."""
        first, last = self.days()
        return _midnight(first), _midnight(last) + timedelta(days=1)

    def days(self) -> tuple[date, date]:
        today = timezone.now().date()
        asked = Period(data={key: self.request.query_params.get(key) for key in ("from", "to")})
        asked.is_valid(raise_exception=True)
        last = asked.validated_data.get("to") or today
        first = asked.validated_data.get("from") or last - timedelta(days=29)
        if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
            raise serializers.ValidationError({"from": [_("Ask for 1 to 366 days.")]})
        return first, last


class Period(serializers.Serializer):
    to = serializers.DateField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        day = serializers.DateField(required=False, allow_null=True)
        return super().get_fields() | {"from": day}  # a word of Python's own

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        for name, day in data.items():
            if day is not None and not 1990 <= day.year <= 2200:
                raise serializers.ValidationError({name: [_("There was no desk then.")]})
        return data


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo("UTC"))


class ReportsJSON(serializers.Serializer):
    """The address of each."""

    sla = serializers.CharField()
    tickets = serializers.CharField()
    ratings = serializers.CharField()
    tables = serializers.ListField(child=serializers.CharField(), help_text="For managers.")


class SlaReportJSON(serializers.Serializer):
    """Rates in per cent; an empty object where SLA is off."""

    total_with_sla = serializers.IntegerField(required=False)
    total_breached = serializers.IntegerField(required=False)
    breach_rate = serializers.FloatField(required=False)
    first_response_on_time = serializers.IntegerField(required=False)
    first_response_on_time_rate = serializers.FloatField(required=False)
    resolution_on_time = serializers.IntegerField(required=False)
    resolution_on_time_rate = serializers.FloatField(required=False)


class Reports(ReportView):
    @describe(operation_id="reports_list", responses={200: ReportsJSON})
    def get(self, request: Request) -> Response:
        """Which reports there are."""
        names = ("sla", "tickets", "ratings")
        told = {name: reverse(f"wagtail_escalated:api_report_{name}") for name in names}
        keys = report_keys() if is_manager(self.caller.actor) else ()
        tables = [reverse("wagtail_escalated:api_report_table", args=[key]) for key in keys]
        return Response(told | {"tables": tables})


class Sla(ReportView):
    @describe(operation_id="reports_sla", responses={200: SlaReportJSON})
    def get(self, request: Request) -> Response:
        """How many promises were kept. The whole desk's, for managers; empty where SLA is off."""
        if not is_manager(self.caller.actor):
            self.permission_denied(request)
        return Response(sla_stats.stats())


class VolumeJSON(serializers.Serializer):
    created = serializers.IntegerField()
    resolved = serializers.IntegerField()
    by_day = serializers.ListField(child=serializers.DictField())
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_priority = serializers.DictField(child=serializers.IntegerField())
    by_channel = serializers.DictField(child=serializers.IntegerField())


class Volume(ReportView):
    @describe(operation_id="reports_tickets", parameters=PERIOD, responses={200: VolumeJSON})
    def get(self, request: Request) -> Response:
        """How many tickets came in a period, of which kinds; among those that you see."""
        first, end = self.period()
        seen = self.caller.tickets("view_internal").filter(is_spam=False)
        came = seen.filter(created_at__gte=first, created_at__lt=end)
        days = came.annotate(day=TruncDate("created_at", tzinfo=ZoneInfo("UTC"))).values("day")
        return Response(
            {
                "created": came.count(),
                "resolved": seen.filter(resolved_at__gte=first, resolved_at__lt=end).count(),
                "by_day": list(days.annotate(created=Count("pk")).order_by("day")),
                "by_status": _counted(came, "status"),
                "by_priority": {
                    Priority(value).slug: number
                    for value, number in _counted(came, "priority").items()
                },
                "by_channel": _counted(came, "channel"),
            }
        )


def _counted(tickets: Any, column: str) -> dict[Any, int]:
    rows = tickets.order_by().values(column).annotate(number=Count("pk"))
    return {row[column]: row["number"] for row in rows}


class RatingsJSON(serializers.Serializer):
    count = serializers.IntegerField()
    average = serializers.FloatField(allow_null=True)
    by_score = serializers.DictField(child=serializers.IntegerField())


class Ratings(ReportView):
    @describe(operation_id="reports_ratings", parameters=PERIOD, responses={200: RatingsJSON})
    def get(self, request: Request) -> Response:
        """How content the requesters were."""
        first, end = self.period()
        tickets = self.caller.tickets("view_internal").values("pk")
        rows = Rating.objects.filter(ticket__in=tickets, created_at__gte=first, created_at__lt=end)
        average = rows.aggregate(average=Avg("score"))["average"]
        return Response(
            {
                "count": rows.count(),
                "average": None if average is None else round(float(average), 2),
                "by_score": {str(k): v for k, v in _counted(rows, "score").items()},
            }
        )


class TableJSON(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    headings = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=Cell(allow_null=True)))


class TableView(ReportView):
    permission_classes = [callers.HasScope, callers.Manages]

    @describe(
        operation_id="reports_table",
        parameters=[*TABLE_PERIOD, DEPARTMENT, BY],
        responses={200: TableJSON},
    )
    def get(self, request: Request, key: str) -> Response:
        """One of the managers' tables, as its file has it. For managers alone."""
        if key not in report_keys():
            raise Http404
        first, last = self.days()
        made = report_table(
            self.caller.actor,
            key,
            first=first,
            last=last,
            department=self.department(),
            by=self.by(),
        )
        return Response(asdict(made))

    def by(self) -> str:
        text = self.request.query_params.get("by", DIMENSIONS[0])
        if text not in DIMENSIONS:
            message = _("Choose one of: %(names)s.") % {"names": ", ".join(DIMENSIONS)}
            raise serializers.ValidationError({"by": [message]})
        return text

    def department(self) -> int | None:
        text = self.request.query_params.get("department", "")
        if not text:
            return None
        found = (
            Department.objects.filter(pk=int(text)) if text.isdecimal() and len(text) < 18 else ()
        )
        if not found:
            raise serializers.ValidationError({"department": [_("There is no such department.")]})
        return int(text)
