"""How mails look before anybody gets one, and the test mail."""

import smtplib

import pytest
from django.core.mail.backends import locmem
from django.urls import reverse
from wagtail.models import Site

from tests.factories import make_agent, make_manager
from wagtail_escalated.mail.preview import KINDS
from wagtail_escalated.models import DeskSettings

pytestmark = pytest.mark.django_db

PAGE, FRAME = "/admin/support/mails/", "/admin/support/mails/frame/"


@pytest.fixture
def manager(client):
    user = make_manager("mira")
    client.force_login(user)
    return user


@pytest.fixture
def branded():
    look = DeskSettings.for_site(Site.objects.get(is_default_site=True))
    look.name, look.colour, look.mail_footer = "Lamp & Son", "#a1b2c3", "Open from 9 to 5."
    look.sender_name, look.sender_address = "The lamp desk", "lamps@support.example.com"
    look.save()
    return look


@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_is_shown_in_the_sites_branding_as_html_and_as_text(
    client, manager, branded, kind
):
    page = client.get(PAGE, {"kind": kind})
    assert "Open from 9 to 5." in page.context["message"].body
    assert "Lamp &amp; Son" in page.content.decode()
    assert "lamps@support.example.com" in page.content.decode()
    frame = client.get(FRAME, {"kind": kind})
    html = frame.content.decode()
    assert "#a1b2c3" in html.lower()
    assert "Lamp &amp; Son" in html
    assert "Open from 9 to 5." in html
    assert "sandbox" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_the_language_may_be_chosen(client, manager):
    assert 'lang="ar" dir="rtl"' in client.get(FRAME, {"language": "ar"}).content.decode()


@pytest.mark.parametrize("query", [{"kind": "x"}, {"site": "0"}, {"language": "xx"}])
def test_what_does_not_exist_is_not_found(client, manager, query):
    assert client.get(PAGE, query).status_code == 404
    assert client.get(FRAME, query).status_code == 404
    assert client.post(PAGE, query).status_code == 404


def test_a_test_mail_goes_to_whoever_asks_and_to_nobody_else(client, manager, branded, mailoutbox):
    response = client.post(PAGE, {"kind": "reply", "to": "victim@example.net"}, follow=True)
    assert "A test mail was sent to mira@example.com." in response.content.decode()
    (mail,) = mailoutbox
    assert (mail.to, mail.cc, mail.bcc) == (["mira@example.com"], [], [])
    assert mail.from_email == "The lamp desk <lamps@support.example.com>"
    assert mail.subject.startswith("Test: Re: [ESC-")
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "Lamp &amp; Son" in mail.alternatives[0][0]


def test_what_the_mail_server_says_is_shown(client, manager, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPAuthenticationError(535, b"wrong password")

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    said = client.post(PAGE, {"kind": "reply"}, follow=True).content.decode()
    assert "The mail server did not take it." in said
    assert "wrong password" in said


def test_many_test_mails_are_too_many(client, manager, mailoutbox):
    for _number in range(25):
        client.post(PAGE, {"kind": "reply"})
    assert len(mailoutbox) == 20


def test_agents_have_no_business_there(client, mailoutbox):
    client.force_login(make_agent("ada").user)
    assert client.get(PAGE).status_code == 302
    assert client.get(FRAME).status_code == 302
    assert client.post(PAGE, {"kind": "reply"}).status_code == 302
    assert not mailoutbox


def test_setup_and_settings_lead_there(client, admin_client):
    assert PAGE in admin_client.get(reverse("wagtail_escalated_admin:setup")).content.decode()
    settings_page = admin_client.get("/admin/settings/wagtail_escalated/desksettings/", follow=True)
    assert PAGE in settings_page.content.decode()
