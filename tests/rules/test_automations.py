"""Automations: run by their schedule, as often as it likes."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.factories import make_manager, make_ticket
from tests.rules.made import all_of, automation, workflow
from tests.sla.promises import at, make_hours, make_policy
from wagtail_escalated.actions import messages, sla, tickets
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import (
    Automation,
    RuleOutcome,
    RuleRun,
    SLAPolicy,
    SLATarget,
    Tag,
    Ticket,
)

pytestmark = pytest.mark.django_db
Result = RuleOutcome.Result


def run(hours=0):
    return automations.run_all(timezone.now() + timedelta(hours=hours))


def priorities(*which):
    return [Ticket.objects.get(pk=ticket.pk).priority for ticket in which]


@pytest.mark.services
def test_it_acts_when_the_time_has_come_and_once():
    rule = automation(
        all_of(("open", "yes"), ("hours_since_message", "at_least", 48)),
        ("reply", "Are you still there, {{ requester.first_name }}?"),
    )
    ticket = make_ticket()
    run(47)
    assert ticket.replies.count() == 0
    for hours in (49, 49, 50):
        run(hours)
    assert ticket.replies.count() == 1
    assert RuleOutcome.objects.get(automation=rule).result == Result.DONE


def test_it_acts_again_when_the_customer_has_written_and_waited_again():
    automation(
        all_of(("customer_wrote_last", "yes"), ("hours_since_message", "at_least", 24)),
        ("note", "Nobody has answered for a day."),
    )
    ticket = make_ticket()
    run(25)
    assert Ticket.objects.get(pk=ticket.pk).note_count == 1
    later = timezone.now() + timedelta(hours=30)
    messages.reply(ticket, body="Hello?", actor=ticket.requester, now=later)
    run(31)
    assert Ticket.objects.get(pk=ticket.pk).note_count == 1
    run(60)
    assert Ticket.objects.get(pk=ticket.pk).note_count == 2


def test_a_change_that_does_not_matter_does_not_make_it_act_again():
    automation(all_of(("open", "yes")), ("note", "Hello."))
    ticket = make_ticket()
    run()
    tickets.add_tags(ticket, ["other"], actor=SYSTEM)
    run()
    assert Ticket.objects.get(pk=ticket.pk).note_count == 1


def test_two_that_undo_each_other_act_once_each():
    automation(all_of(("priority", "is", ["low"])), ("priority", "high"))
    automation(all_of(("priority", "is", ["high"])), ("priority", "low"))
    ticket = make_ticket(priority="low")
    for _minute in range(6):
        run()
    assert RuleOutcome.objects.filter(ticket=ticket).count() == 2
    tickets.set_priority(ticket, "high", actor=ticket.requester.user or SYSTEM)
    for _minute in range(6):
        run()
    assert RuleOutcome.objects.filter(ticket=ticket).count() <= 4


def test_a_thousand_matches_are_all_done_in_batches():
    rule = automation(all_of(("priority", "is", ["medium"])), ("priority", "high"))
    template = make_ticket()
    rows = []
    for number in range(249):
        row = Ticket.objects.get(pk=template.pk)
        row.pk, row.reference = None, f"ESC-T-{number}"
        rows.append(row)
    Ticket.objects.bulk_create(rows)
    [log] = run()
    assert (log.done, log.failed) == (250, 0)
    assert set(Ticket.objects.values_list("priority", flat=True)) == {2}
    assert RuleRun.objects.filter(automation=rule).count() == 1


def test_what_fails_is_told_once_and_left_alone_until_the_ticket_changes():
    rule = automation(
        all_of(("status", "is", ["resolved"])), ("priority", "high"), ("status", "open")
    )
    ticket = make_ticket()
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    run()
    run()
    [outcome] = RuleOutcome.objects.filter(automation=rule)
    assert outcome.result == Result.FAILED
    assert "Resolved" in outcome.reason
    assert priorities(ticket) == [1]


def test_a_broken_one_does_nothing_and_the_others_go_on():
    tag = Tag.objects.create(name="Gone")
    automation(all_of(("tags", "none", [str(tag.pk)])), ("priority", "low"), name="Broken")
    automation(all_of(("open", "yes")), ("priority", "urgent"), name="Sound")
    tag.delete()
    ticket = make_ticket()
    run()
    assert priorities(ticket) == [3]


@pytest.mark.services
def test_a_share_of_the_promised_time():
    policy = SLAPolicy.objects.create(name="Fast", default_key=True)
    SLATarget.objects.create(
        policy=policy, priority=1, metric="resolution", minutes=100, business_time=False
    )
    automation(all_of(("sla_percent", "at_least", 75)), ("add_tags", [tag_named("late")]))
    ticket = make_ticket()
    automations.run_all(ticket.created_at + timedelta(minutes=74))
    assert not ticket.tags.exists()
    automations.run_all(ticket.created_at + timedelta(minutes=76))
    assert ticket.tags.exists()
    sla.check_breaches()


def fits(ticket, percent, now, operator="at_least"):
    """Whether the automation of that condition does something when it runs then."""
    Automation.objects.all().delete()
    Tag.objects.all().delete()
    automation(all_of(("sla_percent", operator, percent)), ("add_tags", [tag_named("late")]))
    automations.run_all(now)
    return ticket.tags.exists()


def test_a_share_of_the_promised_time_is_counted_as_the_clock_counts():
    """Eight working hours from Friday at four, with a snooze on Monday: the nights don't count."""
    make_policy(targets={"resolution": 480}, business_hours=make_hours())
    friday = at(16, day=4)
    ticket = factories.make_ticket(now=friday)
    manager = make_manager()
    used = {
        at(16, 59, day=4): 12,
        at(12, day=5): 12,  # Saturday
        at(9, day=7): 12,
        at(10, day=7): 25,
    }
    for now, percent in used.items():
        assert fits(ticket, percent, now)
        assert not fits(ticket, percent + 1, now)
        assert fits(ticket, percent + 1, now, "at_most")
    tickets.snooze(ticket, at(14, day=7), actor=manager, now=at(11, day=7))
    assert fits(ticket, 37, at(13, day=7)) and not fits(ticket, 38, at(13, day=7))
    assert not fits(ticket, 37, at(13, day=7), "at_most")
    tickets.unsnooze(ticket, actor=manager, now=at(14, day=7))
    assert fits(ticket, 62, at(16, day=7)) and not fits(ticket, 63, at(16, day=7))
    # Missed by half of it, of which an hour on Wednesday stood still.
    tickets.set_status(ticket, "waiting_on_customer", actor=manager, now=at(10, day=9))
    tickets.set_status(ticket, "in_progress", actor=manager, now=at(11, day=9))
    assert fits(ticket, 187, at(11, day=9)) and not fits(ticket, 188, at(11, day=9))


