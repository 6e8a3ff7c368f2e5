"""A request through the portal's form: with an account, and as a guest under the site's policy."""

import re
import secrets

import pytest
from django.core import mail, signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.factories import default_site, make_contact, make_customer, make_department, make_ticket
from wagtail_escalated.models import Contact, DeskSettings, GuestLink, GuestPolicy, Ticket
from wagtail_escalated.portal import submitting

pytestmark = pytest.mark.django_db

NEW = "wagtail_escalated:ticket_new"


def stamp():
    """As if the form had been opened a while ago."""
    signer = signing.TimestampSigner(salt=submitting.STAMP)
    signer.timestamp = lambda: signing.b62_encode(int(timezone.now().timestamp()) - 60)
    return signer.sign_object(secrets.token_hex(4))


def form(**changes):
    return {
        "name": "Gus Guest",
        "email": "gus@example.net",
        "subject": "My printer is on fire",
        "body": "It burns.",
        "stamp": stamp(),
    } | changes


def test_a_customer_sends_a_request_with_a_file(client):
    ann = make_customer("ann")
    repairs = make_department("Repairs")
    client.force_login(ann)
    files = SimpleUploadedFile("plan.txt", b"hello")
    sent = client.post(
        reverse(NEW),
        {"subject": "Leak", "body": "Water", "department": repairs.pk, "files": files},
        follow=True,
    )
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.department, ticket.channel) == ("Leak", repairs, "web")
    assert ticket.requester == ann.escalated_contact
    assert ticket.attachments.get().name == "plan.txt"
    assert "Thank you, we have received your request." in sent.text
    assert ticket.events.get(kind="created").door == "portal"


def test_fields_that_are_not_in_the_form_are_ignored(client):
    ann, ben = make_customer("ann"), make_customer("ben")
    client.force_login(ann)
    client.post(
        reverse(NEW),
        form(
            status="closed",
            assignee="1",
            requester=str(ben.pk),
            created_at="2001-01-01",
            priority="critical",
        ),
    )
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.assignee, ticket.priority) == ("open", None, 1)
    assert ticket.requester == ann.escalated_contact


def test_a_hidden_department_cannot_be_chosen(client):
    client.force_login(make_customer())
    inner = make_department("Inner", public=False)
    page = client.get(reverse(NEW)).text
    assert "Inner" not in page
    assert client.post(reverse(NEW), form(department=inner.pk)).status_code == 400
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("field", ["name", "email", "subject", "body"])
def test_a_blank_field_is_told_at_the_field_and_nothing_stored(client, field):
    page = client.post(reverse(NEW), form(**{field: "   "}))
    assert page.status_code == 400
    assert f'id="id_{field}_error"' in page.text
    assert not Ticket.objects.exists()
    assert not Contact.objects.exists()


def test_too_long_is_told_too(client):
    page = client.post(reverse(NEW), form(subject="x" * 300, body="y" * 30_000))
    assert page.status_code == 400
    assert not Ticket.objects.exists()


def test_a_guest_gets_a_page_of_their_own_at_once_and_an_address_that_is_not_proved(client):
    sent = client.post(reverse(NEW), form(), follow=True)
    ticket = Ticket.objects.get()
    assert ticket.requester.address == "gus@example.net"
    assert not ticket.proved
    assert sent.redirect_chain[0][0].startswith("/support/guest/")
    assert "My printer is on fire" in sent.text
    assert ticket.reference not in sent.redirect_chain[0][0]


def test_an_address_is_one_contact_whatever_its_case_and_a_name_is_never_overwritten(client):
    make_contact("gus@example.net", "The real Gus")
    client.post(reverse(NEW), form(email="GUS@Example.NET", name="Somebody"))
    contact = Contact.objects.get()
    assert contact.name == "The real Gus"


def test_where_guests_must_log_in_there_is_no_form(client):
    desk = DeskSettings.for_site(default_site())
    desk.guest_policy = GuestPolicy.SIGN_UP
    desk.save()
    for answer in (client.get(reverse(NEW)), client.post(reverse(NEW), form())):
        assert answer.status_code == 302
        assert "login" in answer.url
    assert not Ticket.objects.exists()


def test_a_machine_that_fills_the_hidden_field_or_is_too_quick_is_asked_again(client):
    fresh = signing.dumps(1, salt=submitting.STAMP)
    for bad in (
        {"website": "http://spam.example"},
        {"stamp": fresh},
        {"stamp": "forged"},
        {"stamp": ""},
    ):
        page = client.post(reverse(NEW), form(**bad))
        assert page.status_code == 400
        assert "It burns." in page.text
    assert not Ticket.objects.exists()


@pytest.mark.usefixtures("within_one_window")
def test_one_address_cannot_be_bombed(client, monkeypatch):
    monkeypatch.setattr("wagtail_escalated.proof.CALM_ADDRESS", 100)
    answers = [client.post(reverse(NEW), form(email="victim@example.net")) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert Ticket.objects.count() == 5


def test_an_html_subject_stays_text(client):
    sent = client.post(reverse(NEW), form(subject="<b>x</b>{{ secret }}"), follow=True)
    assert "&lt;b&gt;x&lt;/b&gt;{{ secret }}" in sent.text


def test_it_needs_the_csrf_token():
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse(NEW), form()).status_code == 403
    assert not Ticket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_link_is_mailed_to_a_known_address_and_the_page_tells_nobody(client):
    ticket = make_ticket(requester=make_contact("gus@example.net"))
    mail.outbox.clear()
    address = reverse("wagtail_escalated:guest")
    known = client.post(address, {"email": "Gus@Example.net"})
    unknown = client.post(address, {"email": "nobody@example.net"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("Gus@Example.net", "") == unknown.text.replace(
        "nobody@example.net", ""
    )
    assert [letter.to for letter in mail.outbox] == [["gus@example.net"]]
    link = re.search(r"/support/guest/([\w-]+)/", mail.outbox[0].body)
    page = client.get(link[0])
    assert ticket.subject in page.text
    assert not GuestLink.objects.exclude(last_used_at=None).exists()


@pytest.mark.usefixtures("within_one_window")
@pytest.mark.django_db(transaction=True)
def test_asking_for_links_again_and_again_sends_few_mails(client):
    make_ticket(requester=make_contact("gus@example.net"))
    mail.outbox.clear()
    address = reverse("wagtail_escalated:guest")
    pages = {client.post(address, {"email": "gus@example.net"}).text for _ in range(8)}
    assert len(pages) == 1
    assert 1 <= len(mail.outbox) <= 3
    codes = [client.post(address, {"email": f"a{n}@example.net"}).status_code for n in range(5)]
    assert codes[-1] == 429
