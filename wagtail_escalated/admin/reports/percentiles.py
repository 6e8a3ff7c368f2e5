"""Median and ninetieth percentile: by the database where it knows them, else from the bare durations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Aggregate, DurationField, ExpressionWrapper, F, Q, QuerySet

from wagtail_escalated.admin.reports.period import Period
from wagtail_escalated.models import Ticket

FRACTIONS = {"median": 0.5, "p90": 0.9}
#: name → the column at which the clock stops; it starts when the ticket is created.
SPANS = {"first_response": "first_response_at", "resolution": "resolved_at"}


class Percentile(Aggregate):
    """PostgreSQL's ``percentile_cont``: between two values it lies in proportion, as in ``percentile``."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, expression: Any, fraction: float, **extra: Any):
        super().__init__(expression, fraction=fraction, **extra)


def times_of(
    tickets: QuerySet[Ticket], periods: dict[str, Period]
) -> dict[tuple[str, str, str], timedelta | None]:
    """(period, span, fraction) → how long it took, for what ended within the period. One query."""
    if connection.vendor == "postgresql":
        return _by_the_database(tickets, periods)
    return _by_hand(tickets, periods)


def percentile(values: list[timedelta], fraction: float) -> timedelta | None:
    """Of sorted values."""
    if not values:
        return None
    place = (len(values) - 1) * fraction
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _by_the_database(tickets, periods):
    wanted = {
        (name, span, fraction): Percentile(_length(column), FRACTIONS[fraction], filter=within)
        for name, span, column, within in _combinations(periods)
        for fraction in FRACTIONS
    }
    names = {"_".join(key): expression for key, expression in wanted.items()}
    found = _ended(tickets, periods).aggregate(**names)
    return {key: found["_".join(key)] for key in wanted}


def _by_hand(tickets, periods):
    lengths: dict[tuple[str, str], list[timedelta]] = {}
    rows = list(_ended(tickets, periods).values_list("created_at", *SPANS.values()))
    for place, span in enumerate(SPANS, start=1):
        for name, period in periods.items():
            ended = [row for row in rows if row[place] and period.start <= row[place] < period.end]
            lengths[name, span] = sorted(row[place] - row[0] for row in ended)
    return {
        (name, span, fraction): percentile(values, FRACTIONS[fraction])
        for (name, span), values in lengths.items()
        for fraction in FRACTIONS
    }


def _combinations(periods):
    for name, period in periods.items():
        for span, column in SPANS.items():
            yield name, span, column, period.within(column)


def _ended(tickets: QuerySet[Ticket], periods: dict[str, Period]) -> QuerySet[Ticket]:
    any_of = Q()
    for _name, _span, _column, within in _combinations(periods):
        any_of |= within
    return tickets.filter(any_of)


def _length(column: str) -> ExpressionWrapper:
    return ExpressionWrapper(F(column) - F("created_at"), output_field=DurationField())
