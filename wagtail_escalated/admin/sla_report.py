"""Promises kept and missed, as a page of charts and tables, each of them a file, too."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views import View

from wagtail_escalated.admin.pages import AllowedMixin, DeskPage
from wagtail_escalated.admin.reports.period import PRESETS, Period, period_from
from wagtail_escalated.admin.reports.tables import Table
from wagtail_escalated.admin.reports.views import WRITERS, as_file
from wagtail_escalated.admin.sla_figures import (
    DIMENSIONS,
    SHOWN,
    kept_by,
    missed,
    rates_by,
    reasons,
)
from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import tickets_for


class ReportMixin:
    """``tables``, of what the query string asks for and this manager may see."""

    request: HttpRequest

    @cached_property
    def by(self) -> str:
        by = self.request.GET.get("by", "")
        return by if by in DIMENSIONS else "policy"

    @cached_property
    def period(self) -> Period:
        return period_from(
            self.request.GET.dict(),
            today=timezone.localdate(),
            zone=timezone.get_current_timezone_name(),
        )

    def table(self, key: str, *, whole: bool = False) -> Table:
        """``whole``: with all rows, for a file."""
        tickets = tickets_for(self.request.user, "view_internal")
        return table_of(key, tickets, self.period, by=self.by, whole=whole)


KEYS = ("sla-rates", "sla-kept", "sla-reasons", "sla-missed")


def table_of(
    key: str, tickets: QuerySet[Ticket], period: Period, *, by: str, whole: bool = False
) -> Table:
    """One of ``KEYS`` over these tickets, by one of ``DIMENSIONS``; ``whole``: with all rows."""
    if key == "sla-rates":
        return rates_by(DIMENSIONS[by], tickets, period)
    if key == "sla-kept":
        return kept_by(DIMENSIONS[by], tickets, period)
    if key == "sla-reasons":
        return reasons(tickets, period)
    return missed(tickets, period, most=None if whole else SHOWN)


class SLAReportView(ReportMixin, DeskPage):
    template_name = "wagtail_escalated/admin/sla_report.html"
    page_title = gettext_lazy("SLA in detail")
    header_icon = "time"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            by=self.by,
            dimensions=DIMENSIONS,
            period=self.period,
            presets=PRESETS,
            tables=[self.table(key) for key in KEYS],
            query=self.request.GET.urlencode(),
            **kwargs,
        )


class SLAReportExportView(ReportMixin, AllowedMixin, View):
    """One table as a file."""

    def get(self, request: HttpRequest, key: str, form: str) -> HttpResponse:
        if key not in KEYS or form not in WRITERS:
            raise Http404
        return as_file(self.table(key, whole=True), self.period, form)
