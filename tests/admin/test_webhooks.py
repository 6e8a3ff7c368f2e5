"""Webhooks in the admin: made with a secret that is shown once, tested, sent again."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin.people import installed, manager
from tests.factories import make_ticket
from wagtail_escalated.models import WebhookDelivery, WebhookEndpoint
from wagtail_escalated.reactions import webhooks, webhooks_http, webhooks_secrets

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss(client):
    installed()
    user = manager("boss")
    client.force_login(user)
    return user


def make(client, **sent):
    form = {"name": "Billing", "url": "https://example.com/hook", "kinds": ["created"]}
    path = reverse("escalated_webhooks:add")
    return client.post(path, form | {"payload": "thin", "active": "on"} | sent)


def test_the_secret_is_shown_once_and_signs(client, boss):
    page = make(client)
    secret = re.search(r"whsec_[\w+/=]+", page.text)[0]
    endpoint = WebhookEndpoint.objects.get()
    assert webhooks_secrets.unseal(endpoint.sealed_secret) == secret
    assert "no-store" in page["Cache-Control"]
    log = reverse("escalated_webhooks:log", args=[endpoint.pk])
    assert secret not in client.get(log).text
    renewed = client.post(log, {"do": "secret"})
    assert re.search(r"whsec_[\w+/=]+", renewed.text)[0] != secret


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://example.com/", "https://10.1.2.3/"])
def test_an_address_inside_is_refused_in_the_form(client, boss, url):
    page = make(client, url=url)
    assert page.status_code == 200 and not WebhookEndpoint.objects.exists()


def test_a_test_and_a_second_sending_are_in_the_log(client, boss, monkeypatch):
    make(client)
    endpoint = WebhookEndpoint.objects.get()
    answers = iter([webhooks_http.Answer(200, "thanks"), webhooks_http.Answer(500, "<b>oh</b>")])
    monkeypatch.setattr(webhooks_http, "post", lambda *arguments: next(answers))
    log = reverse("escalated_webhooks:log", args=[endpoint.pk])
    assert client.post(log, {"do": "test"}).status_code == 302
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "delivered"
    client.post(log, {"do": "again", "delivery": delivery.pk})
    page = client.get(log).text
    assert "thanks" in page and "&lt;b&gt;oh&lt;/b&gt;" in page
    assert delivery.log.count() == 2


def test_switching_it_on_again_forgets_that_it_failed(client, boss):
    make(client)
    from django.utils import timezone

    now = timezone.now()
    WebhookEndpoint.objects.update(active=False, switched_off_at=now, failing_since=now)
    endpoint = WebhookEndpoint.objects.get()
    form = {"name": "Billing", "url": "https://example.com/hook", "kinds": ["created"]}
    path = reverse("escalated_webhooks:edit", args=[endpoint.pk])
    assert client.post(path, form | {"payload": "thin", "active": "on"}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.switched_off_at, endpoint.failing_since) == (True, None, None)


def test_the_log_of_tickets_names_them(client, boss, monkeypatch):
    make(client)
    monkeypatch.setattr(webhooks_http, "post", lambda *arguments: webhooks_http.Answer(204, ""))
    ticket = make_ticket()
    webhooks.send_soon()
    log = reverse("escalated_webhooks:log", args=[WebhookEndpoint.objects.get().pk])
    assert ticket.reference in client.get(log).text


def test_the_log_is_read_page_by_page_and_by_state(client, boss):
    make(client)
    endpoint = WebhookEndpoint.objects.get()
    now = timezone.now()
    rows = [
        WebhookDelivery(
            endpoint=endpoint, created_at=now, state="failed" if n % 60 else "delivered"
        )
        for n in range(61)
    ]
    WebhookDelivery.objects.bulk_create(rows)
    log = reverse("escalated_webhooks:log", args=[endpoint.pk])
    assert len(client.get(log).context["page"]) == 50
    assert len(client.get(log, {"p": "2"}).context["page"]) == 11
    delivered = client.get(log, {"state": "delivered"}).context["page"]
    assert {row.state for row in delivered} == {"delivered"} and len(delivered) == 2
    assert len(client.get(log, {"state": "no such"}).context["page"]) == 50
