"""What nobody foresaw: an action of the host's that breaks, a database that is away, a reaction that fails."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.factories import make_manager, make_ticket
from tests.rules.made import all_of, automation, macro, workflow
from wagtail_escalated import jobs, reactions, tasks
from wagtail_escalated.actions.rules import automations, catalogue, macros
from wagtail_escalated.models import JobRun, RuleOutcome, Ticket, TicketEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
WRONG = "Something went wrong; it is in the log of the site."


def break_at(ticket, value, doing):
    raise ZeroDivisionError("An action of the host")


def be_away(ticket, value, doing):
    raise OperationalError("The database is away")


@pytest.fixture(autouse=True)
def of_the_host(monkeypatch):
    for name, does in (("breaks", break_at), ("is_away", be_away)):
        action = catalogue.RuleAction(name, name.title(), name.title(), does)
        monkeypatch.setitem(catalogue.ACTIONS, name, action)


def priority(ticket):
    return Ticket.objects.get(pk=ticket.pk).priority_name


def failed(**rule):
    return [one.reason for one in RuleOutcome.objects.filter(**rule, result="failed")]


def test_an_automation_that_breaks_changes_nothing_says_so_once_and_the_others_go_on():
    broken = automation(all_of(("open", "yes")), ("type", "task"), ("breaks",))
    automation(all_of(("open", "yes")), ("priority", "high"), name="Sound")
    ticket = make_ticket()
    for _minute in range(2):
        automations.run_all()
    assert (priority(ticket), Ticket.objects.get().type) == ("high", "question")
    assert failed(automation=broken) == [WRONG]


def test_a_workflow_that_breaks_changes_nothing_and_the_others_go_on():
    broken = workflow("created", ("type", "task"), ("breaks",))
    workflow("created", ("priority", "high"), name="Sound")
    ticket = make_ticket()
    assert (priority(ticket), Ticket.objects.get().type) == ("high", "question")
    assert failed(workflow=broken) == [WRONG]
    assert not TicketEvent.objects.filter(reacted_at=None).exists()


def test_a_macro_that_breaks_is_told_to_who_clicks():
    rule = macro(("type", "task"), ("breaks",))
    result = macros.run(rule, [make_ticket()], actor=make_manager())
    assert [failure.reason for failure in result.failed] == [WRONG]
    assert Ticket.objects.get().type == "question"


def test_a_database_that_was_away_is_asked_again(monkeypatch):
    rule = workflow("created", ("is_away",))
    ticket = make_ticket()
    assert not RuleOutcome.objects.exists()
    rule.actions = {"version": 1, "actions": [{"action": "priority", "value": "high"}]}
    rule.save()
    tasks.sweep_reactions(timezone.now() + timedelta(minutes=2))
    assert priority(ticket) == "high"


class TestAReactionThatFails:
    """At one ticket; the sweeper comes for those of all."""

    @pytest.fixture(autouse=True)
    def fails_at_one(self, monkeypatch):
        self.told = []
        self.poor, self.other = make_ticket(), make_ticket()
        TicketEvent.objects.update(reacted_at=None)

        def react(events):
            if any(event.ticket_id == self.poor.pk for event in events):
                raise ZeroDivisionError("A reaction of the host")
            self.told += [event.ticket_id for event in events]

        monkeypatch.setattr(reactions, "_reactions", {"host": react})

    def age(self, by):
        TicketEvent.objects.update(created_at=timezone.now() - by)

    def test_keeps_no_other_waiting_and_the_job_says_how_many(self):
        self.age(timedelta(minutes=5))
        jobs.run("escalated_sweep_reactions")
        assert self.told == [self.other.pk]
        assert [one.ticket_id for one in TicketEvent.objects.filter(reacted_at=None)] == [
            self.poor.pk
        ]
        assert "1 history entries reacted to, 1 failed" in JobRun.objects.get().result

    def test_is_given_up_after_a_day(self):
        self.age(timedelta(days=2))
        for _minute in range(2):
            jobs.run("escalated_sweep_reactions")
        assert self.told == [self.other.pk]
        assert not TicketEvent.objects.filter(reacted_at=None).exists()
        assert JobRun.objects.latest("pk").result == "0 history entries reacted to"
