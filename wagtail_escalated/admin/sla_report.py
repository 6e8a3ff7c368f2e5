"""Promises kept, by whatever a manager asks: target, department, agent, priority or week; and why some were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.admin.reports.period import PRESETS, Period, period_from
from wagtail_escalated.models import (
    AgentProfile,
    EventKind,
    Metric,
    Priority,
    SLAClock,
    Status,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.permissions import tickets_for

Namer = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Dimension:
    label: Any
    #: What the database groups by.
    field: str
    #: The groups' values → a function that names one of them.
    namer: Callable[[list[Any]], Namer]


def _plain(values: list[Any]) -> Namer:
    return lambda value: str(value or _("none"))


def _priorities(values: list[Any]) -> Namer:
    return lambda value: str(Priority(value).label)


def _weeks(values: list[Any]) -> Namer:
    return lambda value: date_format(value, "SHORT_DATE_FORMAT")


def _agents(values: list[Any]) -> Namer:
    profiles = AgentProfile.objects.select_related("user").in_bulk([v for v in values if v])
    return lambda value: str(profiles.get(value) or _("nobody"))


DIMENSIONS = {
    "policy": Dimension(gettext_lazy("Policy"), "policy__name", _plain),
    "department": Dimension(gettext_lazy("Department"), "ticket__department__name", _plain),
    "agent": Dimension(gettext_lazy("Agent"), "ticket__assignee", _agents),
    "priority": Dimension(gettext_lazy("Priority"), "ticket__priority", _priorities),
    "week": Dimension(pgettext_lazy("report", "Week from"), "week", _weeks),
}


class SLAReportView(DeskPage):
    template_name = "wagtail_escalated/admin/sla_report.html"
    page_title = gettext_lazy("SLA in detail")
    header_icon = "time"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        by = self.request.GET.get("by", "")
        dimension = DIMENSIONS.get(by) or DIMENSIONS["policy"]
        period = period_from(
            self.request.GET.dict(),
            today=timezone.localdate(),
            zone=timezone.get_current_timezone_name(),
        )
        tickets = tickets_for(self.request.user, "view_internal")
        return super().get_context_data(
            by=by if by in DIMENSIONS else "policy",
            dimension=dimension,
            dimensions=DIMENSIONS,
            period=period,
            presets=PRESETS,
            rows=kept_by(dimension, tickets, period),
            reasons=reasons(tickets, period),
            **kwargs,
        )


def kept_by(
    dimension: Dimension, tickets: QuerySet[Ticket], period: Period
) -> list[tuple[str, str, int, int, float]]:
    """Name, promise, how many were judged, how many of them kept, and that in per cent.

    A promise is judged when it was met or missed, whichever came first.
    """
    clocks = SLAClock.objects.filter(ticket__in=tickets)
    judged = clocks.annotate(judged_at=Coalesce("breached_at", "met_at")).filter(
        period.within("judged_at")
    )
    groups = list(
        judged.annotate(week=TruncWeek("judged_at", tzinfo=ZoneInfo(period.zone)))
        .order_by()
        .values("metric", group=F(dimension.field))
        .annotate(judged=Count("pk"), kept=Count("pk", filter=Q(breached_at=None)))
        .order_by("group", "metric")
    )
    name = dimension.namer([row["group"] for row in groups])
    return [
        (
            name(row["group"]),
            str(Metric(row["metric"]).label),
            row["judged"],
            row["kept"],
            round(100 * row["kept"] / row["judged"], 1),
        )
        for row in groups
    ]


def reasons(tickets: QuerySet[Ticket], period: Period) -> list[tuple[str, int]]:
    """How the tickets stood when a promise was found missed, the most frequent first."""
    missed = TicketEvent.objects.filter(
        period.within("created_at"), ticket__in=tickets, kind=EventKind.SLA_BREACHED
    )
    counts = Counter(
        _reason(status, assignee)
        for status, assignee in missed.values_list("data__status", "data__assignee").iterator()
    )
    return counts.most_common()


def _reason(status: str | None, assignee: int | None) -> str:
    if status is None:
        return _("Unknown")
    values = {"status": Status(status).label}
    if assignee is None:
        return _("Nobody had it (%(status)s)") % values
    return _("An agent had it (%(status)s)") % values
