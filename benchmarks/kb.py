# ruff: noqa: E402 (Django must be set up first)
"""The knowledge base's search with 5,000 articles in each of four languages, and what memory it takes.

python -m benchmarks.kb [articles in each language] [--keep] [--widget]

Writing them takes minutes: with ``--keep`` they stay in the test database of ``DATABASE_URL`` for the next time.
``--widget`` measures the widget's endpoint alone, with a thousand articles (in a database that holds no more).

Processor time is that of the web process and, where PostgreSQL runs on this machine, of its own one: what a search
takes on one core that does nothing else.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.database import analyse, own_database, say, set_up_django

# On one core: the second thread of a product of small matrices only waits, and is counted.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
set_up_django()

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Site

LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish")]
SETTINGS = {
    "LANGUAGES": LANGUAGES,
    "WAGTAIL_CONTENT_LANGUAGES": LANGUAGES,
    "ALLOWED_HOSTS": ["*"],
}
FEW, QUESTIONS = 1000, 200
WITHOUT, WORDS, MEANING = "without", "words", "meaning"


def main(count: int, *, keep: bool, widget: bool) -> None:
    from benchmarks.articles import Shelf

    with own_database(keep=keep), override_settings(**SETTINGS):
        call_command("escalated_install", verbosity=0)
        begin = perf_counter()
        shelves = [Shelf(code) for code, _name in LANGUAGES]
        if max(shelf.kept for shelf in shelves) <= FEW:
            shelves[0].grow(min(FEW, count))
            analyse()
            at_the_door(shelves[0])
        if widget:
            return
        for shelf in shelves:
            shelf.grow(count)
        analyse()
        say(f"write {count} articles in {len(shelves)} languages", perf_counter() - begin, "s")
        for meaning in (False, True):
            searches(shelves, count, meaning=meaning)
        memory(shelves)


def at_the_door(shelf) -> None:
    """What one process answers through the widget's endpoint, nothing of it remembered."""
    client, url = Client(), reverse("wagtail_escalated:widget_search")
    questions = list(dict.fromkeys(shelf.questions(QUESTIONS + 20)))

    def ask(number: int, question: str) -> None:
        address = f"10.0.{number // 250}.{number % 250}"
        response = client.get(url, {"q": question, "locale": "en"}, REMOTE_ADDR=address)
        assert response.status_code == 200, response.content

    walls, cpus = measured(ask, questions)
    name = f"widget, {len(shelf.written)} articles"
    say(f"{name}: distinct searches a second, on the wall", 1000 * len(walls) / sum(walls), "/s")
    # 30 of them a second.
    say(f"{name}: one search, processor time", sum(cpus) / len(cpus), "ms", 1000 / 30)


def searches(shelves, count: int, *, meaning: bool) -> None:
    from wagtail_escalated.kb.search import engine

    site, nobody = Site.objects.get(is_default_site=True), AnonymousUser()
    questions = [
        (shelf.language.code, question)
        for shelf in shelves
        for question in shelf.questions(QUESTIONS // len(shelves) + 5)
    ]

    def ask(_number: int, question: tuple[str, str]) -> None:
        code, text = question
        engine.search(
            text, user=nobody, site=site, locale=code, use_semantic=None if meaning else False
        )

    how = "with meaning" if meaning else "words alone"
    name = f"{count} × {len(shelves)} articles, {how}"
    walls, cpus = measured(ask, questions)
    say(f"{name}: 95th percentile, on the wall", at_95(walls), "ms", 120)
    say(f"{name}: 95th percentile, processor time", at_95(cpus), "ms", 120)
    most = 0
    for number, question in enumerate(questions[::10]):
        with CaptureQueriesContext(connection) as captured:
            ask(number, question)
        most = max(most, len(captured))
    say(f"{name}: most queries", most, "queries", 6)


def measured(
    ask: Callable[[int, object], None], questions: list, warm_up: int = 20
) -> tuple[list[float], list[float]]:
    """Milliseconds of each question after the first few: on the wall, and of processors."""
    cache.clear()
    walls, cpus = [], []
    for number, question in enumerate(questions):
        wall, cpu, there = perf_counter(), process_time(), of_postgres()
        ask(number, question)
        walls.append((perf_counter() - wall) * 1000)
        cpus.append((process_time() - cpu + of_postgres() - there) * 1000)
    return walls[warm_up:], cpus[warm_up:]


def of_postgres() -> float:
    """Seconds of processor that our connection has taken in PostgreSQL; 0 where that runs elsewhere."""
    connection.ensure_connection()
    path = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    try:
        return int(path.read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def at_95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def memory(shelves) -> None:
    """Each in a process of its own, which answers what a site of its kind is asked."""
    questions = [f"{s.language.code} {q}" for s in shelves for q in s.questions(50)]
    sizes = {kind: size_of_process(kind, questions) for kind in (WITHOUT, WORDS, MEANING)}
    say("memory of a site without the knowledge base", sizes[WITHOUT], "MB")
    say("more with it, words alone", sizes[WORDS] - sizes[WITHOUT], "MB", 120)
    say("more with it, with meaning", sizes[MEANING] - sizes[WITHOUT], "MB", 120)


def size_of_process(kind: str, questions: list[str]) -> float:
    settings = connection.settings_dict
    server = (
        f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT'] or 5432}"
    )
    environment = os.environ | {"DATABASE_URL": f"postgres://{server}/{settings['NAME']}"}
    if kind == WITHOUT:
        environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings_without_kb"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kb", "--process", kind],
        input="\n".join(questions),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(done.stdout.split()[-1])


def be_a_site(kind: str, questions: Iterator[str]) -> None:
    """Prints the most memory this process has taken, in MB."""
    with override_settings(**SETTINGS):
        assert Client().get(reverse("wagtail_escalated:ticket_new")).status_code == 200
        for line in questions:
            code, _space, question = line.strip().partition(" ")
            if kind != WITHOUT:
                from wagtail_escalated.kb.search import engine

                engine.search(
                    question,
                    user=AnonymousUser(),
                    site=Site.objects.get(is_default_site=True),
                    locale=code,
                    use_semantic=None if kind == MEANING else False,
                )
        gc.collect()
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    )
    print(int(peak.split()[1]) / 1024)


if __name__ == "__main__":
    if "--process" in sys.argv:
        be_a_site(sys.argv[-1], sys.stdin)
    else:
        numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
        main(next(iter(numbers), 5000), keep="--keep" in sys.argv, widget="--widget" in sys.argv)
