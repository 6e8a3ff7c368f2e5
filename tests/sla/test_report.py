"""Promises kept and missed, as a manager reads them."""

import pytest
from django.urls import reverse

from tests import factories
from tests.sla.promises import at, make_policy, make_ticket
from wagtail_escalated.actions import assignment, sla, tickets

pytestmark = pytest.mark.django_db

REPORT = reverse("wagtail_escalated_admin:report_sla")


@pytest.fixture
def week(client):
    """Three tickets of Sales: one resolved in time, one late by its agent, one that nobody took."""
    manager = factories.make_manager()
    client.force_login(manager)
    make_policy("Standard", targets={"resolution": 60})
    sales = factories.make_department("Sales")
    agent = factories.make_agent("ada", departments=(sales,))
    in_time, late, _forgotten = (make_ticket(at(10), department=sales) for _ in range(3))
    for ticket in (in_time, late):
        assignment.assign(ticket, agent, actor=manager, now=at(10, 5))
    tickets.set_status(in_time, "resolved", actor=manager, now=at(10, 30))
    sla.check_breaches(at(12))
    tickets.set_status(late, "resolved", actor=manager, now=at(13))
    return agent


def report(client, **chosen):
    period = {"from": "2026-04-13", "to": "2026-04-19"}
    return client.get(REPORT, {**period, **chosen}).context


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("policy", [("Standard", "Resolution", 3, 1, 33.3)]),
        ("department", [("Sales", "Resolution", 3, 1, 33.3)]),
        ("priority", [("Medium", "Resolution", 3, 1, 33.3)]),
        ("week", [("04/13/2026", "Resolution", 3, 1, 33.3)]),
        ("nonsense", [("Standard", "Resolution", 3, 1, 33.3)]),
    ],
)
def test_the_same_promises_are_counted_by_what_is_asked(client, week, by, rows):
    assert report(client, by=by)["rows"] == rows


def test_by_agent_those_that_nobody_had_stand_alone(client, week):
    rows = report(client, by="agent")["rows"]
    assert sorted(rows) == [
        (str(week), "Resolution", 2, 1, 50.0),
        ("nobody", "Resolution", 1, 0, 0.0),
    ]


def test_it_says_how_the_tickets_stood_when_a_promise_was_missed(client, week):
    assert dict(report(client)["reasons"]) == {
        "An agent had it (In progress)": 1,
        "Nobody had it (Open)": 1,
    }


def test_another_period_has_other_promises(client, week):
    found = report(client, **{"from": "2026-04-20", "to": "2026-04-26"})
    assert (found["rows"], found["reasons"]) == ([], [])
