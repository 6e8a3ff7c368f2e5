"""Workflows: started by a letter, a click or a deadline, in the worker."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_agent, make_department, make_ticket
from tests.rules.made import all_of, any_of, workflow
from wagtail_escalated import tasks
from wagtail_escalated.actions import messages, sla, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail import later
from wagtail_escalated.models import (
    EventKind,
    RuleOutcome,
    SLAClock,
    SLAPolicy,
    SLATarget,
    Tag,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db(transaction=True)
Result = RuleOutcome.Result


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def results(rule):
    return [(row.result, row.reason) for row in RuleOutcome.objects.filter(workflow=rule)]


def test_a_new_ticket_that_meets_the_conditions_is_changed_and_its_history_says_by_which_rule():
    tag = Tag.objects.create(name="Billing")
    rule = workflow(
        "created",
        ("priority", "high"),
        ("add_tags", [str(tag.pk)]),
        conditions=all_of(("subject", "contains", "invoice"), ("priority", "is", ["medium"])),
        name="Invoices",
    )
    ticket = make_ticket(subject="My INVOICE is wrong")
    other = make_ticket(subject="Printer")

    assert fresh(ticket).priority == 2
    assert list(ticket.tags.all()) == [tag]
    assert fresh(other).priority == 1
    row = TicketEvent.objects.get(ticket=ticket, kind=EventKind.PRIORITY)
    assert row.data["rule_names"] == ["Invoices"]
    assert row.cause.kind == EventKind.CREATED
    assert row.door == "workflow"
    [outcome] = RuleOutcome.objects.filter(workflow=rule)
    assert outcome.run.event.kind == EventKind.CREATED
    assert [deed["changed"] for deed in outcome.done] == [True, True]


def test_conditions_are_nested():
    conditions = all_of(
        ("status", "is_not", ["closed"]),
        any_of(("subject", "contains", "refund"), ("words", "contains", "money back")),
    )
    workflow("created", ("priority", "urgent"), conditions=conditions)
    told = make_ticket(description="I want my money back!")
    untold = make_ticket(description="Thank you.")
    assert fresh(told).priority == 3
    assert fresh(untold).priority == 1


def test_who_did_it_matters():
    agent = make_agent(departments=(make_department(),))
    workflow("replied", ("priority", "high"), by="customer")
    ticket = make_ticket()
    messages.reply(ticket, body="Hello", actor=agent.user)
    assert fresh(ticket).priority == 1
    messages.reply(ticket, body="Hello", actor=ticket.requester)
    assert fresh(ticket).priority == 2


def test_a_workflow_does_not_start_itself_and_the_log_says_so():
    rule = workflow("priority", ("note", "Changed."), ("priority", "high"))
    ticket = make_ticket()
    tickets.set_priority(ticket, "low", actor=SYSTEM)
    assert fresh(ticket).note_count == 1
    assert [result for result, _why in results(rule)] == [Result.DONE, Result.STOPPED]
    assert "loop" in results(rule)[1][1]


def test_two_workflows_that_undo_each_other_come_to_an_end():
    up = workflow("priority", ("priority", "high"), conditions=all_of(("priority", "is", ["low"])))
    down = workflow(
        "priority", ("priority", "low"), conditions=all_of(("priority", "is", ["high"]))
    )
    ticket = make_ticket()
    tickets.set_priority(ticket, "low", actor=SYSTEM)
    assert fresh(ticket).priority == 0
    up_did = [result for result, _why in results(up)]
    assert up_did.count(Result.DONE) == 1
    assert Result.STOPPED in up_did
    assert [result for result, _why in results(down)].count(Result.DONE) == 1


def test_what_cannot_be_done_changes_nothing_and_stands_in_the_log():
    agent = make_agent(departments=(make_department(),))
    elsewhere = make_department("Elsewhere")
    rule = workflow("created", ("priority", "high"), ("assign", str(agent.pk)))
    ticket = make_ticket(department=elsewhere)
    assert fresh(ticket).priority == 1
    [(result, reason)] = results(rule)
    assert result == Result.FAILED
    assert "Elsewhere" in reason
    assert not TicketEvent.objects.filter(ticket=ticket, kind=EventKind.PRIORITY).exists()


def test_a_rule_that_names_something_deleted_does_nothing():
    tag = Tag.objects.create(name="Gone")
    rule = workflow("created", ("priority", "high"), ("add_tags", [str(tag.pk)]))
    negated = workflow(
        "created", ("priority", "low"), conditions=all_of(("tags", "none", [str(tag.pk)]))
    )
    tag.delete()
    ticket = make_ticket()
    assert fresh(ticket).priority == 1
    assert results(rule) == results(negated) == []


def test_a_missed_deadline_escalates():
    policy = SLAPolicy.objects.create(name="Fast", default_key=True)
    SLATarget.objects.create(
        policy=policy, priority=1, metric="first_response", minutes=60, business_time=False
    )
    workflow(
        "sla_breached",
        ("escalate",),
        conditions=all_of(("sla_missed", "is", ["first_response"])),
    )
    ticket = make_ticket()
    assert SLAClock.objects.filter(ticket=ticket).exists()
    sla.check_breaches(timezone.now() + timedelta(hours=2))
    assert (fresh(ticket).status, fresh(ticket).priority) == ("escalated", 2)


def test_the_same_rows_told_in_any_order_are_answered_in_theirs(monkeypatch):
    first = workflow("priority", ("add_tags", [str(Tag.objects.create(name="seen").pk)]))
    told = []
    monkeypatch.setattr(tasks, "enqueue", lambda task, *args: told.append(args))
    ticket = make_ticket()
    for priority in ("low", "high", "urgent"):
        tickets.set_priority(ticket, priority, actor=SYSTEM)
    rows = list(TicketEvent.objects.filter(ticket=ticket).values_list("pk", flat=True))
    for pk in reversed(rows):
        tasks.react([pk])
    outcomes = RuleOutcome.objects.filter(workflow=first).order_by("pk")
    assert [one.run.event_id for one in outcomes] == rows[1:]
    tasks.react(rows)
    assert RuleOutcome.objects.filter(workflow=first).count() == 3


def test_a_workflow_that_is_not_meant_adds_at_most_three_queries(monkeypatch):
    monkeypatch.setattr(tasks, "enqueue", lambda task, *args: None)

    def queries():
        ticket = make_ticket()
        rows = list(TicketEvent.objects.filter(ticket=ticket).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as captured:
            tasks.react(rows)
        assert not TicketEvent.objects.filter(pk__in=rows, reacted_at=None).exists()
        return len(captured)

    before = queries()
    for number in range(20):
        workflow(
            "created",
            ("priority", "high"),
            conditions=all_of(("subject", "contains", f"no such word {number}")),
        )
    assert queries() - before <= 3


@pytest.mark.services
class TestAWorkerThatComesOutOfTurn:
    """A later row of a ticket is taken first; what stands before it belongs to other workflows, too."""

    @pytest.fixture(autouse=True)
    def waiting(self, monkeypatch):
        monkeypatch.setattr(later.Conf, "SYNC", False)

    def take(self, ticket, kind):
        rows = TicketEvent.objects.filter(ticket=ticket, kind=kind)
        tasks.react(list(rows.values_list("pk", flat=True)))

    def test_loses_nothing_that_another_workflow_waits_for(self):
        workflow(
            ["created", "status"],
            ("note", "Never."),
            conditions=all_of(("subject", "contains", "xyz")),
        )
        workflow("created", ("note", "Welcome."), name="Greeter")
        ticket = make_ticket()
        tickets.set_status(ticket, "escalated", actor=SYSTEM)
        self.take(ticket, EventKind.STATUS)
        self.take(ticket, EventKind.CREATED)
        assert [note.body for note in ticket.notes.all()] == ["Welcome."]

    def test_answers_what_was_before_first(self):
        workflow("created", ("type", "task"))
        workflow("status", ("type", "incident"), name="Then")
        ticket = make_ticket()
        tickets.set_status(ticket, "escalated", actor=SYSTEM)
        self.take(ticket, EventKind.STATUS)
        self.take(ticket, EventKind.CREATED)
        assert fresh(ticket).type == "incident"
