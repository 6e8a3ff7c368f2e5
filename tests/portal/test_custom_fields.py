"""Custom fields before customers: asked for in the form, shown at the ticket, and no word of the inner ones."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_customer, make_department, make_manager
from tests.fields import make_field
from tests.portal.test_submitting import NEW, form
from wagtail_escalated import custom_values
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import Ticket

pytestmark = pytest.mark.django_db
ASKED = {"filled_in_by_customers": True}


@pytest.fixture
def ann():
    return make_customer("ann")


def said(ticket):
    return {row.field.key: row.text for row in custom_values.of_ticket(ticket)}


def test_a_guest_is_asked_for_the_fields_and_they_are_kept(client):
    make_field("Device", "choice", answers=["Laptop", "Phone"], **ASKED)
    make_field("Parts", "several", answers=["Screen", "Keyboard"], **ASKED)
    make_field("Order", "text", help_text="It begins with 2.", required_to_submit=True, **ASKED)
    make_field("Inner", "text", required_to_submit=True)
    page = client.get(reverse(NEW)).text
    for told in ("Device", "Parts", "It begins with 2.", 'name="cf-order"'):
        assert told in page
    assert "Inner" not in page and "cf-inner" not in page

    values = {"cf-device": "phone", "cf-parts": ["screen", "keyboard"], "cf-inner": "mine"}
    refused = client.post(reverse(NEW), form(**values))
    assert refused.status_code == 400
    assert refused.context["form"].errors == {"cf-order": ["Fill this in."]}
    client.post(reverse(NEW), form(**values, **{"cf-order": "2-4711"}))
    ticket = Ticket.objects.get()
    shown = {"device": "Phone", "parts": "Screen, Keyboard", "order": "2-4711", "inner": ""}
    assert said(ticket) == shown


@pytest.mark.parametrize(
    "type_, value, sentence",
    [
        ("number", "many", "Write a number, such as 12 or 2.5."),
        ("date", "soon", "Write a date, such as 2026-05-01."),
        ("choice", "fridge", "is none of the answers."),
        ("yes_no", "x", "Say yes or no."),
    ],
)
def test_a_value_that_is_none_is_told_at_the_field(client, ann, type_, value, sentence):
    make_field("Thing", type_, answers=["Laptop"] if type_ == "choice" else [], **ASKED)
    client.force_login(ann)
    answer = client.post(reverse(NEW), form(**{"cf-thing": value}))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert not Ticket.objects.exists()


def test_only_what_the_chosen_department_asks_counts(client, ann):
    repairs, sales = make_department("Repairs"), make_department("Sales")
    make_field("Serial", "text", departments=[repairs], required_to_submit=True, **ASKED)
    make_field("Plan", "text", departments=[make_department("Inner", public=False)], **ASKED)
    client.force_login(ann)
    page = client.get(reverse(NEW)).text
    assert f'data-esc-departments="{repairs.pk}"' in page
    assert "cf-plan" not in page
    client.post(reverse(NEW), form(department=sales.pk, **{"cf-serial": "x"}))
    assert not Ticket.objects.get().custom_values.exists()
    refused = client.post(reverse(NEW), form(department=repairs.pk))
    assert refused.context["form"].errors == {"cf-serial": ["Fill this in."]}


def test_a_customer_sees_what_is_shown_to_them_and_no_word_of_the_rest(client, ann):
    make_field("Order", "text", visible_to_customers=True)
    make_field("Fraud suspicion", "text")
    make_field("Old promise", "text", visible_to_customers=True, active=False)
    client.force_login(ann)
    client.post(reverse(NEW), form())
    ticket = Ticket.objects.get()
    manager = make_manager()
    mail.outbox.clear()
    tickets.set_fields(
        ticket, {"order": "4711", "fraud_suspicion": "Secretly watched"}, actor=manager
    )
    tickets.set_status(ticket, "in_progress", actor=manager)
    conversation = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
    page = client.get(conversation).text
    assert "Order" in page and "4711" in page
    listed = client.get(reverse("wagtail_escalated:tickets"), {"q": "watched"}).text
    polled = client.get(f"{reverse('wagtail_escalated:events')}?ticket={ticket.reference}&after=0")
    letters = "".join(letter.message().as_string() for letter in mail.outbox)
    for text in (page, polled.text, letters):
        assert "watched" not in text and "Fraud" not in text
    assert ticket.reference not in listed
    client.force_login(make_customer("ben"))
    assert client.get(conversation).status_code == 404


def test_the_form_takes_as_many_queries_for_ten_fields_as_for_one(
    client, ann, django_assert_num_queries
):
    client.force_login(ann)
    make_field("Field 0", "choice", answers=["A"], departments=[make_department("S")], **ASKED)
    client.get(reverse(NEW))

    with CaptureQueriesContext(connection) as few:
        client.get(reverse(NEW))
    for number in range(1, 10):
        make_field(f"Field {number}", "several", answers=["A", "B"], **ASKED)
    with django_assert_num_queries(len(few)):
        client.get(reverse(NEW))
