"""The reports' tables for the API: the same rows as in the files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from wagtail_escalated.admin import sla_report
from wagtail_escalated.admin.reports import comments
from wagtail_escalated.admin.reports.numbers import figures_for
from wagtail_escalated.admin.reports.period import Period
from wagtail_escalated.admin.reports.tables import TABLES, Table
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.report_tables import ReportTable

KEYS = (*TABLES, comments.KEY, *sla_report.KEYS)


def table(
    user: Any, key: str, *, first: date, last: date, department: int | None, by: str
) -> ReportTable:
    period = Period(first, last, timezone.get_current_timezone_name())
    if key == comments.KEY:
        made = comments.comments(user, period, department=department, most=None)
    elif key in sla_report.KEYS:
        made = _promises(user, key, period, department, by)
    else:
        made = TABLES[key](figures_for(period, department=department))
    rows = [[cell if _is_plain(cell) else str(cell) for cell in row] for row in made.rows]
    return ReportTable(key, str(made.title), [str(heading) for heading in made.headings], rows)


def _promises(user: Any, key: str, period: Period, department: int | None, by: str) -> Table:
    tickets = tickets_for(user, "view_internal")
    if department is not None:
        tickets = tickets.filter(department=department)
    return sla_report.table_of(key, tickets, period, by=by, whole=True)


def _is_plain(cell: Any) -> bool:
    return cell is None or isinstance(cell, str | int | float)
