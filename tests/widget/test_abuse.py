"""What somebody who means harm, or a broken script, sends to the widget's endpoints."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Site

from tests.factories import default_site, make_contact, make_manager, make_ticket
from tests.widget.conftest import ORIGIN
from wagtail_escalated.actions import guests, tickets
from wagtail_escalated.models import Contact, Ticket
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = pytest.mark.django_db

FORM = {"name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water"}
ENDPOINTS = (
    "widget.js",
    "proof.js",
    "config",
    "articles?q=leak",
    "articles/1",
    "articles/1/feedback",
    "tickets",
    "tickets/ESC-2604-0A1B2C",
    "tickets/ESC-2604-0A1B2C/replies",
    "tickets/ESC-2604-0A1B2C/files/8f4ab6b0-7bd5-4f3f-9e0d-6f6c1a3a1f11",
)


def send(client, data, **headers):
    return client.post(
        "/support/widget/tickets",
        json.dumps(data),
        "application/json",
        headers={"Origin": ORIGIN, **headers},
    )


@pytest.mark.parametrize("field", [*FORM, "key", "trail", "time_zone", "department", "website"])
@pytest.mark.parametrize("text", ["\ud800", "a\udfff\udc00b", "\x00", "\u202e\u2066", "\uffff"])
def test_no_text_breaks_a_form(client, settings_of_widget, field, text):
    sent = {"website": ""} | FORM | {field: FORM.get(field, "") + text}
    answer = send(client, sent)
    assert answer.status_code in (201, 400)
    for ticket in Ticket.objects.all():
        (ticket.subject + ticket.description + ticket.requester.name).encode()  # no half characters


@pytest.mark.parametrize(
    "value", [None, True, 1e400, 10**400, -1, [], {}, "x" * 100_000, {"__proto__": {"a": 1}}]
)
@pytest.mark.parametrize("field", ["subject", "email", "department", "key", "signature"])
def test_no_value_breaks_a_form(client, settings_of_widget, field, value):
    assert send(client, FORM | {field: value}).status_code in (201, 400, 403)


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("method", ["get", "post", "options", "head", "put", "delete"])
def test_no_endpoint_tells_a_foreign_page_anything(client, settings_of_widget, path, method):
    answer = getattr(client, method)(
        f"/support/widget/{path}",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_answer_says_for_whom_it_is(ask, path):
    """A cache between must not give one page's answer, or one language's, to another."""
    answer = ask.get(path)
    assert {"Origin", "Accept-Language"} <= set(re.split(r",\s*", answer["Vary"]))
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_identity_is_of_no_use_on_another_site(client, settings_of_widget, settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "other.example"]
    other = Site.objects.create(hostname="other.example", root_page=default_site().root_page)
    WidgetSettings.objects.create(site=other, allowed_origins=ORIGIN)
    signed = FORM | {"signature": settings_of_widget.signature_of(FORM["email"])}
    assert send(client, signed, Host="other.example").status_code == 403
    assert not Contact.objects.exists()
    assert send(client, signed).status_code == 201


def test_an_identity_writes_and_reads_nothing_of_before(ask, settings_of_widget):
    """Who catches a signature can write as that visitor, as with a caught session, and read nothing."""
    old = make_ticket(requester=make_contact(FORM["email"]))
    signature = settings_of_widget.signature_of(FORM["email"])
    token = ask.post("tickets", FORM | {"signature": signature}).json()["token"]
    assert ask.get(f"tickets/{old.reference}", token=token).status_code == 404
    for header in (signature, FORM["email"]):
        assert ask.get(f"tickets/{old.reference}", token=header).status_code == 404


@pytest.mark.parametrize("identified", [False, True])
def test_an_answer_counts_as_the_requesters_only_where_the_site_knew_them(
    ask, settings_of_widget, identified
):
    signature = settings_of_widget.signature_of(FORM["email"])
    sent = ask.post("tickets", FORM | ({"signature": signature} if identified else {})).json()
    ask.post(f"tickets/{sent['reference']}/replies", {"body": "Me again"}, token=sent["token"])
    assert Ticket.objects.get().replies.get().proved is identified


def test_what_a_merge_brings_in_is_not_for_who_only_typed_the_address(ask):
    old = make_ticket(requester=make_contact(FORM["email"]), description="My card ends in 4711")
    sent = ask.post("tickets", FORM).json()
    new = Ticket.objects.get(reference=sent["reference"])
    assert ask.get(f"tickets/{new.reference}", token=sent["token"]).status_code == 200
    tickets.merge(old, new, actor=make_manager())
    seen = ask.get(f"tickets/{new.reference}", token=sent["token"])
    assert seen.status_code == 404
    assert "4711" not in seen.text


def test_foreign_invented_and_missing_tokens_cost_the_same(ask):
    mine, other = make_ticket(), make_ticket()
    foreign = guests.create_link(other, by_mail=False)
    ask.get(f"tickets/{mine.reference}", token="first")  # what is read once for all
    told = []
    for token in ("x" * 43, foreign):
        with CaptureQueriesContext(connection) as caught:
            answer = ask.get(f"tickets/{mine.reference}", token=token)
        told.append((answer.status_code, answer.content, dict(answer.headers), len(caught)))
    assert told[0][:3] == told[1][:3]
    assert abs(told[0][3] - told[1][3]) <= 1  # whose ticket it is was asked for, of a real one
