# ruff: noqa: E402 (Django must be set up first)
"""Inbox, ticket, dashboard, search and webhook with 100,000 tickets of ten messages each.

python -m benchmarks.pages [number of tickets] [--keep]

Writing them takes minutes: with ``--keep`` they stay in the test database of ``DATABASE_URL`` for the next time.

Each ratio is to a reference page of ``references.py`` in the same run: on the wall, and in processor time of the
web process alone, which a busy machine does not change.
"""

import json
import sys
from statistics import median
from time import perf_counter

from benchmarks.database import analyse, own_database, say, set_up_django, taking_turns

set_up_django()

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks import tickets
from tests import factories
from tests.mail import letters
from wagtail_escalated.admin.inbox.keyset import Cursor
from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.realtime.versions import cursor_at

ROUNDS = 25
#: Two words that stand in nine of ten messages, and two that stand in one or two of ten.
SEARCHES = {"two very common words": (0, 1), "two common words": (5, 12)}


def main(count: int, *, keep: bool) -> None:
    with (
        own_database(keep=keep),
        override_settings(ROOT_URLCONF="benchmarks.references", ALLOWED_HOSTS=["*"]),
    ):
        call_command("escalated_install", verbosity=0)
        begin = perf_counter()
        desk = tickets.filled_before() or tickets.fill(count, messages_each=10)
        analyse()
        say(f"write {count} tickets of ten messages", perf_counter() - begin, "s")
        client = Client()
        client.force_login(desk.agent.user)
        pages(client, desk)
        page_thousand(client, desk)
        search(client)
        dashboard()
        webhook()


def pages(client: Client, desk: tickets.Desk) -> None:
    inbox = reverse("wagtail_escalated_admin:inbox")
    of = {
        "empty admin page": reverse("empty_page"),
        "bare listing": reverse("bare_listing"),
        "inbox": inbox,
        "ticket of 20": ticket_url(desk.long),
        "ticket of 200": ticket_url(desk.very_long),
    }
    times = compared(client, of)
    ratio("inbox / bare listing", times["inbox"], times["bare listing"], 1.5)
    ratio("ticket of 20 / empty admin page", times["ticket of 20"], times["empty admin page"], 2.5)
    say("inbox: queries, cold cache", queries(client, inbox), "queries", 15)
    # A browser asks nothing else until the page is idle (tests/browser/test_agent.py): the badges come with the
    # page, what is missed with the socket. Only where sockets are off it asks for changes.
    live = f"{reverse('wagtail_escalated:events')}?after={cursor_at(timezone.now())}"
    say("inbox: without sockets, with the first poll", queries(client, inbox, live), "queries")
    say("ticket of 20: queries, cold cache", queries(client, of["ticket of 20"]), "queries", 20)
    say("ticket of 200: queries, cold cache", queries(client, of["ticket of 200"]), "queries", 20)


def page_thousand(client: Client, desk: tickets.Desk) -> None:
    """By the cursor that page 999 of all tickets ends with; on a small desk of its last page."""
    inbox = reverse("wagtail_escalated_admin:inbox")
    everything = tickets_for(desk.agent.user, "view_internal").order_by("-last_message_at", "-pk")
    position = min(999 * 25, everything.count() - 26)
    last: Ticket = everything[position - 1]
    cursor = Cursor(last.last_message_at, last.pk, position).encode()
    query = f"{inbox}?ordering=-last_message_at"
    times = compared(client, {"page 1": query, "page 1,000": f"{query}&after={cursor}"})
    ratio("page 1,000 / page 1", times["page 1,000"], times["page 1"], 1.5)


def search(client: Client) -> None:
    inbox, listing = reverse("wagtail_escalated_admin:inbox"), reverse("bare_listing")
    for name, ranks in SEARCHES.items():
        words = [tickets.word(rank) for rank in ranks]
        client.get(inbox, {"search": " ".join(words)})
        times = taking_turns(
            {
                "raw": lambda words=words: raw_search(words),
                "listing": lambda: client.get(listing),
                "page": lambda words=words: client.get(inbox, {"search": " ".join(words)}),
            },
            5,
        )
        say(f"{name}: raw full-text query", times["raw"][0], "ms")
        say(f"{name}: page of the search", times["page"][0], "ms")
        both = times["raw"][0] + times["listing"][0]
        say(f"{name}: page / (raw query + bare listing)", times["page"][0] / both, "×", 5)


def raw_search(words: list[str]) -> None:
    """The tickets with both words in one reply, newest 25: the least that a search could do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id FROM wagtail_escalated_ticket t WHERE t.id IN ("
            " SELECT ticket_id FROM wagtail_escalated_reply"
            " WHERE esc_search @@ to_tsquery('simple', %s))"
            " ORDER BY t.last_message_at DESC LIMIT 25",
            [" & ".join(f"{word}:*" for word in words)],
        )
        cursor.fetchall()


def dashboard() -> None:
    client = Client()
    client.force_login(factories.make_manager(f"manager-{timezone.now():%H%M%S}"))
    url = reverse("wagtail_escalated_admin:dashboard")
    client.get(url)
    say("dashboard: queries, cold cache", queries(client, url), "queries", 15)
    cache.clear()
    begin = perf_counter()
    client.get(url)
    say("dashboard: time, cold cache", (perf_counter() - begin) * 1000, "ms")


def compared(client: Client, pages: dict[str, str]) -> dict[str, tuple[float, float]]:
    def get(url: str) -> None:
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)

    times = taking_turns({name: lambda u=url: get(u) for name, url in pages.items()}, ROUNDS)
    for name, (wall, _cpu) in times.items():
        say(f"{name}: time", wall, "ms")
    return times


def ratio(what: str, ours: tuple[float, float], reference: tuple[float, float], limit) -> None:
    say(f"{what}, on the wall", ours[0] / reference[0], "×", limit)
    say(f"{what}, processor time", ours[1] / reference[1], "×", limit)


def ticket_url(ticket: Ticket) -> str:
    return reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])


def queries(client: Client, *urls: str) -> int:
    """Over all these requests."""
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        for url in urls:
            client.get(url)
    return len(captured)


def webhook() -> None:
    client = Client()
    payloads = [
        json.dumps(letters.postmark(letters.letter(text="It is dark. " * 4000)))
        for _ in range(ROUNDS)
    ]
    times = []
    for payload in payloads:
        begin = perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = letters.post_json(client, payload)
        times.append((perf_counter() - begin) * 1000)
        assert response.status_code == 200, response.content
    own = [query for query in captured if "django_q" not in query["sql"]]
    say("webhook, a letter of 50 kB: time", median(times), "ms")
    say("webhook, a letter of 50 kB: queries", len(own), "queries", 6)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(next(iter(numbers), 100_000), keep="--keep" in sys.argv)
