# ruff: noqa: E402 (Django must be set up first)
"""Service levels: what a deadline and a check cost.

    DATABASE_URL=postgres://… python -m benchmarks.sla

Makes a test database of its own on that server and drops it at the end. Prints one line per figure.
"""

import os
import sys
from datetime import UTC, datetime, time, timedelta
from statistics import median
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

os.environ.setdefault("Q_BROKER", "orm")  # reactions wait for a worker, as they do in production

import django

django.setup()

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wagtail_escalated.actions import sla
from wagtail_escalated.hours import Calendar, Shift, SpecialDay, due
from wagtail_escalated.models import SLAClock, Ticket

SMALL, LARGE, HUGE = 10_000, 100_000, 1_000_000
BREACHES = 20_000
HOUR = timedelta(hours=1)


def main():
    arithmetic()
    if connection.vendor != "postgresql":
        sys.exit("The checks are measured on PostgreSQL: set DATABASE_URL.")
    connection.creation.create_test_db(autoclobber=True, serialize=False, verbosity=0)
    try:
        checks()
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def arithmetic():
    start = datetime(2026, 4, 10, 16, 30, tzinfo=UTC)
    office = [Shift(day, time(9), time(17)) for day in range(5)]
    split = [Shift(day, time(h), time(h + 3)) for day in range(5) for h in (6, 10, 15)]
    closed = [SpecialDay(start.date() + timedelta(weeks=week)) for week in range(300)]
    five_days = Calendar("Europe/Berlin", tuple(office), tuple(closed[:20]))
    a_year = Calendar("Europe/Berlin", tuple(split))
    broken = Calendar("Europe/Berlin", tuple(split), tuple(closed))
    say("due, five working days", microseconds(five_days, start, 40 * HOUR), "µs", 50)
    say("due, 780 shifts", microseconds(a_year, start, 780 * 3 * HOUR), "µs", 2000)
    say(
        "due, 780 shifts, a holiday a week", microseconds(broken, start, 780 * 3 * HOUR), "µs", 2000
    )


def microseconds(calendar, start, duration, times=500):
    took = []
    for _ in range(times):
        began = perf_counter()
        due(calendar, start, duration)
        took.append(perf_counter() - began)
    return median(took) * 1e6


def checks():
    template = a_ticket()
    idle = {}
    fill(template, SMALL)
    idle[SMALL] = idle_check()
    fill(template, LARGE - SMALL)
    idle[LARGE] = idle_check()
    breaches()
    fill(template, HUGE - LARGE)
    idle[HUGE] = idle_check()
    for clocks, milliseconds in idle.items():
        say(f"check with nothing due, {clocks} clocks", milliseconds, "ms")
    say("ratio of the largest to the smallest", idle[HUGE] / idle[SMALL], "", 1.5)


def a_ticket():
    from tests import factories

    return factories.make_ticket()


def fill(template, count):
    """Copies of one ticket, each with a clock that runs and is due in some months."""
    columns = [field.column for field in Ticket._meta.concrete_fields if not field.primary_key]
    names = ", ".join(columns)
    values = ", ".join("'B-' || nextval('bench')" if c == "reference" else c for c in columns)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench")
        cursor.execute(
            f"INSERT INTO {Ticket._meta.db_table} ({names}) SELECT {values}"
            f" FROM {Ticket._meta.db_table}, generate_series(1, %s) WHERE id = %s",
            [count, template.pk],
        )
        cursor.execute(
            f"INSERT INTO {SLAClock._meta.db_table}"
            " (ticket_id, metric, round, target, started_at, counts_from, pauses, due_at, check_at)"
            " SELECT id, 'resolution', 1, interval '8 hours', now(), now(), '[]', at, at FROM"
            " (SELECT t.id, now() + interval '90 days' + t.id * interval '1 second' AS at"
            f"  FROM {Ticket._meta.db_table} t LEFT JOIN {SLAClock._meta.db_table} c"
            "  ON c.ticket_id = t.id WHERE c.id IS NULL) late"
        )
        cursor.execute("VACUUM ANALYZE")


def idle_check(times=50):
    took = []
    for _ in range(times):
        began = perf_counter()
        assert sla.check_breaches() == []
        assert sla.check_warnings() == []
        took.append(perf_counter() - began)
    return median(took) * 1e3


def breaches():
    late = SLAClock.objects.order_by("pk").values("pk")[:BREACHES]
    passed = timezone.now() - HOUR
    SLAClock.objects.filter(pk__in=late).update(due_at=passed, check_at=passed)
    with CaptureQueriesContext(connection) as queries:
        began = perf_counter()
        recorded = sla.check_breaches()
        took = perf_counter() - began
    assert len(recorded) == BREACHES
    assert sla.check_breaches() == []
    say(f"record {BREACHES} breaches among {LARGE} clocks", took, "s", 8)
    say("queries for that, over all batches", len(queries), "")


def say(what, figure, unit, limit=None):
    wanted = f"  (at most {limit})" if limit else ""
    sys.stdout.write(f"{what}: {figure:.4g} {unit}{wanted}\n")


if __name__ == "__main__":
    main()
