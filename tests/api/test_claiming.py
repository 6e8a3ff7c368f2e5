"""What somebody asked for as a guest comes into their account, once it is shown that the address is theirs."""

import pytest
from django.test import Client

from tests.factories import make_contact, make_customer, make_ticket, make_user
from wagtail_escalated.actions import guests
from wagtail_escalated.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def ticket():
    return make_ticket(requester=make_contact("wren@example.com", "Wren"), subject="Smoke")


@pytest.fixture
def wren(ticket):
    """Signs up with the address after the ticket was written."""
    return make_user("wren")


def link(ticket, *, by_mail=True):
    return {"token": guests.create_link(ticket, by_mail=by_mail)}


def test_the_link_from_the_mail_brings_the_requests_into_the_account(api, wren, ticket):
    program = api(wren)
    assert program.get("tickets/").json()["results"] == []
    assert program.post("guest-links/claim/", link(ticket)).status_code == 204
    [told] = program.get("tickets/").json()["results"]
    assert told["reference"] == ticket.reference
    assert Contact.objects.get().proved_at


def test_nothing_else_does(api, wren, ticket):
    token = link(ticket)
    thief, taken = make_user("thief"), make_customer("other")
    for user, sent in (
        (thief, token),
        (taken, token),
        (wren, link(ticket, by_mail=False)),
        (wren, {"token": token["token"][:-1]}),
        (wren, {"token": "x" * 129}),
    ):
        refused = api(user).post("guest-links/claim/", sent)
        assert (refused.status_code, list(refused.json())) == (400, ["token"])
    assert api().post("guest-links/claim/", token).status_code == 401
    as_guest = {"X-Guest-Token": token["token"]}
    assert api().post("guest-links/claim/", token, headers=as_guest).status_code == 400
    assert api(wren, scopes=["read"]).post("guest-links/claim/", token).status_code == 403
    assert Contact.objects.get(address="wren@example.com").user is None


def test_by_a_session_it_takes_the_csrf_token(wren, ticket):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(wren)
    path = "/support/api/v1/guest-links/claim/"
    assert browser.post(path, link(ticket)).status_code == 403
    assert Contact.objects.get(address="wren@example.com").user is None
