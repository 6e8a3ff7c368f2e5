"""Canned responses as the composer gives them: filled in for a ticket, and counted where they are used."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_agent, make_contact, make_department, make_reader, make_ticket
from wagtail_escalated.models import CannedResponse

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def ticket(sales, ann):
    """Its requester has a name that would be a variable, and HTML."""
    contact = make_contact("eve@example.net", "{{ agent.name }} <b>Bold</b>")
    return make_ticket(requester=contact, department=sales)


@pytest.fixture
def path(ticket):
    return f"tickets/{ticket.reference}/canned-responses/"


def canned(title, body="x", **fields):
    return CannedResponse.objects.create(title=title, body=body, **fields)


def test_a_canned_response_is_filled_in_for_the_ticket_and_its_use_is_counted(
    api, agent, ticket, path
):
    body = "Dear {{ requester.name }}, {{ ticket.reference }} is with {{ department.name }}."
    row = canned("Received", body, folder="Greetings", shortcut="rec")
    program = api(agent)
    read = f"Dear {{{{ agent.name }}}} <b>Bold</b>, {ticket.reference} is with Sales."
    told = {"id": row.pk, "title": "Received", "folder": "Greetings", "shortcut": "rec"}
    told |= {"body": read, "html": told_html(read)}
    assert program.get(path).json() == {"results": [told]}
    assert CannedResponse.objects.get().use_count == 0, "reading is not using"
    answer = program.post(path, {"canned_response": row.pk})
    assert (answer.status_code, answer.json()) == (200, told)
    assert CannedResponse.objects.get().use_count == 1
    for key in ("a", "a", "b"):
        sent = {"canned_response": row.pk}
        program.post(path, sent, headers={"Idempotency-Key": key})
    assert CannedResponse.objects.get().use_count == 3, "sent twice, done once"


def told_html(text):
    return f"<p>{text.replace('<', '&lt;').replace('>', '&gt;')}</p>"


def test_the_most_used_come_first_and_each_word_is_looked_for(api, agent, path):
    canned("Hello")
    canned("Goodbye", "Farewell, {{ requester.first_name }}", use_count=5)
    program = api(agent)

    def titles(**query):
        return [row["title"] for row in program.get(path, query).json()["results"]]

    assert titles() == ["Goodbye", "Hello"]
    assert titles(limit=1) == ["Goodbye"]
    assert titles(q="good fare") == ["Goodbye"]
    for name, value in (("limit", "0"), ("limit", "51"), ("q", "x" * 201)):
        wrong = program.get(path, {name: value})
        assert (wrong.status_code, list(wrong.json())) == (400, [name])


def test_responses_are_ones_own_and_those_shared_with_the_caller(api, agent, manager, sales, path):
    elsewhere = make_department("Elsewhere")
    own = canned("Own", owner=agent.user)
    ours = canned("Ours", department=sales)
    theirs = canned("Theirs", department=elsewhere)
    others = canned("Another's", owner=make_agent(departments=(sales,)).user)

    def told(user):
        return {row["id"] for row in api(user).get(path).json()["results"]}

    assert told(agent) == {own.pk, ours.pk}
    assert told(manager) == {ours.pk, theirs.pk}
    for row in (theirs, others):
        wrong = api(agent).post(path, {"canned_response": row.pk})
        assert (wrong.status_code, list(wrong.json())) == (400, ["canned_response"])
    assert not CannedResponse.objects.exclude(use_count=0).exists()


def test_only_those_who_work_on_the_ticket_are_offered_any(
    api, agent, ann, manager, sales, path, strangers
):
    row = canned("Hello")
    reader = make_reader(departments=(sales,)).user
    refused = {"nobody": (None, 401), "a customer": (ann, 403), "a reader": (reader, 403)}
    refused |= {"one of another department": (strangers["an agent of another department"], 404)}
    for who, (user, code) in refused.items():
        assert api(user).get(path).status_code == code, who
        assert api(user).post(path, {"canned_response": row.pk}).status_code == code, who
    reading = api(agent, scopes=["read"])
    assert reading.get(path).status_code == 200
    assert reading.post(path, {"canned_response": row.pk}).status_code == 403
    assert CannedResponse.objects.get().use_count == 0
    for user in (agent, manager):
        assert api(user).post(path, {"canned_response": row.pk}).status_code == 200


def test_many_responses_take_as_many_queries_as_one(api, agent, path):
    body = "{{ requester.name }} {{ department.name }} {{ agent.first_name }}"
    canned("One", body)
    program = api(agent)
    program.get(path)
    with CaptureQueriesContext(connection) as few:
        assert len(program.get(path).json()["results"]) == 1
    for number in range(7):
        canned(f"Another {number}", body)
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path).json()["results"]) == 8
    assert len(many) == len(few)
