"""The box of Ctrl K, entered by its URL."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db

COMMANDS = "/admin/support/commands/"


def test_it_finds_tickets_and_views_within_the_agents_rights(client):
    sales, repairs = factories.make_department("Sales"), factories.make_department("Repairs")
    mine = factories.make_ticket(department=sales, subject="A singing kettle")
    factories.make_ticket(department=repairs, subject="A secret kettle")
    client.force_login(factories.make_agent(departments=(sales,)).user)
    results = client.get(COMMANDS, {"q": "kettle"}).json()["results"]
    assert [result["hint"] for result in results] == [mine.reference]
    views = client.get(COMMANDS, {"q": "snooz"}).json()["results"]
    assert [view["title"] for view in views] == ["Snoozed"]


@pytest.mark.parametrize("query", ["", "\x00", "%", "x" * 1000, "esc-"])
def test_anything_may_be_typed(client, query):
    client.force_login(factories.make_agent().user)
    assert client.get(COMMANDS, {"q": query}).status_code == 200