@pytest.mark.parametrize("operator", ["at_least", "at_most"])
def test_a_share_of_what_nobody_promised_is_none(operator):
    assert fits(make_ticket(), 0, timezone.now(), operator) == (operator == "at_most")


def tag_named(name):
    return str(Tag.objects.create(name=name).pk)


def test_spam_is_left_alone():
    automation(all_of(("open", "yes")), ("priority", "high"))
    ticket = make_ticket()
    tickets.mark_spam(ticket, actor=SYSTEM)
    run()
    assert priorities(ticket) == [1]


def test_nothing_to_do_takes_two_queries_for_each(django_assert_max_num_queries):
    make_ticket()

    def queries():
        run()
        with CaptureQueriesContext(connection) as captured:
            run()
        return len(captured)

    automation(all_of(("subject", "contains", "nowhere")), ("priority", "high"))
    one = queries()
    for number in range(10):
        automation(all_of(("subject", "contains", f"nowhere {number}")), ("priority", "high"))
    assert queries() - one <= 2 * 10


def test_many_without_work_are_asked_together_and_those_with_some_act_in_their_order():
    for number in range(25):
        automation(all_of(("subject", "contains", f"nowhere {number}")), ("priority", "high"))
    automation(all_of(("priority", "is", ["urgent"])), ("type", "incident"))
    automation(all_of(("subject", "contains", "coffee")), ("priority", "urgent"))
    automation(all_of(("priority", "is", ["urgent"]), ("type", "is", ["question"])), ("note", "!"))
    automation(all_of(("tags", "any", ["1"])), ("priority", "low"))
    automation({}, ("follow", str(factories.make_agent().pk)))
    ticket = make_ticket(subject="No coffee")
    with CaptureQueriesContext(connection) as captured:
        run()
    asked = [query["sql"] for query in captured if "nowhere" in query["sql"]]
    assert len(asked) == 2
    ticket.refresh_from_db()
    # The one before was not met when its turn came; the one behind is met by what was done.
    assert (ticket.priority, ticket.type, ticket.note_count) == (3, "question", 1)
    assert ticket.followers.count() == 1
    run()
    ticket.refresh_from_db()
    assert (ticket.type, ticket.note_count) == ("incident", 1)


def test_the_command_says_what_was_done(capsys):
    automation(all_of(("open", "yes")), ("priority", "high"))
    ticket = make_ticket()
    call_command("escalated_run_automations")
    assert "1 automations changed 1 tickets, and could not change 0" in capsys.readouterr().out
    assert priorities(ticket) == [2]


def test_what_an_automation_does_can_start_a_workflow_and_that_ends():
    automation(all_of(("priority", "is", ["low"])), ("priority", "high"))
    workflow("priority", ("priority", "low"), conditions=all_of(("priority", "is", ["high"])))
    ticket = make_ticket(priority="low")
    for _minute in range(4):
        run()
    assert RuleOutcome.objects.filter(automation__isnull=False, ticket=ticket).count() == 1
