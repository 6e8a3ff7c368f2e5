"""A test database of its own for each benchmark, dropped at the end; and how figures are printed."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

DEFAULT_URL = "postgres://postgres@127.0.0.1/escalated_bench"
#: ``python -m benchmarks`` reads the figures of all from this file, one JSON list a line.
RESULTS = "ESCALATED_BENCH_RESULTS"


def set_up_django() -> None:
    os.environ.setdefault("DATABASE_URL", DEFAULT_URL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault(
        "Q_BROKER", "orm"
    )  # reactions wait for a worker, as they do in production
    import django

    django.setup()
    logging.getLogger("django-q").setLevel(logging.WARNING)


@contextmanager
def own_database(*, keep: bool = False) -> Iterator[None]:
    """With ``keep`` it is there again the next time, with what was written into it."""
    from django.db import connection

    if connection.vendor != "postgresql":
        sys.exit("This is measured on PostgreSQL: set DATABASE_URL.")
    connection.creation.create_test_db(autoclobber=True, serialize=False, verbosity=0, keepdb=keep)
    try:
        yield
    finally:
        connection.close()
        if not keep:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def say(what: str, value: float, unit: str, limit: float | None = None) -> None:
    """One line per figure, with the bound it has to keep."""
    bound = "" if limit is None else f"   (at most {limit:g})"
    missed = "" if limit is None or value <= limit else "   MISSED"
    print(f"{what:<62} {value:>9.2f} {unit}{bound}{missed}", flush=True)
    if os.environ.get(RESULTS):
        with Path(os.environ[RESULTS]).open("a") as results:
            results.write(json.dumps([what, value, unit, limit]) + "\n")


def taking_turns(
    calls: dict[str, Callable[[], object]], rounds: int
) -> dict[str, tuple[float, float]]:
    """Medians in milliseconds: the clock on the wall, and the processor's time in this process.

    The calls take turns, so that a busy moment hits them all; three rounds warm up.
    """
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _round in range(rounds + 3):
        for name, call in calls.items():
            wall, cpu = perf_counter(), process_time()
            call()
            seen[name].append(((perf_counter() - wall) * 1000, (process_time() - cpu) * 1000))
    return {
        name: (median(w for w, _c in values[3:]), median(c for _w, c in values[3:]))
        for name, values in seen.items()
    }
