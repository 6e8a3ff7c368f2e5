import pytest

from tests import factories
from tests.sla.promises import at, make_policy, make_ticket
from wagtail_escalated.actions import messages, sla, tickets

pytestmark = pytest.mark.django_db


def test_with_no_promise_every_rate_is_nought():
    make_ticket()
    assert sla.stats() == {
        "total_with_sla": 0,
        "total_breached": 0,
        "breach_rate": 0.0,
        "first_response_on_time": 0,
        "first_response_on_time_rate": 0.0,
        "resolution_on_time": 0,
        "resolution_on_time_rate": 0.0,
    }


def test_three_of_four_in_time_are_seventy_five_per_cent():
    make_policy(targets={"first_response": 60, "resolution": 120})
    agent = factories.make_manager()
    for minutes in (10, 20, 60, 61):
        ticket = make_ticket(at(10))
        messages.reply(ticket, body="Done.", actor=agent, now=at(10, minutes))
        tickets.set_status(ticket, "resolved", actor=agent, now=at(11, minutes))
    before_the_check = sla.stats()
    sla.check_breaches()
    assert (
        sla.stats()
        == before_the_check
        == {
            "total_with_sla": 4,
            "total_breached": 1,
            "breach_rate": 25.0,
            "first_response_on_time": 3,
            "first_response_on_time_rate": 75.0,
            "resolution_on_time": 3,
            "resolution_on_time_rate": 75.0,
        }
    )


def test_the_numbers_take_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        sla.stats()
