# ruff: noqa: E402 (Django must be set up first)
"""The API with 100,000 tickets: a page of 50 beside its raw SQL, one ticket, a new one.

python -m benchmarks.api [number of tickets]
"""

import json
import sys
from statistics import median
from time import perf_counter

from benchmarks.database import analyse, own_database, say, set_up_django

set_up_django()

from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import tickets
from benchmarks.work import BESIDE
from wagtail_escalated.actions import api_tokens
from wagtail_escalated.api import callers

ROUNDS = 41


def main(count: int) -> None:
    callers.Throttle.LIMIT = 10**9
    with own_database(), override_settings(ALLOWED_HOSTS=["*"]):
        call_command("escalated_install", verbosity=0)
        desk = tickets.fill(count)
        analyse()
        scopes = ["read", "write", "manage"]
        _row, token = api_tokens.create(desk.agent.user, name="benchmark", scopes=scopes)
        client = Client(headers={"Authorization": f"Bearer {token}"})
        page_of_fifty(client)
        one_ticket(client, desk)
        new_ticket(client)


def page_of_fifty(client: Client) -> None:
    url = reverse("wagtail_escalated:api_tickets") + "?page_size=50"
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert len(client.get(url).json()["results"]) == 50
    say("page of 50: queries", len(captured), "queries", 6)
    statements = [query["sql"] for query in captured]
    whole, raw = [], []
    for _round in range(ROUNDS):
        whole.append(timed(lambda: client.get(url)))
        raw.append(timed(lambda: run(statements)))
    say("page of 50: time", median(whole), "ms")
    say("page of 50: its own SQL alone", median(raw), "ms")
    say("page of 50 / its SQL", median(whole) / median(raw), "×", 3)
    deep = url
    for _page in range(40):
        deep = client.get(deep).json()["next"]
    say("page 41 by cursor: time", median(timed(lambda: client.get(deep)) for _ in range(21)), "ms")


def run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.replace("%", "%%"))
            cursor.fetchall()


def one_ticket(client: Client, desk: tickets.Desk) -> None:
    for name, ticket in (("20", desk.long), ("200", desk.very_long)):
        url = reverse("wagtail_escalated:api_ticket", args=[ticket.reference])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        say(f"ticket of {name} messages: queries", len(captured), "queries")
        times = [timed(lambda url=url: client.get(url)) for _ in range(21)]
        say(f"ticket of {name} messages: time", median(times), "ms")


def new_ticket(client: Client) -> None:
    url = reverse("wagtail_escalated:api_tickets")
    sent = json.dumps({"subject": "The lamp", "description": "It is dark."})
    times = []
    for _round in range(ROUNDS):
        with CaptureQueriesContext(connection) as captured:
            begin = perf_counter()
            answer = client.post(url, sent, content_type="application/json")
            times.append((perf_counter() - begin) * 1000)
        assert answer.status_code == 201, answer.content
    own = [query for query in captured if not BESIDE.search(query["sql"])]
    say("create a ticket: queries", len(own), "queries", 20)
    say("create a ticket: time", median(times), "ms")


def timed(call) -> float:
    begin = perf_counter()
    call()
    return (perf_counter() - begin) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
