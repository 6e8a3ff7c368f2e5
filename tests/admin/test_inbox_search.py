"""Searching tickets, entered by the inbox's URL; on each database by its own full text."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from wagtail_escalated import filters, ticket_search
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.permissions import tickets_for

# MariaDB's full text sees what is committed, and nothing before.
pytestmark = [
    pytest.mark.django_db(transaction=connection.vendor == "mysql"),
    pytest.mark.services,
]

INBOX = "/admin/support/inbox/"


@pytest.fixture(params=["rare", "common"], autouse=True)
def how_common(request, monkeypatch):
    """Words are looked for in two ways, and found in the same places."""
    if request.param == "common":
        monkeypatch.setattr(ticket_search, "COMMON", -1)


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def agent(sales):
    return factories.make_agent("ada", departments=(sales,))


@pytest.fixture
def found(client, agent):
    client.force_login(agent.user)

    def search(words, **more):
        response = client.get(INBOX, {"search": words, **more})
        assert response.status_code == 200
        return re.findall(r'data-reference="([^"]+)"', response.content.decode())

    return search


def test_words_are_found_wherever_they_stand(found, agent, sales):
    ana = factories.make_contact("ana.silva@example.org", "Ana Silva")
    ticket = factories.make_ticket(
        department=sales, requester=ana, subject="A leaking boiler", description="Water everywhere."
    )
    messages.reply(ticket, body="We send a plumber tomorrow.", actor=agent.user)
    messages.add_note(ticket, body="Warranty has run out.", actor=agent.user)
    factories.make_ticket(department=sales, subject="Something else")
    for words in (
        "boiler",
        "BOILER",
        "boil",
        "everywhere",
        "plumber",
        "warranty",
        "silva",
        "ana.silva@example.org",
        "boiler plumber",
        "leaking silva warranty",
        ticket.reference,
        ticket.reference.lower(),
        ticket.reference[:-2],
    ):
        assert found(words) == [ticket.reference], words
    for words in ("oiler", "boiler elephant", "ESC-0001-FFFFFF"):
        assert found(words) == [], words


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "'",
        "%",
        "_",
        "a & b | !c",
        "NEAR(",
        "*",
        "+-><()~",
        "\\",
        "ß ı İ",
        "😀",
        "x" * 500,
        "a_b",
    ],
)
def test_anything_may_be_typed(found, sales, words):
    factories.make_ticket(department=sales)
    found(words)


def test_the_best_come_first(found, sales):
    said = factories.make_ticket(department=sales, subject="Hello", description="A green grinder")
    named = factories.make_ticket(department=sales, subject="Green grinder wanted")
    again = factories.make_ticket(department=sales, subject="Hi", description="grinder in green")
    assert found("green grinder") == [named.reference, again.reference, said.reference]
    assert found("green grinder", ordering="created_at")[0] == said.reference


def test_what_moves_or_goes_is_followed(found, agent, sales):
    ticket = factories.make_ticket(department=sales, subject="Old")
    tickets.set_subject(ticket, "Zebra crossing", actor=agent.user)
    assert found("zebra") == [ticket.reference]
    assert found("old") == []
    other = factories.make_ticket(department=sales, requester=ticket.requester)
    messages.reply(other, body="Walrus", actor=ticket.requester)
    tickets.merge(other, ticket, actor=agent.user)
    assert found("walrus", open="true") == [ticket.reference]


def test_rights_narrow_what_is_found(found, sales):
    factories.make_ticket(
        department=factories.make_department("Repairs"), subject="Unmistakable giraffe"
    )
    assert found("giraffe") == []


def test_a_customer_finds_nothing_by_the_words_of_a_note(agent, sales):
    customer = factories.make_customer("carla")
    ticket = factories.make_ticket(requester=customer, actor=customer, department=sales)
    messages.add_note(ticket, body="Suspicious platypus", actor=agent.user)
    wanted = filters.TicketFilter(search="platypus")
    mine = tickets_for(customer, "view_as_customer")
    assert mine.count() == 1
    assert not filters.apply(mine, wanted, user=customer).exists()
    assert not filters.apply(mine, wanted).exists()


def test_what_was_found_is_marked(client, agent, sales):
    client.force_login(agent.user)
    ticket = factories.make_ticket(department=sales, subject="<b>Grinder</b> & co")
    messages.reply(
        ticket, body="x " * 300 + "the grinder arrived <i>today</i>", actor=ticket.requester
    )
    page = client.get(INBOX, {"search": "grind"}).content.decode()
    assert "&lt;b&gt;<mark>Grind</mark>er&lt;/b&gt; &amp; co" in page
    assert "the <mark>grind</mark>er arrived &lt;i&gt;today" in page


def test_results_have_pages(found, client, sales):
    for _number in range(30):
        factories.make_ticket(department=sales, subject="Repeated grinder")
    first = found("grinder", page_size="25")
    page = client.get(INBOX, {"search": "grinder", "page_size": "25"}).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    rest = re.findall(r'data-reference="([^"]+)"', client.get(following).content.decode())
    assert (len(first), len(rest)) == (25, 5)
    assert not set(first) & set(rest)


@pytest.mark.parametrize("how_common", ["common"], indirect=True)
def test_common_words_are_found_in_the_newest_tickets_and_in_every_subject(
    found, agent, sales, monkeypatch
):
    monkeypatch.setattr(ticket_search, "LOOKED_THROUGH", 2)
    said = factories.make_ticket(department=sales, subject="One", description="A thank you")
    named = factories.make_ticket(department=sales, subject="Thank you")
    newer = factories.make_ticket(department=sales, subject="Two", description="Thank you")
    assert found("thank you") == [named.reference, newer.reference]
    messages.reply(said, body="Anybody?", actor=said.requester)
    assert found("thank you") == [named.reference, said.reference, newer.reference]


@pytest.mark.parametrize("how_common", ["rare"], indirect=True)
def test_a_rare_word_leads_to_every_ticket_however_common_the_other(
    found, client, sales, monkeypatch
):
    monkeypatch.setattr(ticket_search, "COMMON", 2)
    old = factories.make_ticket(department=sales, subject="A giraffe, please")
    for _number in range(3):
        ticket = factories.make_ticket(department=sales, subject="Something")
        messages.reply(ticket, body="Please!", actor=ticket.requester)
    assert ticket_search.common_words(["please", "giraffe"]) == ["please"]
    assert found("please giraffe") == [old.reference]
    monkeypatch.setattr(ticket_search, "LOOKED_THROUGH", 1)
    assert found("please giraffe") == [old.reference]


@pytest.mark.parametrize("how_common", ["common"], indirect=True)
def test_a_search_asks_once_for_its_page_and_its_count(client, agent, sales):
    client.force_login(agent.user)
    for _number in range(3):
        factories.make_ticket(department=sales, subject="Repeated grinder")
    client.get(INBOX, {"search": "grinder"})
    with CaptureQueriesContext(connection) as captured:
        page = client.get(INBOX, {"search": "grinder"}).content.decode()
    assert "3 matches" in page
    assert sum("AS walked" in query["sql"] for query in captured) == 1
