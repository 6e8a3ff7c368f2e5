"""All the runs of the tests, one after the other: ``make test``.

Each run is pytest in a process of its own with other services. A service that does not answer is
skipped by name, or with ``REQUIRE_SERVICES=1`` a failure. ``SUITE=sqlite,usual-user`` picks some.

A few tests that fail are run once more by themselves: one that passes then depends on the moment. It is
named as unsteady besides, so that whoever mends it knows; it is a failure like any other.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

POSTGRES = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/escalated")
MARIADB = os.environ.get("MARIADB_URL", "mysql://root@127.0.0.1:3306/escalated")
REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
PROCESSES = os.environ.get("PROCESSES", "2")
BY_ITSELF = "not browser and not postgres and not redis"
PRODUCTION = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS, "Q_BROKER": "orm"}
#: A run that is not over by then is ended and failed; the others follow.
MOST_SECONDS = 1500
#: More than that fail for a reason.
MOST_UNSTEADY = 3
COUNTED = ("passed", "failed", "errors", "unsteady", "skipped", "xfailed", "xpassed")


@dataclass
class Run:
    name: str
    what: str
    marked: str
    environment: dict = field(default_factory=dict)
    arguments: tuple = ()
    needs: tuple = ()  # functions that answer why this run is not possible, or nothing
    processes: str = PROCESSES
    # in order: tests with real transactions come last in each process
    distribution: str = "load"


def answers(url):
    def why_not():
        parts = urlsplit(url)
        try:
            with socket.create_connection((parts.hostname, parts.port), timeout=3):
                return ""
        except OSError as error:
            return f"{parts.scheme} does not answer on {parts.hostname}:{parts.port} ({error})"

    return why_not


def imports(module, extra):
    def why_not():
        code = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True)
        return "" if code.returncode == 0 else f"{module} is not installed (the extra [{extra}])"

    return why_not


def chromium():
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = any(name and shutil.which(name) for name in names)
    return "" if found else "no Chromium found (CHROMIUM names its path)"


RUNS = [
    Run("sqlite", "SQLite, layer in memory, tasks at once", BY_ITSELF),
    Run(
        "browser",
        "SQLite and headless Chromium",
        "browser",
        needs=(chromium,),
        distribution="loadgroup",
    ),
    Run(
        "postgresql",
        "PostgreSQL, Redis layer, ORM broker; a user model with a UUID key and no username",
        "not browser and not once",
        PRODUCTION,
        arguments=("--ds=tests.settings_uuid_user",),
        needs=(answers(POSTGRES), answers(REDIS)),
    ),
    Run(
        "usual-user",
        "PostgreSQL, Redis layer, ORM broker; Django's own user; the tests marked `services`",
        "services or postgres",
        PRODUCTION,
        needs=(answers(POSTGRES), answers(REDIS)),
    ),
    Run(
        "mariadb",
        "MariaDB, Redis layer, Redis broker; the tests marked `services`",
        "services",
        {"DATABASE_URL": MARIADB, "REDIS_URL": REDIS, "Q_BROKER": "redis"},
        needs=(answers(MARIADB), answers(REDIS), imports("MySQLdb", "mysql")),
    ),
    Run(
        "own-articles",
        "SQLite, a help centre of a site's own page classes",
        BY_ITSELF,
        arguments=("--ds=tests.settings_own_articles", "tests/kb/test_own_articles.py"),
        processes="0",
    ),
    Run(
        "localize",
        "SQLite, a help centre translated with wagtail-localize",
        BY_ITSELF,
        arguments=("--ds=tests.settings_localize", "tests/kb/test_localize.py"),
        needs=(imports("wagtail_localize", "localize"),),
        processes="0",
    ),
]


def command(run, *, once_more):
    pytest = [sys.executable, "-m", "pytest", "-q", "-m", run.marked, *run.arguments]
    pytest += ["-o", f"cache_dir=.pytest_cache/{run.name}"]
    if once_more:
        return [*pytest, "--last-failed", "--last-failed-no-failures=none", *sys.argv[1:]]
    if run.processes != "0":
        pytest += ["-n", run.processes, "--dist", run.distribution]
    return [*pytest, "--cache-clear", *sys.argv[1:]]


def environment(run):
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DATABASE_URL", "REDIS_URL", "Q_BROKER", "DJANGO_SETTINGS_MODULE")
    }
    return clean | run.environment


def carry_out(run):
    """The counts of a run by word; what failed and passes when it is run alone is ``unsteady`` besides."""
    counts = shown_as_it_goes(run)
    failed = counts.get("failed", 0) + counts.get("errors", 0)
    if not 0 < failed <= MOST_UNSTEADY:
        return counts
    sys.stdout.write("\nWhat failed, once more and by itself:\n")
    again = shown_as_it_goes(run, once_more=True)
    if again.get("passed", 0) < failed or again.get("failed") or again.get("errors"):
        return counts
    return counts | {"unsteady": failed}


def shown_as_it_goes(run, *, once_more=False):
    """Runs it, showing what it prints; its counts by word, ``failed`` at least 1 where it broke."""
    shown = []
    with (
        subprocess.Popen(
            command(run, once_more=once_more),
            env=environment(run),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process,
        ended_after(MOST_SECONDS, process),
    ):
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            shown = [*shown[-30:], line]
    counts = closing_counts(shown)
    nothing_selected = process.returncode == 5
    if process.returncode and not nothing_selected:
        counts["failed"] = counts.get("failed", 0) or (0 if counts.get("errors") else 1)
    return counts


@contextmanager
def ended_after(seconds, process):
    """Ends it and all it has started after so many seconds, or when we are ended ourselves."""

    def end():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def too_long():
        sys.stdout.write(f"\nNot over after {seconds} seconds: ended.\n")
        end()

    timer = threading.Timer(seconds, too_long)
    timer.start()
    try:
        yield
    except BaseException:
        end()
        raise
    finally:
        timer.cancel()


def closing_counts(lines):
    for line in reversed(lines):
        found = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", line)
        if found and " in " in line:
            return {"errors" if word == "error" else word: int(number) for number, word in found}
    return {}


def said(counts):
    return (
        ", ".join(f"{counts[word]} {word}" for word in COUNTED if counts.get(word)) or "nothing ran"
    )


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = [name for name in os.environ.get("SUITE", "").split(",") if name]
    totals, lines = dict.fromkeys(COUNTED, 0), []
    for run in RUNS:
        if wanted and run.name not in wanted:
            continue
        reasons = [reason for why_not in run.needs if (reason := why_not())]
        if reasons:
            totals["failed" if REQUIRED else "skipped"] += 1
            word = "FAILED, wanted by REQUIRE_SERVICES" if REQUIRED else "skipped"
            lines.append(f"{run.name:<11} {word}: {'; '.join(reasons)}")
            continue
        sys.stdout.write(f"\n=== {run.name}: {run.what}\n")
        sys.stdout.flush()
        began = time.monotonic()
        counts = carry_out(run)
        for word, number in counts.items():
            totals[word] += number
        lines.append(f"{run.name:<11} {said(counts)} in {time.monotonic() - began:.0f}s")
    sys.stdout.write("\n=== all runs\n" + "\n".join(lines) + "\n")
    failed = totals["failed"] + totals["errors"]
    sys.stdout.write(
        f"{totals['passed']} passed, {failed} failed, {totals['unsteady']} unsteady, {totals['skipped']} skipped\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
