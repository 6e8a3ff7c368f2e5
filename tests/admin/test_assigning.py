"""Who gets the tickets that come in: limits, being away, working hours, and what an agent says about it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.admin.people import agent, installed, manager
from tests.mail.letters import deliver, letter
from tests.sla.promises import make_hours
from wagtail_escalated.models import AgentProfile, Department, Ticket

pytestmark = pytest.mark.django_db
AWAY = "wagtail_escalated_admin:inbox_away"
INBOX = "wagtail_escalated_admin:inbox"


@pytest.fixture
def sales(db):
    installed()
    return factories.make_department("Sales", auto_assign=True, address="sales@support.example.com")


@pytest.fixture
def ada(sales):
    return agent("ada", [sales])


def who_gets_one(sales):
    """As a letter to the department's address asks for it."""
    number = Ticket.objects.count()
    message_id = f"<{number}@customer.example>"
    deliver(Client(), letter(to="sales@support.example.com", message_id=message_id))
    ticket = Ticket.objects.latest("pk")
    assert ticket.department == sales
    return ticket.assignee and ticket.assignee.user


def text_of(response):
    return " ".join(response.content.decode().split())


def test_a_letter_is_given_to_an_agent_of_its_department(sales, ada):
    factories.make_agent("stranger")
    assert who_gets_one(sales) == ada


def test_a_department_that_does_not_want_it_assigns_nothing(sales, ada):
    Department.objects.update(auto_assign=False)
    assert who_gets_one(sales) is None


def test_nobody_gets_more_than_their_limit_and_then_it_stays_with_nobody(sales, ada):
    AgentProfile.objects.filter(user=ada).update(max_open_tickets=2)
    assert [who_gets_one(sales) for _letter in range(3)] == [ada, ada, None]


def test_an_agent_says_that_they_are_away_and_is_back_by_a_click(client, sales, ada):
    client.force_login(ada)
    client.post(reverse(AWAY), {"away": "on", "signature": "Ada, Sales"})
    assert who_gets_one(sales) is None
    page = text_of(client.get(reverse(INBOX)))
    assert "You are away: no ticket is assigned to you automatically." in page
    client.post(reverse(AWAY), {"back": "1"})
    assert "You are away" not in text_of(client.get(reverse(INBOX)))
    assert who_gets_one(sales) == ada
    assert AgentProfile.objects.get(user=ada).signature == "Ada, Sales"


def test_being_away_ends_by_itself_at_its_moment(client, sales, ada):
    client.force_login(ada)
    until = timezone.now() + timedelta(hours=2)
    sent = {"away": "on", "away_until": timezone.localtime(until).strftime("%Y-%m-%dT%H:%M")}
    assert client.post(reverse(AWAY), sent).status_code == 302
    assert "You are away until" in text_of(client.get(reverse(INBOX)))
    assert who_gets_one(sales) is None
    with time_machine.travel(until + timedelta(minutes=1)):
        assert who_gets_one(sales) == ada


def test_a_moment_that_is_past_is_refused_and_nothing_changes(client, sales, ada):
    client.force_login(ada)
    sent = {"away": "on", "away_until": "2020-01-01T08:00", "signature": "New"}
    page = text_of(client.post(reverse(AWAY), sent))
    assert "Choose a moment in the future." in page
    profile = AgentProfile.objects.get(user=ada)
    assert (profile.away, profile.signature) == (False, "")


def test_a_manager_without_a_profile_has_nothing_to_say_there(client, sales):
    client.force_login(manager())
    assert client.get(reverse(AWAY)).url == "/admin/"
    assert reverse(AWAY) not in text_of(client.get(reverse(INBOX)))


@pytest.mark.parametrize(
    ("moment", "gets"), [("2026-04-06T10:00Z", True), ("2026-04-05T10:00Z", False)]
)
def test_outside_of_their_working_hours_nobody_gets_a_ticket(sales, ada, moment, gets):
    """Monday to Friday, nine to five in UTC."""
    AgentProfile.objects.filter(user=ada).update(working_hours=make_hours())
    with time_machine.travel(moment):
        assert (who_gets_one(sales) == ada) == gets
