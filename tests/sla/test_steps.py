"""Warnings at several per cents of a target: each once, with the moment it was reached."""

import pytest
from django.urls import reverse

from tests import factories
from tests.admin.people import installed, manager
from tests.sla.promises import at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import sla, tickets
from wagtail_escalated.models import EventKind, SLAPolicy, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return factories.make_manager()


def told(ticket):
    rows = ticket.events.filter(kind=EventKind.SLA_WARNING).order_by("created_at", "pk")
    return [(row.data.get("percent"), row.created_at) for row in rows]


def check(now):
    sla.check_warnings(now)
    sla.check_breaches(now)


def steps_policy(**fields):
    """Ten hours around the clock: 10:00 to 20:00 for a ticket of 10:00."""
    return make_policy(targets={"resolution": 600}, warn_at=[50, 80, 100, 150], **fields)


def test_each_step_is_told_once_at_the_moment_it_is_reached():
    steps_policy()
    ticket = make_ticket(at(10))
    for hour, minute in ((14, 59), (15, 0), (15, 1), (18, 0), (19, 40), (20, 0)):
        check(at(hour, minute))
        check(at(hour, minute))
    assert told(ticket) == [(50, at(15)), (80, at(18))]
    check(at(20, 1))
    assert ticket.events.filter(kind=EventKind.SLA_BREACHED).count() == 1
    check(at(1, day=1))
    check(at(2, day=1))
    assert told(ticket)[2:] == [(150, at(1, day=1))]
    assert clock(ticket).step_at is None


def test_steps_that_passed_while_nobody_looked_are_told_with_their_moments():
    steps_policy()
    ticket = make_ticket(at(10))
    version = ticket.version
    check(at(9, day=3))
    assert told(ticket) == [(50, at(15)), (80, at(18)), (150, at(1, day=1))]
    ticket.refresh_from_db()
    assert ticket.version == version + 2  # the steps, then the miss


def test_a_policy_without_steps_warns_as_before():
    make_policy(targets={"resolution": 600})
    ticket = make_ticket(at(10))
    check(at(15))
    assert told(ticket) == []
    check(at(19, 40))
    check(at(19, 45))
    assert told(ticket) == [(None, at(19, 40))]


def test_steps_count_business_time_and_stand_still_with_the_clock(agent):
    make_policy(targets={"resolution": 480}, business_hours=make_hours(), warn_at=[50, 75])
    ticket = make_ticket(at(13))  # half of eight hours is over at 17:00
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(15))
    check(at(12, day=1))
    assert told(ticket) == []
    tickets.set_status(ticket, "open", actor=agent, now=at(9, day=1))
    check(at(12, day=1))
    assert told(ticket) == [(50, at(11, day=1))]
    tickets.set_status(ticket, "resolved", actor=agent, now=at(12, 30, day=1))
    check(at(12, day=9))
    assert told(ticket) == [(50, at(11, day=1))]


def test_under_other_terms_only_what_is_reached_again_is_told_again(agent):
    policy = steps_policy()
    ticket = make_ticket(at(10))
    check(at(18))
    policy.targets.update(minutes=1200)  # now until 06:00: 50 % at 20:00
    sla.recompute(Ticket.objects.get(pk=ticket.pk), now=at(18))
    check(at(19))
    assert len(told(ticket)) == 2
    check(at(20))
    assert told(ticket)[2:] == [(50, at(20))]
    policy.targets.update(minutes=1210)
    sla.recompute(Ticket.objects.get(pk=ticket.pk), now=at(23))
    check(at(23))
    assert len(told(ticket)) == 3, "still passed under the new terms, so not told again"


def test_many_steps_take_no_more_queries_than_few(django_assert_max_num_queries):
    steps_policy()
    for _number in range(40):
        make_ticket(at(10))
    with django_assert_max_num_queries(14):
        assert len(sla.check_warnings(at(15))) == 40


def test_a_manager_sets_the_steps_and_the_ticket_tells_them(client):
    installed()
    client.force_login(manager("mira"))
    policy = SLAPolicy.objects.get()
    url = reverse("escalated_sla_policies:edit", args=[policy.pk])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    sent["target_medium_resolution"], sent["warn_at"] = "10h", "80 %, 50"
    sent.pop("business_medium_resolution", None)
    answer = client.post(url, sent | {"warn_at": "50, 900"})
    assert "Write numbers from 1 to 300." in answer.text
    assert "Write whole numbers" in client.post(url, sent | {"warn_at": "half"}).text
    saved = client.post(url, sent)
    assert saved.status_code == 302, saved.context["form"].errors
    policy.refresh_from_db()
    assert policy.warn_at == [50, 80]
    ticket = make_ticket(at(10))
    check(at(15))
    page = client.get(reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])).text
    assert "Resolution: 50 % of the time is used" in page
