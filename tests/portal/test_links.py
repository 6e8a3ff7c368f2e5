"""Links and forms that claim to be somebody: what they open, what they prove, and where they lead."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from tests.factories import (
    default_site,
    make_agent,
    make_contact,
    make_customer,
    make_manager,
    make_ticket,
    make_user,
)
from tests.portal.test_submitting import form
from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.models import OutboundEmail, Ticket

pytestmark = pytest.mark.django_db

NEW, GUEST = reverse("wagtail_escalated:ticket_new"), reverse("wagtail_escalated:guest")


def guest_page(token, step=""):
    return f"{GUEST}{token}/{step}"


@pytest.fixture(autouse=True)
def any_pace(monkeypatch):
    monkeypatch.setattr("wagtail_escalated.portal.submitting.TOO_QUICK", -1)


@pytest.mark.parametrize(("by_mail", "proved"), [(False, False), (True, True)])
def test_only_an_answer_by_a_mailed_link_counts_as_the_requesters(client, by_mail, proved):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=by_mail)
    client.post(guest_page(token, "reply/"), {"body": "It is me"})
    assert ticket.replies.get().proved is proved


def test_an_answer_by_a_login_counts_as_the_requesters(client):
    ann = make_customer("ann")
    ticket = make_ticket(requester=ann, actor=ann)
    client.force_login(ann)
    client.post(
        reverse("wagtail_escalated:ticket_reply", args=[ticket.reference]), {"body": "Mine"}
    )
    assert ticket.replies.get().proved


def test_who_has_shown_nothing_has_nobody_mailed_by_answering(client):
    """A form with somebody's address gives a link at once: with it, others must not be written to."""
    ticket = make_ticket()
    agent = make_agent().user
    messages.reply(ticket, body="Hello both", actor=agent, cc=["boss@example.net"])
    OutboundEmail.objects.all().delete()
    token = guests.create_link(ticket, by_mail=False)
    client.post(guest_page(token, "reply/"), {"body": "Buy my pills"})
    assert not OutboundEmail.objects.filter(address="boss@example.net").exists()


def test_an_account_that_came_after_the_address_is_not_taken_for_its_owner(client):
    make_ticket(requester=make_contact("wren@example.com", "Wren"))
    client.force_login(make_user("wren"))  # signs up with the address of somebody else
    client.post(NEW, {"subject": "As I said", "body": "Send it to my new flat."})
    assert not Ticket.objects.get(subject="As I said").proved
    client.force_login(make_customer("ann"))
    client.post(NEW, {"subject": "Mine", "body": "x"})
    assert Ticket.objects.get(subject="Mine").proved


def test_what_a_merge_brings_in_is_not_for_a_link_that_was_only_shown(client):
    victim = make_contact("victim@example.net", "Vic")
    old = make_ticket(requester=victim, description="My card ends in 4711")
    messages.reply(old, body="Thank you, Vic of 12 Elm Street", actor=make_agent().user)
    new = make_ticket(requester=victim, subject="Hello?")  # by anybody who knows the address
    shown, mailed = guests.create_link(new, by_mail=False), guests.create_link(new, by_mail=True)
    assert client.get(guest_page(shown)).status_code == 200
    boss = make_manager()
    tickets.merge(old, new, actor=boss)
    gone = client.get(guest_page(shown))
    assert gone.status_code == 404
    assert GUEST in gone.text  # a new one comes by mail
    assert client.post(guest_page(shown, "reply/"), {"body": "x"}).status_code == 404
    assert "4711" in client.get(guest_page(mailed)).text
    tickets.unmerge(old, actor=boss)
    assert client.get(guest_page(shown)).status_code == 200


def test_a_guest_whose_request_was_joined_with_another_is_told_how_to_go_on(client):
    ticket, other = [make_ticket(requester=make_contact("gus@example.net")) for _ in range(2)]
    token = guests.create_link(ticket, by_mail=True)
    tickets.merge(ticket, other, actor=make_manager())
    page = client.get(guest_page(token))
    assert page.status_code == 200
    assert re.search(rf'class="esc-notice">[^/]*<a href="{GUEST}"', page.text)


def test_known_and_unknown_addresses_cost_the_same(client):
    """What takes the same work takes the same time: the rest is done by the worker."""
    make_ticket(requester=make_contact("known@example.net"))
    client.post(GUEST, {"email": "first@example.net"})  # what is read once for all
    costs = []
    for email in ("known@example.net", "unknown@example.net"):
        with CaptureQueriesContext(connection) as caught:
            assert client.post(GUEST, {"email": email}).status_code == 200
        costs.append([re.sub(r"'[^']*'|\d+", "?", one["sql"])[:80] for one in caught])
    assert costs[0] == costs[1]


def test_a_foreign_and_an_unknown_reference_cost_the_same(client):
    foreign = make_ticket()
    client.force_login(make_customer("ann"))
    costs = []
    for reference in ("ESC-2604-111111", "ESC-2604-000000", foreign.reference):
        with CaptureQueriesContext(connection) as caught:
            address = reverse("wagtail_escalated:ticket_conversation", args=[reference])
            assert client.get(address).status_code == 404
        costs.append(len(caught))
    assert costs[1] == costs[2]  # the first read what is read once for all


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("proxied", [False, True])
def test_links_in_mails_lead_to_the_site_whatever_host_was_asked_for(client, settings, proxied):
    settings.ALLOWED_HOSTS, settings.USE_X_FORWARDED_HOST = ["*"], proxied
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    mail.outbox.clear()
    client.post(NEW, form(email="gus@example.net", name="Gus"), headers=evil)
    client.post(GUEST, {"email": "gus@example.net"}, headers=evil)
    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        html = letter.alternatives[0][0] if letter.alternatives else ""
        assert "evil.example" not in letter.body + html + str(letter.extra_headers)
        hosts = {urlsplit(one).netloc for one in re.findall(r"https?://[^\s\"<>)]+", letter.body)}
        assert hosts == {urlsplit(default_site().root_url).netloc}


@override_settings(ALLOWED_HOSTS=["*"])
def test_no_page_leads_to_the_host_that_was_asked_for(client):
    evil = {"Host": "evil.example"}
    client.force_login(make_customer("ann"))
    answer = client.post(NEW, {"subject": "Leak", "body": "Water"}, headers=evil)
    assert answer.url.startswith("/")
    for address in (NEW, GUEST, reverse("wagtail_escalated:tickets"), answer.url):
        assert "evil.example" not in client.get(address, headers=evil).text
