"""Dashboard and reports: right numbers, few queries, safe files."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.users.models import UserProfile

from tests.admin.people import agent, installed, manager
from tests.factories import make_department, system_ticket
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actions.assignment import assign
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.admin.reports.percentiles import percentile
from wagtail_escalated.models import Ticket, display_name

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def desk(client):
    installed()
    client.force_login(manager())


def page(client, name="reports", **query):
    return client.get(reverse(f"wagtail_escalated_admin:{name}"), {"fresh": "1", **query})


def table(client, key, **query):
    tables = page(client, **query).context["tables"]
    return {row[0]: row[1:] for one in tables if one.key == key for row in one.rows}


def tile(client, label, **query):
    return next(one for one in page(client, **query).context["tiles"] if str(one.label) == label)


def ticket_from(days_ago, *, resolved_after=None, **fields):
    """Made in the past by the action, moved there by hand: there is no other way back in time."""
    ticket = system_ticket(**fields)
    if resolved_after is not None:
        tickets.set_status(ticket, "resolved", actor=SYSTEM)
    created = NOW - timedelta(days=days_ago)
    resolved = created + resolved_after if resolved_after is not None else None
    Ticket.objects.filter(pk=ticket.pk).update(created_at=created, resolved_at=resolved)
    return ticket


def test_arrivals_and_resolutions_are_counted_and_compared_with_the_days_before(client):
    for days_ago in (1, 2, 3):
        ticket_from(days_ago)
    ticket_from(2, resolved_after=timedelta(days=1))
    ticket_from(9)

    arrived, resolved = tile(client, "Arrived", days="7"), tile(client, "Resolved", days="7")

    assert (arrived.value, arrived.before) == ("4", "1")
    assert (resolved.value, resolved.before) == ("1", "0")


def test_the_backlog_is_shown_by_its_age(client):
    for days_ago in (0.5, 2, 5, 10, 40, 41):
        ticket_from(days_ago)
    ticket_from(2, resolved_after=timedelta(hours=1))

    assert list(table(client, "ages").values()) == [[1], [1], [1], [1], [2]]
    assert tile(client, "Backlog").value == "6"


def test_median_and_ninetieth_percentile_lie_between_values_in_proportion(client):
    for hours in (1, 2, 3, 4):
        ticket_from(3, resolved_after=timedelta(hours=hours))

    resolution = table(client, "times")["Resolution"]

    assert resolution == ["2 h 30 min", "–", "3 h 42 min", "–"]


def test_a_percentile_of_one_value_is_that_value_and_of_none_is_none():
    assert percentile([timedelta(hours=5)], 0.9) == timedelta(hours=5)
    assert percentile([], 0.5) is None


def test_the_load_is_shown_per_agent_and_per_department(client):
    sales = make_department("Sales")
    user = agent("ann", [sales])
    for _number in range(2):
        assign(system_ticket(department=sales), user, actor=SYSTEM)
    system_ticket()

    assert table(client, "agents") == {display_name(user): [2, 2, 0], "Nobody": [1, 1, 0]}
    assert table(client, "departments") == {"Sales": [2, 2, 0], "None": [1, 1, 0]}
    assert tile(client, "Backlog", department=str(sales.pk)).value == "2"


def test_kept_and_missed_promises_are_told_apart(client):
    sales = make_department("Sales")
    user = agent("ann", [sales])
    for _number in range(3):
        ticket = system_ticket(department=sales)
        messages.reply(ticket, body="Hello", actor=user)
    late = system_ticket(department=sales)
    late.clocks.filter(metric="first_response").update(breached_at=NOW)

    assert table(client, "promises")["First response"][:3] == [4, 3, 75.0]


def test_spam_is_nowhere_in_the_numbers(client):
    tickets.mark_spam(system_ticket(), actor=SYSTEM)

    assert tile(client, "Arrived").value == "0"


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"days": "-3"}, {"days": "9" * 50}, {"from": "0001-01-01"},
              {"from": "2026-05-01", "to": "2026-01-01"}, {"department": "x'"}]
)  # fmt: skip
def test_a_period_that_makes_no_sense_shows_the_last_thirty_days(client, query):
    response = page(client, **query)

    assert response.status_code == 200
    assert response.context["period"].days == 30


def test_each_table_is_a_file_too(client):
    system_ticket()

    for key in ("days", "times", "agents", "hours"):
        url = reverse("wagtail_escalated_admin:report_export", args=[key, "csv"])
        response = client.get(url, {"days": "7"})
        rows = list(csv.reader(response.content.decode().splitlines()))
        assert len({len(row) for row in rows}) == 1
        assert "attachment" in response["Content-Disposition"]


def test_names_that_are_formulas_stay_text_in_files(client):
    department = make_department("Formula")
    type(department).objects.update(name='=HYPERLINK("x")')
    system_ticket(department=department)
    files = {
        form: client.get(
            reverse("wagtail_escalated_admin:report_export", args=["departments", form])
        ).content
        for form in ("csv", "xlsx")
    }

    assert b"'=HYPERLINK" in files["csv"]
    cell = load_workbook(BytesIO(files["xlsx"])).active.cell(2, 1)
    assert cell.data_type == "s"


def test_an_unknown_table_is_not_found(client):
    for path in ("nothing.csv", "days.pdf"):
        assert client.get(f"/admin/support/reports/{path}").status_code == 404


def test_the_dashboard_asks_at_most_fifteen_times_however_much_there_is(client):
    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert page(client, "dashboard").status_code == 200
        return len(captured)

    page(client, "dashboard")
    few = queries()
    sales = make_department("Sales")
    people = [agent(departments=[sales]) for _number in range(5)]
    for number in range(15):
        ticket = ticket_from(number, department=sales)
        assign(ticket, people[number % 5], actor=SYSTEM)
    assert queries() == few
    assert few <= 15


def test_numbers_are_kept_for_a_while_and_say_how_old_they_are(client):
    page(client, days="7")
    system_ticket()
    url = reverse("wagtail_escalated_admin:reports")

    kept = client.get(url, {"days": "7"})

    assert next(t for t in kept.context["tiles"] if str(t.label) == "Arrived").value == "0"
    assert tile(client, "Arrived", days="7").value == "1"


def test_days_end_at_the_readers_midnight(client):
    if not connection.features.has_zoneinfo_database:
        pytest.skip("this database knows no time zones: see mysql_tzinfo_to_sql")
    ticket = system_ticket()
    just_before_midnight = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    Ticket.objects.filter(pk=ticket.pk).update(created_at=just_before_midnight)
    days = {"from": "2026-03-10", "to": "2026-03-11"}

    in_utc = list(table(client, "days", **days).values())
    user = manager()
    UserProfile.objects.create(user=user, current_time_zone="Europe/Berlin")
    client.force_login(user)
    in_berlin = list(table(client, "days", **days).values())

    assert in_utc == [[1, 0], [0, 0]]
    assert in_berlin == [[0, 0], [1, 0]]


class TestCommentsOnRatings:
    def rated(self, score, comment, **fields):
        ticket = system_ticket(**fields)
        tickets.set_status(ticket, "resolved", actor=SYSTEM)
        tickets.rate(ticket, score=score, comment=comment, actor=ticket.requester)
        return ticket

    def comments(self, client, **query):
        return next(one for one in page(client, **query).context["tables"] if one.key == "comments")

    def test_they_are_listed_newest_first_and_lead_to_their_tickets(self, client):
        first, last = self.rated(2, "Slow."), self.rated(5, "<b>Kind</b> people")
        self.rated(4, "")
        found = self.comments(client)
        assert [row[2:4] for row in found.rows] == [[5, "<b>Kind</b> people"], [2, "Slow."]]
        html = page(client).content.decode()
        for ticket in (first, last):
            url = reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])
            assert f'<a href="{url}">{ticket.reference}</a>' in html
        assert "&lt;b&gt;Kind&lt;/b&gt; people" in html

    def test_a_department_shows_its_own(self, client):
        sales = make_department("Sales")
        self.rated(1, "Of sales.", department=sales)
        self.rated(1, "Of nobody.")
        found = self.comments(client, department=str(sales.pk))
        assert [row[3] for row in found.rows] == ["Of sales."]

    def test_the_file_has_all_of_them_and_no_formulas(self, client, monkeypatch):
        monkeypatch.setattr("wagtail_escalated.admin.reports.comments.SHOWN", 1)
        for words in ("=1+1", "Fine."):
            self.rated(3, words)
        assert len(self.comments(client).rows) == 1
        answer = client.get(
            reverse("wagtail_escalated_admin:report_export", args=["comments", "csv"])
        )
        rows = list(csv.DictReader(answer.content.decode().splitlines()))
        assert [row["Comment"] for row in rows] == ["Fine.", "'=1+1"]
