"""Solving a problem answers its incidents: from the composer, from its own page, and by the API."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import factories
from tests.admin.test_ticket import draftail, url_of
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.models import OutboundEmail, Reply, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def agent_client(client, sales):
    client.force_login(factories.make_agent("ada", departments=(sales,), after_send="stay").user)
    return client


@pytest.fixture
def problem(sales):
    ticket = factories.make_ticket(subject="The shop is down", department=sales)
    return tickets.set_type(ticket, "problem", actor=factories.make_manager())


@pytest.fixture
def incidents(sales, problem):
    manager = factories.make_manager()
    made = [factories.make_ticket(subject=f"Error {n}", department=sales) for n in range(3)]
    for incident in made:
        tickets.link(incident, problem, "incident_of", actor=manager)
    return made


def send(client, problem, **data):
    sent = {"kind": "reply", "body": draftail("It works again."), "then": "resolve"} | data
    data = {f"composer-{name}": value for name, value in sent.items()}
    return client.post(url_of(problem), data, follow=True)


def statuses(incidents):
    return [Ticket.objects.get(pk=one.pk).status for one in incidents]


def undo_link(page):
    return re.search(r'href="([^"]*/undo/[^"]+)"', page)[1]


def test_the_composer_of_a_problem_offers_its_open_incidents_and_answers_them(
    agent_client, problem, incidents
):
    page = agent_client.get(url_of(problem)).content.decode()
    assert "send the same words to 3 open incidents and resolve them, too" in page
    file = SimpleUploadedFile("why.txt", b"A switch had died.")
    page = send(agent_client, problem, incidents="on", files=file).content.decode()
    assert "3 incidents are answered and resolved." in page
    assert statuses([problem, *incidents]) == ["resolved"] * 4
    for incident in incidents:
        reply = incident.replies.get()
        assert (reply.body, reply.by_agent) == ("It works again.", True)
        assert [one.name for one in reply.attachments.all()] == ["why.txt"]
        assert OutboundEmail.objects.filter(
            reply=reply, address=incident.requester.address
        ).exists()
    assert "open incidents" not in agent_client.get(url_of(problem)).content.decode()


def test_without_the_tick_or_without_resolving_the_incidents_hear_nothing(
    agent_client, problem, incidents
):
    send(agent_client, problem, then="send", incidents="on")
    send(agent_client, problem)
    assert Reply.objects.filter(ticket__in=incidents).count() == 0
    assert statuses(incidents) == ["open"] * 3


def test_a_ticket_that_is_no_problem_offers_nothing(agent_client, incidents):
    assert "open incident" not in agent_client.get(url_of(incidents[0])).content.decode()


def test_one_undo_takes_all_of_the_answers_back_and_the_status(agent_client, problem, incidents):
    page = send(agent_client, problem, incidents="on").content.decode()
    agent_client.post(undo_link(page))
    assert statuses([problem, *incidents]) == ["open"] * 4
    assert not Reply.objects.exists()
    assert not OutboundEmail.objects.filter(reply__isnull=False, state="queued").exists()
    assert "It works again." in agent_client.get(url_of(problem)).content.decode()


def test_after_the_answers_have_left_nothing_is_taken_back(agent_client, problem, incidents):
    page = send(agent_client, problem, incidents="on").content.decode()
    Reply.objects.update(visible_at=timezone.now() - timedelta(seconds=1))
    page = agent_client.post(undo_link(page), follow=True).content.decode()
    assert "can no longer be undone" in page
    assert statuses(incidents) == ["resolved"] * 3


def test_those_that_cannot_be_resolved_are_named_and_the_rest_is_done(
    agent_client, problem, incidents, settings
):
    tickets.set_status(incidents[1], "in_progress", actor=factories.make_manager())
    table = {"STATUS_TRANSITIONS": {"in_progress": ["waiting_on_customer"]}}
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | table
    page = send(agent_client, problem, incidents="on").content.decode()
    assert "2 incidents are answered and resolved." in page
    assert f"{incidents[1].reference} is not answered:" in page
    assert statuses(incidents) == ["resolved", "in_progress", "resolved"]
    assert incidents[1].replies.count() == 0


def test_incidents_of_another_department_are_neither_answered_nor_counted(
    agent_client, problem, incidents
):
    theirs = factories.make_department("Repairs")
    tickets.set_department(incidents[0], theirs, actor=factories.make_manager())
    page = agent_client.get(url_of(problem)).content.decode()
    assert "2 open incidents" in page
    send(agent_client, problem, incidents="on")
    assert statuses(incidents) == ["open", "resolved", "resolved"]


def test_some_of_them_get_the_answer_that_was_given_before(agent_client, problem, incidents):
    url = url_of(problem, "ticket_incidents")
    lonely = url_of(incidents[0], "ticket_incidents")
    assert "None of its incidents is open." in agent_client.get(lonely).content.decode()
    assert "Answer this ticket first" in agent_client.get(url).content.decode()
    send(agent_client, problem)
    more = agent_client.get(url_of(problem, "ticket_about", "more")).content.decode()
    assert url in more
    page = agent_client.get(url).content.decode()
    assert "It works again." in page
    reply = problem.replies.get()
    assert "Choose at least one." in agent_client.post(url, {"answer": reply.pk}).content.decode()
    chosen = [incidents[0].reference, incidents[2].reference]
    sent = {"answer": reply.pk, "incidents": chosen}
    page = agent_client.post(url, sent, follow=True).content.decode()
    assert "2 incidents are answered and resolved." in page
    assert statuses(incidents) == ["resolved", "open", "resolved"]
    agent_client.post(undo_link(page))
    assert statuses([problem, *incidents]) == ["resolved", "open", "open", "open"]


def test_a_customers_words_are_no_answer_for_others(agent_client, problem, incidents):
    said = messages.reply(problem, body="My card is 4111", actor=problem.requester)
    sent = {"answer": said.pk, "incidents": [incidents[0].reference]}
    agent_client.post(url_of(problem, "ticket_incidents"), sent)
    assert statuses(incidents) == ["open"] * 3


def test_resolving_without_words_leads_to_the_answer(agent_client, problem, incidents):
    url = url_of(problem, "ticket_change", "status")
    page = agent_client.post(url, {"status": "resolved"}, follow=True).content.decode()
    assert "3 incidents of it are still open." in page
    side = agent_client.get(url_of(problem, "ticket_about", "more")).content.decode()
    assert url_of(problem, "ticket_incidents") in side


def test_the_api_answers_names_failures_and_takes_back(client, sales, problem, incidents):
    from tests.api.conftest import Api

    api = Api(client, factories.make_agent(departments=(sales,)).user)
    path = f"tickets/{problem.reference}/"
    reply = api.post(f"{path}replies/", {"body": "It works again.", "status": "resolved"}).json()
    sent = {"reply": reply["id"], "incidents": [incidents[0].reference, "ESC-0000-000000"]}
    answer = api.post(f"{path}incidents/", sent)
    assert answer.status_code == 200, answer.content
    assert answer.json()["answered"] == [incidents[0].reference]
    assert answer.json()["failed"] == []
    assert statuses(incidents) == ["resolved", "open", "open"]
    again = api.post(f"{path}undo/", {"token": answer.json()["undo"]})
    assert again.status_code == 200
    assert statuses(incidents) == ["open", "open", "open"]
    assert api.post(f"{path}undo/", {"token": answer.json()["undo"]}).status_code == 409
    theirs = api.post(f"{path}incidents/", {"reply": reply["id"] + 999})
    assert theirs.json() == {"reply": ["This ticket has no such answer."]}
