# ruff: noqa: E402 (Django must be set up first)
"""Service levels: what a deadline and a check cost.

python -m benchmarks.sla

Beside the time on the wall stands this process's own (CPU), which a busy machine does not stretch. The two
sizes of the idle check take turns, on tables beside each other, so that a busy moment hits both.
"""

from datetime import UTC, datetime, time, timedelta
from statistics import median
from time import perf_counter, process_time

from benchmarks.database import own_database, say, set_up_django

set_up_django()

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wagtail_escalated.actions import sla
from wagtail_escalated.hours import Calendar, Shift, SpecialDay, due
from wagtail_escalated.models import SLAClock, Ticket

SMALL, LARGE, HUGE = 10_000, 100_000, 1_000_000
BREACHES = 20_000
HOUR = timedelta(hours=1)
#: Where the clocks stand that a small desk would have.
BESIDE = "bench_small"


def main() -> None:
    arithmetic()
    with own_database():
        checks()


def arithmetic() -> None:
    start = datetime(2026, 4, 10, 16, 30, tzinfo=UTC)
    office = [Shift(day, time(9), time(17)) for day in range(5)]
    split = [Shift(day, time(h), time(h + 3)) for day in range(5) for h in (6, 10, 15)]
    closed = [SpecialDay(start.date() + timedelta(weeks=week)) for week in range(300)]
    five_days = Calendar("Europe/Berlin", tuple(office), tuple(closed[:20]))
    a_year = Calendar("Europe/Berlin", tuple(split))
    broken = Calendar("Europe/Berlin", tuple(split), tuple(closed))
    of_a_year = 780 * 3 * HOUR
    for what, calendar, duration, limit in (
        ("five working days", five_days, 40 * HOUR, 50),
        ("780 shifts", a_year, of_a_year, 2000),
        ("780 shifts, a holiday a week", broken, of_a_year, 2000),
    ):
        wall, cpu = microseconds(calendar, start, duration)
        say(f"due, {what}", wall, "µs", limit)
        say(f"due, {what}: CPU", cpu, "µs")


def microseconds(calendar, start, duration, times=500) -> tuple[float, float]:
    """The median on the wall, and the mean of this process's own time."""
    due(calendar, start, duration)
    took, cpu = [], process_time()
    for _ in range(times):
        began = perf_counter()
        due(calendar, start, duration)
        took.append(perf_counter() - began)
    return median(took) * 1e6, (process_time() - cpu) / times * 1e6


def checks() -> None:
    template = a_ticket()
    fill(template, SMALL)
    set_aside()
    fill(template, LARGE - SMALL)
    breaches()
    fill(template, HUGE - LARGE)
    idle()


def a_ticket() -> Ticket:
    from tests import factories

    return factories.make_ticket()


def fill(template: Ticket, count: int) -> None:
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


def set_aside() -> None:
    """The clocks there are now, with the same indexes, in a schema of their own."""
    table = SLAClock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {BESIDE}")
        cursor.execute(f"CREATE TABLE {BESIDE}.{table} (LIKE public.{table} INCLUDING ALL)")
        cursor.execute(f"INSERT INTO {BESIDE}.{table} SELECT * FROM public.{table}")  # noqa: S608
        cursor.execute(f"VACUUM ANALYZE {BESIDE}.{table}")


def use(schemas: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {schemas}")


def idle() -> None:
    """Both sizes in turns, fifty times each."""
    took: dict[str, list[tuple[float, float]]] = {"public": [], f"{BESIDE}, public": []}
    for _round in range(53):
        for schemas, times in took.items():
            use(schemas)
            wall, cpu = perf_counter(), process_time()
            assert sla.check_breaches() == []
            assert sla.check_warnings() == []
            times.append((perf_counter() - wall, process_time() - cpu))
    use("public")
    huge, small = (
        [median(column) * 1e3 for column in zip(*t[3:], strict=True)] for t in took.values()
    )
    for size, (wall, cpu) in ((SMALL, small), (HUGE, huge)):
        say(f"check with nothing due, {size} clocks", wall, "ms")
        say(f"check with nothing due, {size} clocks: CPU", cpu, "ms")
    say("ratio of the largest to the smallest", huge[0] / small[0], "×", 1.5)
    say("ratio of the largest to the smallest: CPU", huge[1] / small[1], "×", 1.5)


def breaches() -> None:
    """Timed without counting the queries: to keep their text takes as long as to ask them."""
    for count in (2_000, 4_000):
        become_late(count)
        with CaptureQueriesContext(connection) as queries:
            sla.check_breaches()
        say(f"queries to record {count} breaches", len(queries), "queries")
    become_late(BREACHES)
    wall, cpu = perf_counter(), process_time()
    recorded = sla.check_breaches()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    assert len(recorded) == BREACHES
    assert sla.check_breaches() == []
    say(f"record {BREACHES} breaches among {LARGE} clocks", wall, "s", 8)
    say(f"record {BREACHES} breaches among {LARGE} clocks: CPU", cpu, "s")


def become_late(count: int) -> None:
    late = SLAClock.objects.filter(breached_at=None).order_by("pk").values_list("pk", flat=True)
    passed = timezone.now() - HOUR
    SLAClock.objects.filter(pk__in=list(late[:count])).update(due_at=passed, check_at=passed)


if __name__ == "__main__":
    main()
