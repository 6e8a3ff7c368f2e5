# ruff: noqa: E402 (Django must be set up first)
"""Rules: a hundred automations with nothing to do among a hundred thousand tickets.

DATABASE_URL=postgres://… python -m benchmarks.rules
"""

from benchmarks.database import analyse, own_database, say, set_up_django

set_up_django()

from datetime import timedelta
from statistics import median
from time import perf_counter, process_time

from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from benchmarks.tickets import fill
from wagtail_escalated import tasks
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.models import (
    OPEN_STATUSES,
    PRIORITY_NAMES,
    AgentProfile,
    Automation,
    Department,
    Tag,
    Ticket,
    TicketEvent,
    Workflow,
)

TICKETS, RULES = 100_000, 100
ACTIONS = {"version": 1, "actions": [{"action": "note", "value": "Look at it."}]}


def main() -> None:
    with own_database():
        call_command("escalated_install", verbosity=0)
        fill(TICKETS)
        # No deadline passes while this is measured.
        due = Ticket.objects.filter(next_due_at__isnull=False)
        due.update(next_due_at=F("next_due_at") + timedelta(hours=2))
        make_automations()
        analyse()
        idle()
        busy()
        events()


def make_automations() -> None:
    """Of the kinds that desks have, each one step beyond what any ticket is."""
    departments = [str(pk) for pk in Department.objects.values_list("pk", flat=True)]
    agents = [str(pk) for pk in AgentProfile.objects.values_list("pk", flat=True)]
    tags = [str(pk) for pk in Tag.objects.values_list("pk", flat=True)]
    year = 366 * 24
    kinds = [
        lambda n: [
            ("status", "is", ["waiting_on_customer"]),
            ("hours_since_message", "at_least", year),
        ],
        lambda n: [
            ("open", "yes"),
            ("priority", "is", [PRIORITY_NAMES[n % 5]]),
            ("hours_since_update", "at_least", year),
        ],
        lambda n: [("open", "yes"), ("minutes_left", "at_most", n % 30)],
        lambda n: [
            ("department", "is", [departments[n % len(departments)]]),
            ("status", "is", ["open", "reopened"]),
            ("hours_since_created", "at_least", year),
        ],
        lambda n: [("open", "yes"), ("sla_percent", "at_least", 1000)],
        lambda n: [
            ("assignee", "is", [agents[n % len(agents)]]),
            ("status", "is", list(OPEN_STATUSES)),
            ("hours_since_message", "at_least", year),
        ],
        lambda n: [
            ("status", "is", ["resolved"]),
            ("tags", "any", [tags[n % len(tags)]]),
            ("hours_since_status", "at_least", 72),
        ],
        lambda n: [("open", "yes"), ("subject", "contains", f"word that nobody wrote {n}")],
        lambda n: [("status", "is", ["escalated"]), ("sla_missed", "is", ["resolution"])],
        lambda n: [("open", "yes"), ("replies", "at_least", 1000 + n)],
    ]
    for number in range(RULES):
        rows = [
            dict(zip(("field", "operator", "value"), row, strict=False))
            for row in kinds[number % len(kinds)](number)
        ]
        Automation.objects.create(
            name=f"Automation {number}",
            conditions={"version": 1, "match": "all", "conditions": rows},
            actions=ACTIONS,
        )


def idle() -> None:
    took, queries = [], 0
    for _time in range(5):
        with CaptureQueriesContext(connection) as captured:
            wall, own = perf_counter(), process_time()
            logs = automations.run_all()
            took.append((perf_counter() - wall, process_time() - own))
        queries = len(captured)
        assert not any(log.done or log.failed for log in logs)
    walls, cpu = zip(*took, strict=True)
    say(f"{RULES} automations, {TICKETS} tickets, nothing to do", median(walls), "s", 3)
    say(f"{RULES} automations, {TICKETS} tickets, nothing to do: CPU", median(cpu), "s")
    say("queries for that, for each automation", queries / RULES, "", 2)


def busy() -> None:
    """A thousand that match, each in a transaction of its own."""
    keys = list(Ticket.objects.filter(is_open=True).values_list("pk", flat=True)[:1000])
    Ticket.objects.filter(pk__in=keys).update(subject="A thousand of them")
    rule = Automation.objects.create(
        name="Busy",
        conditions={
            "version": 1,
            "match": "all",
            "conditions": [{"field": "subject", "operator": "contains", "value": "thousand of"}],
        },
        actions={"version": 1, "actions": [{"action": "type", "value": "incident"}]},
    )
    began = perf_counter()
    log = automations.run(rule)
    assert log.done == len(keys)
    say("one automation that changes 1000 tickets", perf_counter() - began, "s")
    rule.delete()


def events() -> None:
    """What twenty workflows that do not match add to an event."""
    from tests.factories import make_ticket

    def react() -> tuple[float, int]:
        took, queries = [], 0
        for _time in range(20):
            ticket = make_ticket()
            rows = list(TicketEvent.objects.filter(ticket=ticket).values_list("pk", flat=True))
            with CaptureQueriesContext(connection) as captured:
                began = perf_counter()
                tasks.react(rows)
                took.append(perf_counter() - began)
            queries = len(captured)
        return median(took) * 1000, queries

    before, few = react()
    for number in range(20):
        Workflow.objects.create(
            name=f"Workflow {number}",
            events=["created"],
            conditions={
                "version": 1,
                "match": "all",
                "conditions": [
                    {"field": "subject", "operator": "contains", "value": f"nowhere {number}"}
                ],
            },
            actions=ACTIONS,
        )
    after, many = react()
    say("20 workflows that don't match add to an event", after - before, "ms")
    say("queries that they add", many - few, "", 3)


if __name__ == "__main__":
    main()
