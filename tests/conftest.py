"""What every test gets. Factories stand in ``tests/factories.py``, live servers in ``tests/live.py``."""

import contextlib
import gc
import os
import shutil
from pathlib import Path
from queue import SimpleQueue

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation

from tests import mariadb_first_rows, sqlite_template
from tests.live import live_desk

__all__ = ["live_desk"]

# Two busy cores are slow now and then, which says nothing about the code.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=5000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

# Thousands of modules stay for good: looking through them for garbage takes a tenth of the run.
gc.set_threshold(100_000, 20, 100)

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser):
    parser.addoption(
        "--corpora",
        metavar="DIR",
        default=os.environ.get("ESCALATED_CORPORA"),
        help="folder of the public corpora; tests that read them are skipped without it",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """What isn't here is skipped with its reason (``scripts/suite.py`` runs each where it is)."""
    absent = {
        "postgres": None if connection.vendor == "postgresql" else "DATABASE_URL is no PostgreSQL",
        "redis": None if os.environ.get("REDIS_URL") else "REDIS_URL is not set",
        "browser": None if chromium_path() else "no Chromium found (CHROMIUM names its path)",
    }
    for item in items:
        bring_back_the_first_rows(item)
        if not asks_the_database(item):
            item.add_marker(pytest.mark.once)
        for name, reason in absent.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def asks_the_database(item):
    """What doesn't says the same on each of them."""
    fixtures = {"db", "transactional_db", "live_server", "live_desk", "client", "admin_client"}
    of_django = item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return of_django or item.get_closest_marker("django_db") or fixtures & set(item.fixturenames)


def bring_back_the_first_rows(item):
    """A test with real transactions empties every table behind it: Wagtail's root page, the site
    and what our migrations wrote come back before the next one."""
    marker = item.get_closest_marker("django_db")
    with_transactions = {"transactional_db", "live_server", "live_desk"} & set(item.fixturenames)
    if with_transactions or (marker and marker.kwargs.get("transaction")):
        marker = pytest.mark.django_db(transaction=True, serialized_rollback=True)
        item.add_marker(marker, append=False)


@pytest.fixture(scope="session")
def corpora(request):
    folder = request.config.getoption("--corpora")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the corpora are not here (--corpora DIR or ESCALATED_CORPORA)")
    return Path(folder)


@pytest.fixture(scope="session")
def django_db_keepdb(request, django_db_modify_db_settings):
    """On SQLite and PostgreSQL a run begins with a copy of what was migrated before."""
    if connection.vendor == "postgresql":
        postgresql_template().use_template()
    path = sqlite_template.sqlite_test_file()
    if path is None:
        yield request.config.getvalue("reuse_db")
        return
    yield sqlite_template.copy_template_to(path)
    sqlite_template.remove(path)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    if sqlite_template.sqlite_test_file():
        with django_db_blocker.unblock():
            sqlite_template.keep_as_template()
            sqlite_template.remember_first_rows()
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            postgresql_template().keep_as_template()
            postgresql_template().remember_first_rows()
    if connection.vendor == "mysql":
        with django_db_blocker.unblock():
            mariadb_first_rows.remember()
    yield


def postgresql_template():
    from tests import postgresql_template  # needs psycopg

    return postgresql_template


class Timer:
    """What a worker tells its guard; here nobody looks."""

    value = -1.0

    def get_lock(self):
        return contextlib.nullcontext()


def run_package(package):
    """One queued task, run and recorded as a worker of the cluster would."""
    from django_q.monitor import monitor
    from django_q.signing import SignedPackage
    from django_q.worker import worker

    # Of threads, not of processes: those have pipes and threads of their own, for each task anew.
    tasks, results = SimpleQueue(), SimpleQueue()
    tasks.put(SignedPackage.loads(package))
    tasks.put("STOP")
    worker(tasks, results, Timer(), timeout=-1)
    results.put("STOP")
    monitor(results)


@pytest.fixture(autouse=True)
def worker_beside_the_test(request, monkeypatch):
    """With a real broker, each task that was put in is taken out again and run at once.

    The queue, its row or list and the signed package are the real ones; only the process is the
    test's own. A test that starts a worker process, or wants none, says ``@pytest.mark.real_worker``.
    Returns whether there is one.
    """
    if not os.environ.get("Q_BROKER") or request.node.get_closest_marker("real_worker"):
        return False
    from django_q.brokers import get_broker
    from django_q.brokers.orm import ORM
    from django_q.brokers.redis_broker import Redis

    from wagtail_escalated.mail import alarm

    def pumped(enqueue):
        def enqueue_and_run(broker, package):
            key = enqueue(broker, package)
            for ack_id, taken in broker.dequeue() or ():
                run_package(taken)
                broker.acknowledge(ack_id)
            return key

        return enqueue_and_run

    # The end of an undo window would ring in the middle of another test.
    monkeypatch.setattr(alarm, "set_for", lambda moment: False)
    if os.environ["Q_BROKER"] == "redis":
        get_broker().purge_queue()  # what a test with a worker of its own has left there

    for module in ("worker", "monitor"):  # the connection is the test's
        monkeypatch.setattr(f"django_q.{module}.close_old_django_connections", lambda: None)
    for broker_class in (ORM, Redis):
        monkeypatch.setattr(broker_class, "enqueue", pumped(broker_class.enqueue))
    return True


@pytest.fixture(autouse=True)
def nothing_left_over():
    """Settings, caches, the wanted language and live groups don't travel from one test to the next."""
    before = django_settings._wrapped
    yield
    left_over, django_settings._wrapped = django_settings._wrapped, before
    assert left_over is before, "overrides of settings were not undone in the order they were made"
    cache.clear()
    translation.activate("en")
    from channels.layers import channel_layers

    channel_layers.backends.clear()


@pytest.fixture
def within_one_window(time_machine):
    """An hour begins, so that no count of a rate limit starts anew in the middle of a test."""
    time_machine.move_to(timezone.now().replace(minute=0, second=1), tick=True)


@pytest.fixture(scope="module")
def chromium():
    """A headless browser; its tests are marked ``browser`` and run by themselves (its event loop
    and pytest-asyncio's don't go together in one run)."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found; set CHROMIUM to its path")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser_page(chromium):
    """A fresh window with its own cookies, in English, that keeps each error of its console in
    ``page.problems`` (a blocked script or style is one)."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "console",
        lambda message: page.problems.append(message.text) if message.type == "error" else None,
    )
    yield page
    # What the page still asks for while its window closes is nobody's failure.
    page.unroute_all(behavior="ignoreErrors")
    context.close()


def chromium_path():
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)
