"""Promises kept, by whatever a manager asks: target, department, agent, priority or week; and why some were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncWeek
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_escalated.admin.reports.period import Period
from wagtail_escalated.admin.reports.tables import BAR, LINE, Table, duration_text, rate
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

Namer = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Dimension:
    label: Any
    #: What the database groups by.
    field: str
    #: The groups' values → a function that names one of them.
    namer: Callable[[list[Any]], Namer]
    #: Whether people gave the groups their names.
    names: bool = False


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
    "policy": Dimension(gettext_lazy("Policy"), "policy__name", _plain, names=True),
    "department": Dimension(
        gettext_lazy("Department"), "ticket__department__name", _plain, names=True
    ),
    "agent": Dimension(gettext_lazy("Agent"), "ticket__assignee", _agents, names=True),
    "priority": Dimension(gettext_lazy("Priority"), "ticket__priority", _priorities),
    "week": Dimension(pgettext_lazy("report", "Week from"), "week", _weeks),
}
#: On the page; a file has all of them.
SHOWN = 50


def kept_by(dimension: Dimension, tickets: QuerySet[Ticket], period: Period) -> Table:
    """How many promises were judged, how many kept, and that in per cent, now and in as many days before.

    A promise is judged when it was met or missed, whichever came first.
    """
    now, before = (_counts(dimension, tickets, one) for one in (period, period.before))
    name = dimension.namer([group for group, _metric in now])
    rows = [
        [
            name(group),
            str(Metric(metric).label),
            judged,
            judged - kept,
            kept,
            rate(kept, judged),
            rate(*before.get((group, metric), (0, 0))),
        ]
        for (group, metric), (kept, judged) in now.items()
    ]
    return Table(
        "sla-kept",
        _("Promises kept and missed"),
        [
            dimension.label,
            _("Promise"),
            _("Judged"),
            _("Missed"),
            _("Kept"),
            _("Kept, %"),
            _("Before, %"),
        ],
        rows,
        has_proper_names=dimension.names,
    )


def rates_by(dimension: Dimension, tickets: QuerySet[Ticket], period: Period) -> Table:
    """What was kept in per cent, with a column for each promise: the picture."""
    counts = _counts(dimension, tickets, period)
    groups = list(dict.fromkeys(group for group, _metric in counts))
    metrics = [metric for metric in Metric if any(key[1] == metric for key in counts)]
    name = dimension.namer(groups)
    return Table(
        "sla-rates",
        _("Promises kept, %"),
        [dimension.label, *(metric.label for metric in metrics)],
        [
            [name(group), *(_rate_of(counts.get((group, metric))) for metric in metrics)]
            for group in groups
        ],
        LINE if dimension.field == "week" else BAR,
        tuple(range(1, len(metrics) + 1)),
        has_proper_names=dimension.names,
    )


def _rate_of(counts: tuple[int, int] | None) -> float | None:
    return rate(*counts) if counts else None


def _counts(
    dimension: Dimension, tickets: QuerySet[Ticket], period: Period
) -> dict[tuple[Any, str], tuple[int, int]]:
    """``(group, metric)`` → kept, judged."""
    clocks = SLAClock.objects.filter(ticket__in=tickets)
    judged = clocks.annotate(judged_at=Coalesce("breached_at", "met_at")).filter(
        period.within("judged_at")
    )
    groups = (
        judged.annotate(week=TruncWeek("judged_at", tzinfo=ZoneInfo(period.zone)))
        .order_by()
        .values("metric", group=F(dimension.field))
        .annotate(judged=Count("pk"), kept=Count("pk", filter=Q(breached_at=None)))
        .order_by("group", "metric")
    )
    return {(row["group"], row["metric"]): (row["kept"], row["judged"]) for row in groups}


def reasons(tickets: QuerySet[Ticket], period: Period) -> Table:
    """How the tickets stood when a promise was found missed, the most frequent first."""
    events = TicketEvent.objects.filter(
        period.within("created_at"), ticket__in=tickets, kind=EventKind.SLA_BREACHED
    )
    columns = events.values_list("data__metric", "data__status", "data__assignee")
    counts = Counter(
        (_reason(status, assignee), _promise(metric))
        for metric, status, assignee in columns.iterator()
    )
    return Table(
        "sla-reasons",
        _("How the tickets stood when a promise was missed"),
        [_("State of the ticket"), _("Promise"), _("Missed")],
        [[reason, promise, count] for (reason, promise), count in counts.most_common()],
    )


def missed(tickets: QuerySet[Ticket], period: Period, *, most: int | None = SHOWN) -> Table:
    """The promises behind the numbers, the latest first."""
    clocks = SLAClock.objects.filter(period.within("breached_at"), ticket__in=tickets)
    related = ("ticket__department", "ticket__assignee__user")
    rows = clocks.select_related(*related).order_by("-breached_at", "-pk")
    found = list(rows[: None if most is None else most + 1])
    shown = found[:most]
    return Table(
        "sla-missed",
        _("Missed promises"),
        [_("Ticket"), _("Promise"), _("Due"), _("Done"), _("Late by"), _("Agent"), _("Department")],
        [_missed_row(clock) for clock in shown],
        note=_("The latest %(number)d; the files have all.") % {"number": most}
        if len(found) > len(shown)
        else "",
        links=tuple(
            reverse("wagtail_escalated_admin:ticket_sla", args=[clock.ticket.reference])
            for clock in shown
        ),
        has_proper_names=True,
    )


def _missed_row(clock: SLAClock) -> list[Any]:
    ticket, due = clock.ticket, clock.breached_at
    done = clock.met_at or (None if ticket.is_open else ticket.closed_at or ticket.resolved_at)
    return [
        ticket.reference,
        str(Metric(clock.metric).label),
        _moment(due),
        _moment(done) if done else _("still open"),
        duration_text((done or timezone.now()) - due),
        str(ticket.assignee) if ticket.assignee else None,
        ticket.department.name if ticket.department else None,
    ]


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def _promise(metric: str | None) -> str:
    return str(Metric(metric).label) if metric in Metric.values else _("Unknown")


def _reason(status: str | None, assignee: int | None) -> str:
    if status is None:
        return _("Unknown")
    values = {"status": Status(status).label}
    if assignee is None:
        return _("Nobody had it (%(status)s)") % values
    return _("An agent had it (%(status)s)") % values
