"""Requests of an address come to the account of that address, once it is shown that both are one person."""

import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from tests.factories import make_contact, make_ticket, make_user
from wagtail_escalated.actions.contacts import contact_for_address
from wagtail_escalated.models import Contact

pytestmark = pytest.mark.django_db

TICKETS = "/support/tickets/"


@pytest.fixture
def ticket():
    return make_ticket(requester=make_contact("wren@example.com", "Wren"), subject="Smoke")


@pytest.fixture
def wren(ticket):
    """Signs up with the address after the ticket was written."""
    return make_user("wren")


def link_by_mail(client, address):
    client.post(reverse("wagtail_escalated:guest"), {"email": address})
    call_command("escalated_send_mail", verbosity=0)
    letter = next(one for one in mail.outbox[::-1] if one.to == [address])
    return re.search(r"/support/guest/[^/\s]+/", letter.body).group()


def test_who_signs_up_sees_nothing_before_the_address_is_proved(client, wren, ticket):
    client.force_login(wren)
    assert "Smoke" not in client.get(TICKETS).text
    assert client.get(f"{TICKETS}{ticket.reference}/").status_code == 404


def test_the_link_from_the_mail_and_one_click_bring_the_requests_into_the_account(
    client, wren, ticket
):
    client.force_login(wren)
    assert "wren@example.com" in client.get(TICKETS).text
    link = link_by_mail(client, "wren@example.com")
    assert "Put my requests into my account" in client.get(link).text
    assert Contact.objects.get().user is None  # opening it changes nothing
    assert client.post(f"{link}claim/").status_code == 302
    assert "Smoke" in client.get(TICKETS).text
    assert client.get(f"{TICKETS}{ticket.reference}/").status_code == 200


def test_another_account_with_the_link_takes_nothing_over(client, wren, ticket):
    link = link_by_mail(client, "wren@example.com")
    client.force_login(make_user("thief"))
    assert client.post(f"{link}claim/").status_code == 404
    client.post(f"{link}reply/", {"body": "Mine now?"})
    assert Contact.objects.get(address="wren@example.com").user is None


def test_what_somebody_writes_before_the_proof_opens_by_a_link_of_its_own(client, wren, ticket):
    client.force_login(wren)
    answer = client.post(
        reverse("wagtail_escalated:ticket_new"), {"subject": "And a hiss", "body": "It hisses."}
    )
    assert "/guest/" in answer.url
    assert "It hisses." in client.get(answer.url).text
    assert "Smoke" not in client.get(TICKETS).text


def test_an_account_that_was_there_first_sees_what_comes_from_its_address(client):
    user = make_user("early")
    make_ticket(requester=contact_for_address("Early@Example.com"), subject="A letter")
    client.force_login(user)
    assert "A letter" in client.get(TICKETS).text


def test_where_the_host_knows_that_an_address_is_unproved_it_does_not(client, settings):
    user = make_user("early")
    wanted = {**settings.WAGTAIL_ESCALATED, "ADDRESS_CHECK": lambda account: False}
    with override_settings(WAGTAIL_ESCALATED=wanted):
        make_ticket(requester=contact_for_address("early@example.com"), subject="A letter")
    client.force_login(user)
    assert "A letter" not in client.get(TICKETS).text
