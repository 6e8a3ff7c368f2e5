"""The clocks of a ticket, moved by what people do with it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.sla.promises import HOUR, add_target, at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import messages, sla, tickets
from wagtail_escalated.actions.undoing import offer_unsend, undo
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import CalendarVersion, Priority, Shift, SLAClock

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return factories.make_manager()


def test_a_new_ticket_is_promised_a_first_response_and_a_resolution():
    make_policy()
    ticket = make_ticket(at(10))
    assert clock(ticket, "first_response").due_at == at(12)
    assert clock(ticket).due_at == at(18)
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.sla_paused, ticket.sla_breached) == (at(12), False, False)


def test_without_a_policy_or_a_target_nothing_is_promised():
    assert not make_ticket().clocks.exists()
    make_policy(targets={"resolution": 60})
    ticket = make_ticket()
    assert [c.metric for c in ticket.clocks.all()] == ["resolution"]


def test_switched_off_nothing_is_counted(settings):
    make_policy()
    settings.WAGTAIL_ESCALATED = {"SLA": {"ENABLED": False}}
    ticket = make_ticket()
    assert not ticket.clocks.exists()
    assert sla.stats() == {}
    assert sla.check_breaches(at(0, day=30)) == []


def test_business_hours_count_only_while_they_are_open():
    make_policy(business_hours=make_hours())
    friday = make_ticket(at(16, 30, day=4))
    assert clock(friday, "first_response").due_at == at(10, 30, day=7)


def test_one_target_in_business_time_and_one_around_the_clock():
    policy = make_policy(business_hours=make_hours())
    add_target(policy, "resolution", Priority.MEDIUM, 480, business_time=False)
    ticket = make_ticket(at(16))
    assert clock(ticket, "first_response").due_at == at(10, day=1)
    assert clock(ticket).due_at == at(24)


def test_the_first_public_reply_by_an_agent_meets_the_first_response(agent):
    make_policy()
    ticket = make_ticket(at(10))
    messages.add_note(ticket, body="Look at this.", actor=agent, now=at(10, 10))
    messages.reply(ticket, body="Hello?", actor=ticket.requester, now=at(10, 20))
    assert clock(ticket, "first_response").met_at is None
    messages.reply(ticket, body="We are on it.", actor=agent, now=at(10, 30))
    messages.reply(ticket, body="Still.", actor=agent, now=at(10, 40))
    met = clock(ticket, "first_response")
    assert (met.met_at, met.check_at) == (at(10, 30), None)
    ticket.refresh_from_db()
    assert ticket.next_due_at == at(18)


def test_waiting_on_the_customer_stops_the_clock_and_it_goes_on_with_what_was_left(agent):
    make_policy(targets={"resolution": 240})
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    paused = clock(ticket)
    assert paused.is_paused
    assert paused.due_at is None
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.sla_paused) == (None, True)
    messages.reply(ticket, body="Here you are.", actor=ticket.requester, now=at(15))
    assert clock(ticket).due_at == at(18)
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.sla_paused) == (at(18), False)


def test_snoozing_stops_the_clock_and_waking_starts_it(agent):
    make_policy(targets={"resolution": 240})
    ticket = make_ticket(at(10))
    tickets.snooze(ticket, at(9, day=1), actor=agent, now=at(12))
    assert clock(ticket).due_at is None
    tickets.wake_snoozed(now=at(9, day=1))
    assert clock(ticket).due_at == at(11, day=1)


def test_a_pause_over_closed_hours_takes_nothing_away(agent):
    make_policy(targets={"resolution": 240}, business_hours=make_hours())
    ticket = make_ticket(at(15))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(16))
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(20))
    assert clock(ticket).due_at == at(12, day=1)


def test_snoozing_while_waiting_is_one_pause(agent):
    make_policy(targets={"resolution": 240})
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    tickets.snooze(ticket, at(13), actor=agent, now=at(12))
    tickets.unsnooze(ticket, actor=agent, now=at(13))
    assert clock(ticket).is_paused
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(14))
    assert [pause[2] for pause in clock(ticket).pauses] == ["waiting_on_customer"]
    assert clock(ticket).due_at == at(17)


def test_a_policy_names_the_statuses_that_stop_its_clocks(agent):
    make_policy(targets={"resolution": 240}, pause_statuses=["escalated"])
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    assert not clock(ticket).is_paused
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(11))
    tickets.set_status(ticket, "escalated", actor=agent, now=at(12))
    assert clock(ticket).is_paused


def test_resolving_meets_the_resolution_and_reopening_goes_on_with_what_was_left(agent):
    make_policy(targets={"resolution": 240})
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "resolved", actor=agent, now=at(11))
    assert clock(ticket).met_at == at(11)
    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    messages.reply(ticket, body="It burns again.", actor=ticket.requester, now=at(9, day=1))
    assert clock(ticket).met_at is None
    assert clock(ticket).due_at == at(12, day=1)


def test_closing_what_is_resolved_keeps_the_record(agent):
    make_policy(targets={"resolution": 240})
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "resolved", actor=agent, now=at(11))
    before = SLAClock.objects.filter(ticket=ticket).values().get()
    tickets.set_status(ticket, "closed", actor=agent, now=at(12, day=9))
    tickets.set_priority(ticket, "low", actor=agent, now=at(13, day=9))
    assert SLAClock.objects.filter(ticket=ticket).values().get() == before


def test_resolved_without_an_answer_the_first_response_stands_still(agent):
    make_policy()
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "resolved", actor=agent, now=at(11))
    assert clock(ticket, "first_response").is_paused
    tickets.set_status(ticket, "reopened", actor=agent, now=at(14))
    assert clock(ticket, "first_response").due_at == at(15)


def test_each_unanswered_letter_starts_the_next_response_anew(agent):
    make_policy(targets={"next_response": 60})
    ticket = make_ticket(at(10))
    assert not ticket.clocks.exists()
    messages.reply(ticket, body="Hello.", actor=agent, now=at(11))
    messages.reply(ticket, body="And?", actor=ticket.requester, now=at(12))
    messages.reply(ticket, body="Well?", actor=ticket.requester, now=at(12, 30))
    assert clock(ticket, "next_response").due_at == at(13)
    messages.reply(ticket, body="Soon.", actor=agent, now=at(12, 45))
    messages.reply(ticket, body="When?", actor=ticket.requester, now=at(14))
    rounds = ticket.clocks.order_by("round").values_list("round", "met_at", "due_at")
    assert list(rounds) == [(1, at(12, 45), at(13)), (2, None, at(15))]


def test_another_priority_counts_from_the_start_with_the_pauses_kept(agent):
    policy = make_policy(targets={"resolution": 480})
    add_target(policy, "resolution", Priority.URGENT, 120)
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(14))
    tickets.set_priority(ticket, "urgent", actor=agent, now=at(14, 10))
    assert clock(ticket).due_at == at(15)
    tickets.set_priority(ticket, "medium", actor=agent, now=at(14, 20))
    assert clock(ticket).due_at == at(21)


def test_another_department_brings_its_own_policy(agent):
    make_policy(targets={"resolution": 480})
    fast = make_policy("Fast", default=False, targets={"resolution": 60, "first_response": 30})
    ticket = make_ticket(at(10))
    tickets.set_department(
        ticket, factories.make_department(sla_policy=fast), actor=agent, now=at(10, 5)
    )
    assert clock(ticket).due_at == at(11)
    assert clock(ticket, "first_response").due_at == at(10, 30)


def test_what_is_no_longer_promised_is_no_longer_counted(agent):
    policy = make_policy(targets={"resolution": 480})
    policy.targets.filter(priority=Priority.LOW).delete()
    ticket = make_ticket(at(10))
    tickets.set_priority(ticket, "low", actor=agent, now=at(11))
    assert not ticket.clocks.exists()
    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    tickets.set_priority(ticket, "medium", actor=agent, now=at(12))
    assert clock(ticket).due_at == at(18)


def test_a_target_missed_under_the_old_terms_and_kept_under_the_new_is_not_missed(agent):
    policy = make_policy(targets={"resolution": 480})
    add_target(policy, "resolution", Priority.URGENT, 60)
    ticket = make_ticket(at(10), actor=agent, priority="urgent")
    sla.check_breaches(at(12))
    tickets.set_priority(ticket, "medium", actor=agent, now=at(12, 30))
    ticket.refresh_from_db()
    assert clock(ticket).breached_at is None
    assert not ticket.sla_breached
    sla.check_breaches(at(19))
    assert clock(ticket).breached_at == at(18)


def test_a_reply_undone_before_it_left_has_met_nothing(agent):
    make_policy()
    ticket = make_ticket(timezone.now())
    due = clock(ticket, "first_response").due_at
    reply = messages.reply(ticket, body="Sorry, wrong ticket.", actor=agent)
    assert clock(ticket, "first_response").met_at
    undo(offer_unsend(reply, actor=agent))
    undone = clock(ticket, "first_response")
    assert (undone.met_at, undone.due_at, undone.check_at) == (None, due, due)


def test_business_hours_changed_afterwards_leave_running_promises_alone_until_asked(agent):
    hours = make_hours()
    make_policy(targets={"resolution": 240}, business_hours=hours)
    ticket = make_ticket(at(15))
    assert clock(ticket).due_at == at(11, day=1)
    Shift.objects.filter(hours=hours, weekday=1).get().delete()
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(15, 30))
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(15, 30))
    assert clock(ticket).due_at == at(11, day=1)
    assert clock(make_ticket(at(15))).due_at == at(11, day=2)
    sla.apply_policy(ticket)
    assert clock(ticket).due_at == at(11, day=2)


def test_hours_that_have_run_out_give_no_deadline_and_lose_no_ticket():
    hours = make_hours()
    hours.shifts.all().delete()
    make_policy(business_hours=hours)
    ticket = make_ticket(at(10))
    assert clock(ticket).due_at is None
    ticket.refresh_from_db()
    assert ticket.next_due_at is None


def test_a_split_ticket_has_promises_of_its_own(agent):
    make_policy()
    ticket = make_ticket(at(10))
    reply = messages.reply(ticket, body="And another thing.", actor=ticket.requester, now=at(11))
    new = tickets.split(ticket, reply, actor=agent)
    assert clock(new).started_at == new.created_at


def test_a_reply_by_the_desk_itself_starts_and_meets_nothing():
    make_policy(targets={"first_response": 60, "next_response": 60})
    ticket = make_ticket(at(10))
    messages.reply(ticket, body="We received your request.", actor=SYSTEM, now=at(10, 1))
    assert [c.met_at for c in ticket.clocks.all()] == [None]


@pytest.mark.parametrize("change", ["priority", "status", "snooze", "department"])
def test_the_clocks_cost_few_queries(agent, change, django_assert_max_num_queries):
    make_policy(
        targets={"first_response": 60, "next_response": 60, "resolution": 480},
        business_hours=make_hours(),
    )
    ticket = make_ticket(at(10))
    department = factories.make_department()
    ticket = type(ticket).objects.get(pk=ticket.pk)
    with django_assert_max_num_queries(12 if change != "department" else 14):
        if change == "priority":
            tickets.set_priority(ticket, "high", actor=agent, now=at(11))
        elif change == "status":
            tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
        elif change == "snooze":
            tickets.snooze(ticket, at(11) + timedelta(days=1), actor=agent, now=at(11))
        else:
            tickets.set_department(ticket, department, actor=agent, now=at(11))
    assert clock(ticket).started_at + 8 * HOUR


def test_hours_whose_zone_is_gone_from_here_lose_no_ticket_and_stop_nobody(client, agent):
    hours = make_hours()
    make_policy(business_hours=hours, warn_at=[50])
    ticket = make_ticket(at(10))
    CalendarVersion.objects.update(rules=hours_in("Mars/Olympus"))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    tickets.set_priority(ticket, "high", actor=agent, now=at(12))
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(13))
    assert clock(ticket).due_at is None
    assert make_ticket(at(14)).clocks.count() == 2
    sla.check_breaches(at(15, day=9))
    sla.check_warnings(at(15, day=9))
    client.force_login(agent)
    page = client.get(reverse("wagtail_escalated_admin:ticket_sla", args=[ticket.reference]))
    assert "Paused: Waiting for your answer" in page.content.decode()


def hours_in(zone):
    return {"time_zone": zone, "shifts": [[0, "09:00:00", "17:00:00"]], "special_days": []}


def test_what_is_met_while_it_stands_still_says_when_it_would_have_been_due(agent):
    make_policy(targets={"first_response": 120})
    ticket = make_ticket(at(10))
    messages.reply(ticket, body="Which one?", actor=agent, status="waiting_on_customer", now=at(11))
    row = clock(ticket, "first_response")
    assert (row.met_at, row.due_at, row.breached_at) == (at(11), at(12), None)
    assert sla.check_breaches(at(13)) == []
