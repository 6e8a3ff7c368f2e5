"""Twice, twenty at once, or again a day later: one message. And what is no repetition."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.factories import make_contact, make_department, make_ticket
from tests.mail.letters import deliver, letter, mailgun_raw, post_form, post_json, postmark
from wagtail_escalated.models import InboundEmail, Reply, Ticket
from wagtail_escalated.tokens import reply_address

pytestmark = pytest.mark.django_db


def reply_letter(ticket, **fields):
    return letter(to=reply_address(ticket.pk), message_id="<again@customer.example>", **fields)


@pytest.fixture
def ticket():
    return make_ticket(requester=make_contact("ann@customer.example"))


def test_a_letter_with_other_trace_headers_is_the_same(client, ticket):
    raw = reply_letter(ticket).as_bytes()
    deliver(client, raw)
    again = deliver(client, b"Received: from elsewhere by here; Mon, 1 Jan 2026\nX-Spam: 3\n" + raw)
    assert InboundEmail.objects.get(pk=again["id"]).state == "duplicate"
    assert again["status"] == "duplicate"
    assert (again["outcome"], again["ticket"]) == ("replied_to_existing", ticket.reference)
    assert ticket.replies.count() == 1


def test_again_a_day_later_is_the_same(client, ticket, time_machine):
    deliver(client, reply_letter(ticket))
    time_machine.move_to(timezone.now() + timedelta(days=1))
    deliver(client, b"Received: again\n" + reply_letter(ticket).as_bytes())
    assert ticket.replies.count() == 1


def test_a_letter_to_the_signed_address_and_to_the_department_is_one_message(
    client, ticket, department
):
    message = letter(to=f"{reply_address(ticket.pk)}, {department.address}")
    deliver(client, message, recipient=reply_address(ticket.pk))
    deliver(client, message, recipient=department.address)
    assert ticket.replies.count() == 1
    assert Ticket.objects.count() == 1


def test_the_same_letter_to_two_departments_is_two_linked_tickets(client, department):
    other = make_department("Sockets", address="sockets@support.example.com")
    message = letter(
        to=f"{department.address}, {other.address}", message_id="<two@customer.example>"
    )
    deliver(client, message, recipient=department.address)
    deliver(client, message, recipient=other.address)
    tickets = Ticket.objects.order_by("pk")
    assert [one.department for one in tickets] == [department, other]
    assert tickets[1].links.get().other == tickets[0]


def test_one_delivery_to_two_departments_is_two_linked_tickets_too(client, department):
    from wagtail_escalated.mail import intake

    other = make_department("Sockets", address="sockets@support.example.com")
    form = mailgun_raw(letter(), recipient=f"{department.address}, {other.address}")
    post_form(client, form)
    intake.process_due()
    tickets = Ticket.objects.order_by("pk")
    assert {one.department for one in tickets} == {department, other}
    assert tickets[1].links.get().other == tickets[0]
    assert intake.process_due() == {}


def test_the_same_message_id_with_another_content_is_a_second_message_and_flagged(client, ticket):
    deliver(client, reply_letter(ticket, text="One.\n"))
    second = deliver(client, reply_letter(ticket, text="Two.\n"))
    assert [one.body for one in ticket.replies.all()] == ["One.", "Two."]
    assert second["reason"] == "same_message_id"


def test_without_message_ids_two_letters_are_told_apart_by_their_headers(client):
    raw = b"From: ann@customer.example\nTo: x@support.example.com\nSubject: %b\n\nHello\n"
    deliver(client, raw % b"one")
    deliver(client, raw % b"two")
    deliver(client, raw % b"two" + b"\n")
    assert Ticket.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.real_worker
@pytest.mark.django_db(transaction=True)
def test_twenty_equal_deliveries_at_once_are_one_message():
    from wagtail.models import Site

    assert Site.objects.exists()
    ticket = make_ticket(requester=make_contact("ann@customer.example"))
    payload = postmark(reply_letter(ticket))
    start = threading.Barrier(20)
    answers = []

    def post():
        try:
            start.wait()
            answers.append(post_json(Client(), payload, query="&wait=1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in answers] == [200] * 20
    assert Reply.objects.filter(ticket=ticket).count() == 1
    states = Counter(InboundEmail.objects.values_list("state", flat=True))
    assert states["done"] == 1
    assert set(states) <= {"done", "duplicate"}
