# ruff: noqa: E402 (Django must be set up first)
"""What agents do with 100,000 tickets: one change, many at once, and the counts of their views.

python -m benchmarks.work [number of tickets]
"""

import re
import sys
from statistics import median
from time import perf_counter, process_time

from benchmarks.database import analyse, own_database, say, set_up_django, taking_turns

set_up_django()

from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import tickets
from wagtail_escalated import tasks, views_of_tickets
from wagtail_escalated.actions import assignment
from wagtail_escalated.actions import tickets as actions
from wagtail_escalated.filters import TicketFilter
from wagtail_escalated.models import AgentProfile, BulkRun, Ticket
from wagtail_escalated.permissions import tickets_for

#: The broker's row, and where a transaction begins and ends.
BESIDE = re.compile("django_q|^(BEGIN|COMMIT|SAVEPOINT|RELEASE)")
#: Beside the seven standing views.
SAVED = {
    "urgent": TicketFilter(open=True, priority=("urgent", "critical")),
    "by mail": TicketFilter(open=True, channel=("email",)),
    "with one tag": TicketFilter(tags_any=("5",)),
    "of a department": TicketFilter(open=True, department=("1",)),
    "solved": TicketFilter(status=("resolved",)),
}


def main(count: int) -> None:
    with own_database(), override_settings(ALLOWED_HOSTS=["*"]):
        call_command("escalated_install", verbosity=0)
        desk = tickets.fill(count)
        analyse()
        counts(desk)
        changes(desk)
        bulk(desk)


def counts(desk: tickets.Desk) -> None:
    user = desk.agent.user
    standing = {key: view.filter for key, view in views_of_tickets.STANDING_VIEWS.items()}
    wanted = standing | SAVED

    def count() -> None:
        allowed = tickets_for(user, "view_internal")
        views_of_tickets.count_views(allowed, wanted, user=user)

    count()
    with CaptureQueriesContext(connection) as captured:
        count()
    say(f"counts of {len(wanted)} views: queries", len(captured), "queries", 2)
    say(f"counts of {len(wanted)} views: time", taking_turns({"all": count}, 9)["all"][0], "ms")


def changes(desk: tickets.Desk) -> None:
    """Queries of one change, whatever the ticket's size; its task in the queue is the broker's."""
    user = desk.agent.user
    other = AgentProfile.objects.exclude(pk=desk.agent.pk).first()
    for name, change in {
        "priority": lambda ticket: actions.set_priority(ticket, "urgent", actor=user),
        "status": lambda ticket: actions.set_status(ticket, "waiting_on_customer", actor=user),
        "assignee": lambda ticket: assignment.assign(ticket, other, actor=user),
        "type": lambda ticket: actions.set_type(ticket, "task", actor=user),
    }.items():
        for size, ticket in ((20, desk.long), (200, desk.very_long)):
            ticket = Ticket.objects.get(pk=ticket.pk)
            with CaptureQueriesContext(connection) as captured:
                change(ticket)
            own = [query for query in captured if not BESIDE.search(query["sql"])]
            say(f"change the {name}, ticket of {size}: queries", len(own), "queries", 12)


def bulk(desk: tickets.Desk) -> None:
    client = Client()
    client.force_login(desk.agent.user)
    url = reverse("wagtail_escalated_admin:inbox_bulk")
    references = list(
        tickets_for(desk.agent.user, "work")
        .filter(is_open=True, priority__lt=2)
        .values_list("reference", flat=True)[:1650]
    )
    took: dict[int, list[tuple[float, float]]] = {50: [], 500: []}
    for _round in range(3):
        for size, times in took.items():
            chosen = [references.pop() for _number in range(size)]
            wall, cpu = perf_counter(), process_time()
            response = client.post(url, {"ticket": chosen, "do": "priority:high"})
            for run in BulkRun.objects.filter(finished_at=None).values_list("pk", flat=True):
                while BulkRun.objects.filter(pk=run, finished_at=None).exists():
                    tasks.go_on_with_bulk_run(run)  # what is beyond one request is the worker's
            times.append((perf_counter() - wall, process_time() - cpu))
            assert response.status_code == 302, response.status_code
    small, large = ([median(column) for column in zip(*took[size], strict=True)] for size in took)
    for number, clock in enumerate(("", ": CPU")):
        say(f"bulk of 50{clock}", small[number], "s")
        say(f"bulk of 500 / bulk of 50{clock}", large[number] / small[number], "×", 11)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
