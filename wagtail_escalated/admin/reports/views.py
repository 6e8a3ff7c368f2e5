"""Dashboard and reports for managers: charts, each with its table, each table as CSV and XLSX."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from wagtail_escalated.admin.pages import AllowedMixin, DeskPage
from wagtail_escalated.admin.reports import comments
from wagtail_escalated.admin.reports.numbers import KEPT_SECONDS, Figures, figures_for
from wagtail_escalated.admin.reports.period import PRESETS, Period, period_from
from wagtail_escalated.admin.reports.tables import ON_DASHBOARD, TABLES, Table, tiles
from wagtail_escalated.admin.spreadsheets import neutral

#: Each table that is on the page and can be had as a file.
KEYS = (*TABLES, comments.KEY)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FiguresMixin:
    """``self.period``, ``self.department`` and ``self.figures``, from the query string."""

    request: HttpRequest

    @cached_property
    def period(self) -> Period:
        today = timezone.localdate()
        zone = timezone.get_current_timezone_name()
        return period_from(self.request.GET.dict(), today=today, zone=zone)

    @cached_property
    def department(self) -> int | None:
        key = self.request.GET.get("department", "")
        return int(key) if key.isascii() and key.isdigit() and len(key) < 18 else None

    @cached_property
    def figures(self) -> Figures:
        fresh = self.request.GET.get("fresh") == "1"
        return figures_for(self.period, department=self.department, fresh=fresh)

    def table(self, key: str, *, whole: bool = False) -> Table:
        """``whole``: with all rows, for a file."""
        if key != comments.KEY:
            return TABLES[key](self.figures)
        most = None if whole else comments.SHOWN
        return comments.comments(
            self.request.user, self.period, department=self.department, most=most
        )


class ReportsView(FiguresMixin, DeskPage):
    template_name = "wagtail_escalated/admin/reports/reports.html"
    page_title = _("Reports")
    header_icon = "table"
    keys: tuple[str, ...] = KEYS

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        figures = self.figures
        query = self.request.GET.copy()
        query.pop("fresh", None)
        return super().get_context_data(
            period=self.period,
            presets=PRESETS,
            department=self.department,
            departments=list(figures.all_departments.items()),
            tiles=tiles(figures, reverse("wagtail_escalated_admin:inbox")),
            tables=[self.table(key) for key in self.keys],
            taken_at=figures.taken_at,
            kept_minutes=KEPT_SECONDS // 60,
            query=query.urlencode(),
            is_dashboard=self.keys == ON_DASHBOARD,
            **kwargs,
        )


class DashboardView(ReportsView):
    page_title = _("Dashboard")
    header_icon = "view"
    keys = ON_DASHBOARD


class ReportExportView(FiguresMixin, AllowedMixin, View):
    """One table as a file."""

    def get(self, request: HttpRequest, key: str, form: str) -> HttpResponse:
        if key not in KEYS or form not in WRITERS:
            raise Http404
        return as_file(self.table(key, whole=True), self.period, form)


def as_file(table: Table, period: Period, form: str) -> HttpResponse:
    content, content_type = WRITERS[form](table)
    response = HttpResponse(content, content_type=content_type)
    name = f"{table.key}-{period.first}-{period.last}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def as_csv(table: Table) -> tuple[bytes, str]:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([neutral(str(heading)) for heading in table.headings])
    for row in table.rows:
        writer.writerow(["" if cell is None else neutral(cell) for cell in row])
    return out.getvalue().encode(), "text/csv; charset=utf-8"


def as_xlsx(table: Table) -> tuple[bytes, str]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.key)
    sheet.append([str(heading) for heading in table.headings])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue(), XLSX


def _cell(sheet: Any, value: Any) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    if cell.data_type == "f":
        cell.data_type = "s"
    return cell


WRITERS = {"csv": as_csv, "xlsx": as_xlsx}


def report_urls():
    return [
        path("dashboard/", DashboardView.as_view(), name="dashboard"),
        path("reports/", ReportsView.as_view(), name="reports"),
        path("reports/<slug:key>.<slug:form>", ReportExportView.as_view(), name="report_export"),
    ]
