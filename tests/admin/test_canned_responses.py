"""Canned responses as agents write them: what is filled in is seen before it is sent to anybody."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from tests.admin.people import agent, installed
from tests.factories import make_contact, make_department, make_ticket
from wagtail_escalated.models import CannedResponse

pytestmark = pytest.mark.django_db

TEXT = "Dear {{ requester.first_name }},\nabout {{ ticket.reference }}.\n{{ agent.name }}"


@pytest.fixture
def ada(client):
    installed()
    user = agent("ada", [make_department("Sales")])
    client.force_login(user)
    return user


def previewed(client, body):
    response = client.post(reverse("escalated_canned_responses:preview"), {"body": body})
    assert response.status_code == 200
    return response.content.decode()


def test_the_preview_reads_as_at_the_newest_ticket_the_agent_works_on(client, ada):
    sales = ada.escalated_agent.memberships.get().department
    robin = make_contact("robin@example.com", name="Robin <b>Vance</b>")
    ticket = make_ticket(department=sales, requester=robin)
    make_ticket(department=make_department("Elsewhere"), subject="None of Ada's business")
    shown = previewed(client, TEXT)
    assert "Dear Robin,<br>" in shown
    assert f"about {ticket.reference}." in shown
    assert f"As it would leave for ticket {ticket.reference}" in shown
    assert "&lt;b&gt;Vance" in previewed(client, "{{ requester.name }}")
    assert "None of Ada" not in previewed(client, "{{ ticket.subject }}")


def test_without_a_ticket_it_is_shown_at_a_made_up_one(client, ada):
    shown = previewed(client, "{{ requester.first_name }} of {{ department.name }}")
    assert "Robin of Support" in shown
    assert "made-up ticket" in shown


def test_a_variable_that_does_not_exist_is_named_at_once(client, ada):
    shown = previewed(client, "{{ ticket.secret }} {{ agent.name }}")
    assert "There is no such variable: ticket.secret." in shown
    assert "{{ ticket.secret }}" in shown


@pytest.mark.parametrize(
    "words",
    [
        "%(agent)s",
        "{0.__class__}",
        "{ticket.requester}",
        "${agent}",
        "{# agent #}",
        "{% now 'Y' %}",
    ],
)
def test_what_other_template_languages_would_fill_in_stays_as_it_is(client, ada, words):
    make_ticket(requester=make_contact("robin@example.com", name=words))
    assert escape(words) in previewed(client, f"50 % off: {words}")
    # Nor is what was filled in looked through once more.
    sales = ada.escalated_agent.memberships.get().department
    make_ticket(department=sales, requester=make_contact("x@example.com", name="{{ agent.email }}"))
    assert "{{ agent.email }}" in previewed(client, "{{ requester.name }}")


def test_the_form_shows_it_while_it_is_written_and_the_page_of_the_response_too(client, ada):
    form = client.get(reverse("escalated_canned_responses:add")).content.decode()
    assert reverse("escalated_canned_responses:preview") in form
    assert "wagtail_escalated/admin/preview.js" in form
    own = CannedResponse.objects.create(title="Hello", body=TEXT, owner=ada)
    page = client.get(reverse("escalated_canned_responses:inspect", args=[own.pk]))
    assert "Dear Robin,<br>" in page.content.decode()
