"""What becomes of a form sent without an account: by the site's policy, and by the host's captcha."""

import json

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from tests.factories import default_site, make_agent, make_customer, make_manager
from wagtail_escalated.actions import messages
from wagtail_escalated.models import DeskSettings, OutboundEmail, Ticket
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = pytest.mark.django_db

FORM = {"name": "Ann", "email": "ann@example.net", "subject": "No water", "body": "Since Monday."}


@pytest.fixture(autouse=True)
def any_pace(monkeypatch):
    monkeypatch.setattr("wagtail_escalated.portal.submitting.TOO_QUICK", -1)


@pytest.fixture
def reception():
    user = make_customer("reception")
    DeskSettings.objects.update_or_create(
        site=default_site(), defaults={"guest_policy": "user", "guest_user": user}
    )
    return user


def by_portal(client=None, **data):
    stamp = signing.dumps(1, salt="wagtail_escalated.portal.form")
    url = reverse("wagtail_escalated:ticket_new")
    return (client or Client()).post(url, FORM | {"stamp": stamp} | data)


def by_widget(**data):
    WidgetSettings.objects.update_or_create(site=default_site(), defaults={"enabled": True})
    url = reverse("wagtail_escalated:widget_submit")
    return Client().post(url, json.dumps(FORM | data), content_type="application/json")


@pytest.mark.parametrize("send", [by_portal, by_widget])
def test_a_request_is_taken_on_in_the_name_of_a_given_user(reception, send):
    assert send().status_code in (201, 302)
    ticket = Ticket.objects.get()
    assert ticket.requester.user == reception
    assert [row.contact.address for row in ticket.copied.all()] == ["ann@example.net"]
    colleague = Client()
    colleague.force_login(reception)
    assert "No water" in colleague.get(reverse("wagtail_escalated:tickets")).content.decode()
    agent = make_agent().user
    reply = messages.reply(ticket, body="A pipe burst.", actor=agent)
    told = OutboundEmail.objects.filter(reply=reply).values_list("address", flat=True)
    assert set(told) == {"ann@example.net", ticket.requester.address}


def test_the_visitor_reads_it_by_their_link_and_nothing_else(reception):
    other = by_portal(subject="Another")
    mine = Client()
    page = mine.get(by_portal(mine).url)
    assert "No water" in page.content.decode()
    assert "Another" not in page.content.decode()
    assert other.url != page.request["PATH_INFO"]


def test_who_is_logged_in_writes_in_their_own_name(reception):
    ben = make_customer("ben")
    client = Client()
    client.force_login(ben)
    by_portal(client)
    assert Ticket.objects.get().requester.user == ben


def test_without_the_user_the_request_is_the_visitors_own(reception):
    reception.delete()
    assert by_portal().status_code == 302
    assert Ticket.objects.get().requester.address == "ann@example.net"


def test_the_policy_wants_its_user(client):
    manager = make_manager()
    manager.is_superuser = True
    manager.save()
    client.force_login(manager)
    url = reverse(
        "wagtailsettings:edit", args=["wagtail_escalated", "desksettings", default_site().pk]
    )
    page = client.post(url, {"guest_policy": "user"}).content.decode()
    assert "Choose in whose name requests are taken on." in page


class TestCaptcha:
    @pytest.fixture
    def captcha(self, settings):
        def use(check):
            settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | {"CAPTCHA_CHECK": check}

        return use

    def test_a_form_without_it_is_given_back_with_what_was_written(self, captcha):
        captcha(lambda request: request.POST.get("solved") == "42")
        answer = by_portal()
        assert answer.status_code == 400
        assert "Please show that you are not a machine" in answer.content.decode()
        assert "Since Monday." in answer.content.decode()
        assert not Ticket.objects.exists()
        assert by_portal(solved="42").status_code == 302

    def test_the_widget_asks_it_too(self, captcha):
        captcha(lambda request: False)
        answer = by_widget()
        assert answer.status_code == 400
        assert "not a machine" in answer.json()["error"]
        assert not Ticket.objects.exists()
        captcha(lambda request: True)
        assert by_widget().status_code == 201

    def test_so_does_the_request_for_a_link(self, captcha, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "wagtail_escalated.portal.linking.tasks.enqueue", lambda *args: asked.append(args)
        )
        captcha(lambda request: False)
        url = reverse("wagtail_escalated:guest")
        assert Client().post(url, {"email": "ann@example.net"}).status_code == 400
        captcha(lambda request: True)
        Client().post(url, {"email": "ann@example.net"})
        assert [args[1] for args in asked] == ["ann@example.net"]

    def test_an_account_is_not_asked(self, captcha):
        captcha(lambda request: False)
        client = Client()
        client.force_login(make_customer("ben"))
        assert by_portal(client).status_code == 302

    def test_a_check_that_breaks_loses_no_request(self, captcha):
        def broken(request):
            raise OSError("its service is down")

        captcha(broken)
        assert by_portal().status_code == 302
