"""Promises kept and missed, as a manager reads them."""

import pytest
from django.urls import reverse

from tests import factories
from tests.sla.promises import at, make_policy, make_ticket
from wagtail_escalated.actions import assignment, sla, tickets
from wagtail_escalated.models import Department

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


WEEK = {"from": "2026-04-13", "to": "2026-04-19"}


def report(client, **chosen):
    """The rows of each table, by its key."""
    tables = client.get(REPORT, {**WEEK, **chosen}).context["tables"]
    return {table.key: table.rows for table in tables}


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("policy", [["Standard", "Resolution", 3, 2, 1, 33.3, None]]),
        ("department", [["Sales", "Resolution", 3, 2, 1, 33.3, None]]),
        ("priority", [["Medium", "Resolution", 3, 2, 1, 33.3, None]]),
        ("week", [["04/13/2026", "Resolution", 3, 2, 1, 33.3, None]]),
        ("nonsense", [["Standard", "Resolution", 3, 2, 1, 33.3, None]]),
    ],
)
def test_the_same_promises_are_counted_by_what_is_asked(client, week, by, rows):
    assert report(client, by=by)["sla-kept"] == rows


def test_by_agent_those_that_nobody_had_stand_alone(client, week):
    rows = report(client, by="agent")["sla-kept"]
    assert sorted(row[:6] for row in rows) == [
        [str(week), "Resolution", 2, 1, 1, 50.0],
        ["nobody", "Resolution", 1, 1, 0, 0.0],
    ]


def test_it_says_how_the_tickets_stood_when_a_promise_was_missed(client, week):
    assert sorted(report(client)["sla-reasons"]) == [
        ["An agent had it (In progress)", "Resolution", 1],
        ["Nobody had it (Open)", "Resolution", 1],
    ]


def test_the_picture_has_a_column_for_each_promise(client, week):
    response = client.get(REPORT, {**WEEK, "by": "department"})
    table = response.context["tables"][0]
    assert (table.headings, table.rows) == (["Department", "Resolution"], [["Sales", 33.3]])
    assert 'data-controller="esc-chart"' in response.content.decode()


def test_each_missed_promise_leads_to_how_it_was_counted(client, week):
    rows = report(client)["sla-missed"]
    still_open, late = sorted(rows, key=lambda row: row[3], reverse=True)
    assert still_open[1:4] == ["Resolution", "04/13/2026 11 a.m.", "still open"]
    assert late[2:7] == ["04/13/2026 11 a.m.", "04/13/2026 1 p.m.", "2 h 0 min", str(week), "Sales"]
    link = reverse("wagtail_escalated_admin:ticket_sla", args=[late[0]])
    assert f'href="{link}"' in client.get(REPORT, WEEK).content.decode()


def test_it_is_compared_with_as_many_days_before(client, week):
    rows = report(client, **{"from": "2026-04-20", "to": "2026-04-26"})
    assert rows["sla-kept"] == []
    make_ticket(at(10, day=7), department=Department.objects.get(name="Sales"))
    sla.check_breaches(at(12, day=7))
    rows = report(client, **{"from": "2026-04-20", "to": "2026-04-26"})
    assert rows["sla-kept"] == [["Standard", "Resolution", 1, 1, 0, 0.0, 33.3]]


@pytest.mark.parametrize("key", ["sla-rates", "sla-kept", "sla-reasons", "sla-missed"])
def test_each_table_is_a_file_too(client, week, key):
    for form in ("csv", "xlsx"):
        url = reverse("wagtail_escalated_admin:report_sla_export", args=[key, form])
        answer = client.get(url, WEEK)
        assert answer.status_code == 200
        assert f"{key}-2026-04-13-2026-04-19.{form}" in answer["Content-Disposition"]
    lines = client.get(url.replace("xlsx", "csv"), WEEK).content.decode().splitlines()
    assert len(lines) > 1
    client.force_login(week.user)
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("name", ["sla-kept.doc", "days.csv"])
def test_another_file_is_not_there(client, week, name):
    key, form = name.split(".")
    url = reverse("wagtail_escalated_admin:report_sla_export", args=[key, form])
    assert client.get(url).status_code == 404


def test_another_period_has_other_promises(client, week):
    found = report(client, **{"from": "2026-04-20", "to": "2026-04-26"})
    assert not any(found.values())
