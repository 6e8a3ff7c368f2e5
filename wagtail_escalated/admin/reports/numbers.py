"""The numbers behind dashboard and reports, in a fixed number of queries whatever the desk's size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, ExtractHour, TruncDate
from django.utils import timezone

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.admin.reports.percentiles import times_of
from wagtail_escalated.admin.reports.period import Period
from wagtail_escalated.models import Department, Rating, SLAClock, Ticket, display_name
from wagtail_escalated.permissions import tickets_for

#: How long numbers are kept; the page says how old they are.
KEPT_SECONDS = 300
NOW, BEFORE = "now", "before"
#: The ages of open tickets: the name of each group and the days from which it begins.
AGES = {"today": 0, "day": 1, "days": 3, "week": 7, "month": 30}


@dataclass
class Figures:
    period: Period
    taken_at: datetime
    #: ``backlog unassigned late arrived resolved arrived_before resolved_before`` and ``age_…``.
    totals: dict[str, int] = field(default_factory=dict)
    #: day → (arrived, resolved)
    days: dict[date, tuple[int, int]] = field(default_factory=dict)
    times: dict[tuple[str, str, str], timedelta | None] = field(default_factory=dict)
    #: metric → (kept, all) now and before
    promises: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    #: score → how many, and the mean now and before
    ratings: dict[int, int] = field(default_factory=dict)
    rating_mean: dict[str, float | None] = field(default_factory=dict)
    #: name → (open, arrived, resolved)
    agents: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    departments: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    #: key → name, those without tickets too
    all_departments: dict[int, str] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    #: (weekday from 0, Monday; hour) → how many arrived
    hours: dict[tuple[int, int], int] = field(default_factory=dict)


def figures_for(period: Period, *, department: int | None = None, fresh: bool = False) -> Figures:
    """Of the whole desk, for managers alone. From the cache, unless ``fresh``."""
    key = f"escalated-figures-{period.first}-{period.last}-{period.zone}-{department or 0}"
    found = None if fresh else cache.get(key)
    if found is None:
        found = _count(period, department)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _count(period: Period, department: int | None) -> Figures:
    tickets = tickets_for(SYSTEM, "manage").filter(is_spam=False)
    if department is not None:
        tickets = tickets.filter(department=department)
    now = timezone.now()
    figures = Figures(period, now)
    lately = _lately(tickets, period)
    figures.totals = lately.aggregate(**_totals(period, now))
    figures.days, figures.channels, figures.hours = _flow(tickets, period)
    figures.times = times_of(tickets, {NOW: period, BEFORE: period.before})
    figures.promises, figures.ratings, figures.rating_mean = _judged(tickets, period)
    figures.all_departments = dict(Department.objects.values_list("pk", "name"))
    figures.agents, figures.departments = _load(lately, period, figures.all_departments)
    return figures


def _lately(tickets: QuerySet[Ticket], period: Period) -> QuerySet[Ticket]:
    """Those that any of the numbers may count."""
    start = period.before.start
    return tickets.filter(
        Q(is_open=True) | Q(created_at__gte=start) | Q(resolved_at__gte=start)
    ).order_by()


def _totals(period: Period, now: datetime) -> dict[str, Count]:
    is_open = Q(is_open=True)
    late = Q(sla_breached=True) | Q(next_due_at__lt=now)
    conditions = {
        "backlog": is_open,
        "unassigned": is_open & Q(assignee=None),
        "late": is_open & late,
        "arrived": period.within("created_at"),
        "resolved": period.within("resolved_at"),
        "arrived_before": period.before.within("created_at"),
        "resolved_before": period.before.within("resolved_at"),
    }
    begins = list(AGES.values())
    for name, begin, end in zip(AGES, begins, [*begins[1:], None], strict=True):
        aged = is_open & Q(created_at__lte=now - timedelta(days=begin))
        if end is not None:
            aged &= Q(created_at__gt=now - timedelta(days=end))
        conditions[f"age_{name}"] = aged
    return {name: Count("pk", filter=condition) for name, condition in conditions.items()}


ARRIVED, RESOLVED = 0, 1


def _flow(
    tickets: QuerySet[Ticket], period: Period
) -> tuple[dict[date, tuple[int, int]], dict[str, int], dict[tuple[int, int], int]]:
    """By day, by channel, and by weekday and hour; what comes and what goes in one query."""
    arrived = _by_day(tickets, period, "created_at", ARRIVED).annotate(
        hour=ExtractHour("created_at", tzinfo=_zone(period)), by=F("channel")
    )
    resolved = _by_day(tickets, period, "resolved_at", RESOLVED).annotate(
        hour=Value(0), by=Value("", output_field=CharField())
    )
    days: dict[date, list[int]] = {day: [0, 0] for day in period.dates()}
    channels: Counter[str] = Counter()
    hours: Counter[tuple[int, int]] = Counter()
    for row in _counted(arrived).union(_counted(resolved), all=True):
        count = row["count"]
        days[row["day"]][row["kind"]] += count
        if row["kind"] == ARRIVED:
            channels[row["by"]] += count
            hours[row["day"].weekday(), row["hour"]] += count
    both = {day: (counts[ARRIVED], counts[RESOLVED]) for day, counts in days.items()}
    return both, dict(channels.most_common()), dict(hours)


def _by_day(tickets: QuerySet[Ticket], period: Period, column: str, kind: int) -> QuerySet[Ticket]:
    within = tickets.filter(period.within(column)).order_by()
    return within.annotate(day=TruncDate(column, tzinfo=_zone(period)), kind=Value(kind))


def _counted(rows: QuerySet[Ticket]) -> QuerySet[Any]:
    return rows.values("day", "kind", "hour", "by").annotate(count=Count("pk"))


#: A row of ``_judged``: a metric or a score, and of both periods how many were good, of how many.
JUDGED = ("name", "good_now", "all_now", "good_before", "all_before")


def _judged(
    tickets: QuerySet[Ticket], period: Period
) -> tuple[dict[str, dict[str, tuple[int, int]]], dict[int, int], dict[str, float | None]]:
    """Promises by metric, and ratings by score with their means, in one query.

    A promise is judged when it was met or missed, whichever came first.
    """
    promises: dict[str, dict[str, tuple[int, int]]] = {}
    scores = {score: {NOW: 0, BEFORE: 0} for score in range(1, 6)}
    for name, good, count, good_before, before in _clocks(tickets, period).union(
        _ratings(tickets, period), all=True
    ):
        if name.isdecimal():
            scores[int(name)] = {NOW: count, BEFORE: before}
        else:
            promises[name] = {NOW: (good, count), BEFORE: (good_before, before)}
    means = {
        when: _mean({s: counts[when] for s, counts in scores.items()}) for when in (NOW, BEFORE)
    }
    promises = dict(sorted(promises.items()))
    return promises, {score: counts[NOW] for score, counts in scores.items()}, means


def _clocks(tickets: QuerySet[Ticket], period: Period) -> QuerySet[Any]:
    clocks = SLAClock.objects.filter(ticket__in=tickets).annotate(
        judged_at=Coalesce("breached_at", "met_at")
    )
    clocks = clocks.filter(judged_at__gte=period.before.start, judged_at__lt=period.end)
    return _both(clocks, F("metric"), "judged_at", period, good=Q(breached_at=None))


def _ratings(tickets: QuerySet[Ticket], period: Period) -> QuerySet[Any]:
    ratings = Rating.objects.filter(ticket__in=tickets)
    return _both(ratings, Cast("score", CharField()), "created_at", period, good=Q())


def _both(rows: QuerySet[Any], name: Any, column: str, period: Period, *, good: Q) -> QuerySet[Any]:
    now, before = period.within(column), period.before.within(column)
    counts = (now & good, now, before & good, before)
    by_name = rows.order_by().annotate(name=name).values("name")
    named = zip(JUDGED[1:], counts, strict=True)
    return by_name.annotate(**{key: Count("pk", filter=q) for key, q in named}).values_list(*JUDGED)


def _mean(counts: dict[int, int]) -> float | None:
    given = sum(counts.values())
    return sum(score * count for score, count in counts.items()) / given if given else None


def _load(
    lately: QuerySet[Ticket], period: Period, department_names: dict[int, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    people = _name_fields()
    rows = lately.values("assignee", "department", *people.values()).annotate(
        open=Count("pk", filter=Q(is_open=True)),
        arrived=Count("pk", filter=period.within("created_at")),
        resolved=Count("pk", filter=period.within("resolved_at")),
    )
    agents: dict[Any, Counter[str]] = {}
    departments: dict[Any, Counter[str]] = {}
    agent_names: dict[int, str] = {}
    for row in rows:
        counts = {name: row[name] for name in ("open", "arrived", "resolved")}
        agents.setdefault(row["assignee"], Counter()).update(counts)
        departments.setdefault(row["department"], Counter()).update(counts)
        if row["assignee"]:
            user = get_user_model()(**{field: row[path] for field, path in people.items()})
            agent_names[row["assignee"]] = display_name(user)
    return _named(agents, agent_names), _named(departments, department_names)


def _name_fields() -> dict[str, str]:
    """The fields of the host's user model that make up a name, and where they are found from a ticket."""
    model = get_user_model()
    fields = [model.USERNAME_FIELD, "first_name", "last_name", "name", "full_name"]
    known = {field.name for field in model._meta.concrete_fields}
    return {name: f"assignee__user__{name}" for name in fields if name in known}


def _named(counted: dict[Any, Counter[str]], names: dict[int, str]) -> dict[str, Any]:
    """By name, the busiest first; what belongs to nobody stands under an empty name."""
    rows: dict[str, Counter[str]] = {}
    for key, counts in counted.items():
        # Two people of one name are one row: a report counts work, it does not judge persons.
        rows.setdefault(names.get(key, ""), Counter()).update(counts)
    found = {
        name: (counts["open"], counts["arrived"], counts["resolved"])
        for name, counts in rows.items()
        if any(counts.values())
    }
    return dict(sorted(found.items(), key=lambda row: (-row[1][0], row[0])))


def _zone(period: Period) -> ZoneInfo:
    return ZoneInfo(period.zone)
