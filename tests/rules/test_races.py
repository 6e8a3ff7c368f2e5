"""Rules on two connections at once, on PostgreSQL: each acts once for each ticket and state."""

import random

import pytest

from tests.actions.test_races import at_once, same
from tests.factories import make_agent, make_department, make_manager, make_ticket
from tests.rules.made import all_of, automation, macro, workflow
from wagtail_escalated import tasks
from wagtail_escalated.actions import bulk_runs, messages, tickets
from wagtail_escalated.actions.bulk import run_bulk
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail import later
from wagtail_escalated.models import BulkItem, RuleOutcome, Ticket, TicketEvent

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_runs_by_itself(monkeypatch):
    monkeypatch.setattr(later, "put", lambda *args, **kwargs: None)


def untold():
    return list(TicketEvent.objects.filter(reacted_at=None).values_list("pk", flat=True))


def test_two_schedules_at_once_let_an_automation_act_once_on_each_ticket():
    rule = automation(all_of(("open", "yes")), ("note", "Seen."), ("reply", "We are at it."))
    waiting = [make_ticket() for _number in range(6)]
    at_once(*[automations.run_all] * 3)
    for ticket in waiting:
        assert (ticket.notes.count(), ticket.replies.count()) == (1, 1)
    assert RuleOutcome.objects.filter(automation=rule, result="done").count() == 6


def test_run_now_and_the_schedule_at_once():
    rule = automation(all_of(("open", "yes")), ("note", "Seen."))
    ticket, boss = make_ticket(), make_manager()
    at_once(automations.run_all, lambda: tasks.run_automation(rule.pk, str(boss.pk)))
    assert ticket.notes.count() == 1


def test_an_automation_and_an_agent_at_once_leave_one_history():
    agent = make_agent()
    automation(all_of(("status", "is", ["open"])), ("status", "escalated"))
    ticket = make_ticket()
    at_once(
        automations.run_all,
        lambda: tickets.set_status(same(ticket), "resolved", actor=agent.user),
    )
    path = ["open"]
    for event in ticket.events.filter(kind="status").order_by("pk"):
        assert event.data["before"] == path[-1]
        path.append(event.data["after"])
    assert path[-1] == same(ticket).status == "resolved"


def test_many_workers_at_once_answer_each_row_once_and_in_order():
    first = workflow(["created", "priority", "replied"], ("note", "1"), name="First")
    second = workflow(["priority", "noted"], ("type", "task"), name="Second")
    waiting = [make_ticket() for _number in range(3)]
    for ticket in waiting:
        tickets.set_priority(ticket, "high", actor=SYSTEM)
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    rows = untold()
    for _round in range(8):
        shares = [random.sample(rows, len(rows)) for _worker in range(3)]
        at_once(*(lambda share=share: [tasks.react([pk]) for pk in share] for share in shares))
        rows = untold()
        if not rows:
            break
    assert not rows
    for ticket in waiting:
        done = RuleOutcome.objects.filter(workflow=first, ticket=ticket, result="done")
        events = list(done.order_by("pk").values_list("run__event", flat=True))
        assert len(events) == 3
        assert events == sorted(events)
        assert same(ticket).note_count == 3
        states = list(
            RuleOutcome.objects.filter(workflow=second, ticket=ticket, state__isnull=False)
            .order_by("pk")
            .values_list("state", flat=True)
        )
        assert len(states) == len(set(states))


def test_one_bulk_run_in_two_workers_replies_once_to_each():
    department = make_department("Sales")
    agent = make_agent(departments=(department,))
    rule = macro(("reply", "Thank you."))
    waiting = [make_ticket(department=department) for _number in range(5)]
    chosen = [(ticket.pk, ticket.reference) for ticket in waiting]
    run = bulk_runs.begin(chosen, what="macro", value=str(rule.pk), query="", user=agent.user)
    at_once(*[lambda: tasks.go_on_with_bulk_run(run.pk)] * 3)
    assert [ticket.replies.count() for ticket in waiting] == [1] * 5
    assert set(run.items.values_list("state", flat=True)) == {BulkItem.State.DONE}
    assert Ticket.objects.filter(reply_count=1).count() == 5


def test_one_undo_token_used_by_two_at_once_takes_back_once():
    boss, ticket = make_manager(), make_ticket()
    result = run_bulk([ticket], lambda t: tickets.set_priority(t, "urgent", actor=boss), actor=boss)
    answers = at_once(*[lambda: tickets.undo(result.undo_token)] * 2)
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert same(ticket).priority_name == "medium"
    assert ticket.events.filter(kind="undone").count() == 1
