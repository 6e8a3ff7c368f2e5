"""The door for providers: exact codes and answers, nothing lost, nothing read too early."""

import base64
import gzip
import json
import logging

import pytest
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from tests.mail.letters import (
    SECRET,
    WEBHOOK,
    became,
    letter,
    mailgun_raw,
    mailgun_signature,
    post_form,
    post_json,
    postmark,
)
from wagtail_escalated.mail import later, views
from wagtail_escalated.models import InboundEmail, Ticket

pytestmark = pytest.mark.django_db

DESK = {"MAIL_DOMAIN": "support.example.com", "INBOUND_SECRET": SECRET}
REFUSED = {"error": "missing or invalid inbound secret"}


def with_desk(**more):
    return override_settings(WAGTAIL_ESCALATED=DESK | more)


def test_without_an_adapter_it_says_so(client):
    response = client.post(WEBHOOK, headers={"X-Escalated-Inbound-Secret": SECRET})
    assert (response.status_code, response.json()) == (400, {"error": "missing adapter"})


def test_an_unknown_adapter_is_named(client):
    response = post_json(client, {}, adapter="pigeon")
    assert (response.status_code, response.json()) == (400, {"error": "unknown adapter: pigeon"})


def test_the_adapter_may_come_in_a_header_and_the_query_wins(client):
    payload = json.dumps(postmark(letter()))
    headers = {"X-Escalated-Inbound-Secret": SECRET, "X-Escalated-Adapter": "postmark"}
    response = client.post(WEBHOOK, payload, content_type="application/json", headers=headers)
    assert response.status_code == 200
    response = client.post(
        f"{WEBHOOK}?adapter=pigeon", payload, content_type="application/json", headers=headers
    )
    assert response.status_code == 400


@pytest.mark.parametrize("secret", ["", "wrong", "test-secre", "test-secret "])
def test_a_wrong_secret_stores_nothing(client, secret):
    response = post_json(client, postmark(letter()), secret=secret)
    assert (response.status_code, response.json()) == (401, REFUSED)
    assert not InboundEmail.objects.exists()


def test_the_secret_may_be_the_password_of_http_basic(client):
    login = base64.b64encode(f"anybody:{SECRET}".encode()).decode()
    response = post_json(client, postmark(letter()), secret="", Authorization=f"Basic {login}")
    assert response.status_code == 200


@pytest.mark.parametrize("value", ["Basic", "Basic ###", "Bearer test-secret", "Basic w7w="])
def test_a_broken_authorization_header_is_refused(client, value):
    response = post_json(client, postmark(letter()), secret="", Authorization=value)
    assert response.status_code == 401


@pytest.mark.parametrize("secret", [None, ""])
def test_an_unset_secret_matches_nothing(client, secret):
    with with_desk(INBOUND_SECRET=secret):
        assert post_json(client, postmark(letter()), secret="").status_code == 401
        assert post_json(client, postmark(letter()), secret="None").status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_payload_stores_nothing(client, body):
    response = post_json(client, body)
    assert (response.status_code, response.json()) == (400, {"error": "invalid payload"})
    assert not InboundEmail.objects.exists()


def test_only_posts_are_taken(client):
    assert client.get(f"{WEBHOOK}?adapter=postmark").status_code == 405


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"RawEmail": "   \r\n  "},
        {"TextBody": " \n ", "HtmlBody": "", "Subject": " "},
        postmark(b"From: a@b.example\r\nSubject: \r\n\r\n \r\n\t\r\n"),
    ],
)
def test_nothing_but_whitespace_is_skipped(client, payload):
    answer = post_json(client, payload).json()
    assert answer["status"] == "skipped"
    row = InboundEmail.objects.get(pk=answer["id"])
    assert (row.state, row.reason) == ("ignored", "empty")
    assert not Ticket.objects.exists()


def test_characters_that_no_database_takes_lose_no_letter(client):
    odd = "a\ud800b\x00@support.example.com"
    answer = became(post_json(client, postmark(letter(), recipient=odd, MessageID=odd)))
    assert answer["outcome"] == "created_new"
    fields = {
        "From": "Ann \ud800 <ann@customer.example>",
        "Subject": "Lamp \ud800\x00",
        "TextBody": "Dark \ud800\x00",
        "Headers": [{"Name": "X-\ud800", "Value": "\ud800"}, None, 5],
        "Attachments": [{"Name": "\ud800.txt", "Content": "aGk=", "ContentType": "\ud800"}],
    }
    assert became(post_json(client, fields))["outcome"] == "created_new"
    ticket = Ticket.objects.latest("pk")
    assert (ticket.subject, ticket.description) == ("Lamp ?", "Dark ?")
    assert ticket.attachments.get().size == 2


def test_a_compressed_body_is_not_unpacked(client):
    response = client.generic(
        "POST",
        f"{WEBHOOK}?adapter=postmark",
        gzip.compress(b" " * 10_000_000),
        content_type="application/json",
        headers={"X-Escalated-Inbound-Secret": SECRET, "Content-Encoding": "gzip"},
    )
    assert (response.status_code, response.json()) == (400, {"error": "invalid payload"})


def test_no_secret_stands_in_the_mail_about_an_error(
    client, monkeypatch, settings, mailoutbox, caplog
):
    """Whatever Django tells the host's administrators when a delivery could not be stored."""
    from django.utils.log import AdminEmailHandler

    def full(content):
        raise OSError("no space left")

    monkeypatch.setattr("wagtail_escalated.storage.put", full)
    settings.ADMINS = [("Ada", "ada@desk.example")]
    client.raise_request_exception = False
    handler = AdminEmailHandler(include_html=True)
    logging.getLogger("django.request").addHandler(handler)
    try:
        login = base64.b64encode(f"anybody:{SECRET}".encode()).decode()
        answers = [
            post_json(client, postmark(letter()), Authorization=f"Basic {login}"),
            post_form(client, mailgun_raw(letter(), **mailgun_signature("k", token="t0ken"))),
        ]
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert [one.status_code for one in answers] == [500, 500]
    told = "".join(str(one.message()) + str(one.alternatives) for one in mailoutbox)
    assert "no space left" in told
    assert SECRET not in told + caplog.text
    assert login not in told + caplog.text


def test_the_same_delivery_again_is_a_duplicate(client):
    first = post_json(client, postmark(letter(message_id="<1@x.example>")))
    again = post_json(client, postmark(letter(message_id="<1@x.example>")))
    assert again.json()["status"] == "duplicate"
    assert again.json()["id"] == first.json()["id"]
    assert became(again)["ticket"] == became(first)["ticket"] == Ticket.objects.get().reference
    assert Ticket.objects.count() == 1


def test_a_letter_of_three_megabytes_is_taken(client):
    big = letter(files=[("big.bin", "application/octet-stream", b"x" * 3_000_000)])
    assert became(post_json(client, postmark(big)))["outcome"] == "created_new"
    assert Ticket.objects.get().attachments.get().size == 3_000_000


@with_desk(INBOUND_MAX_MB=1)
def test_a_letter_over_the_limit_is_recorded_as_held(client):
    big = letter(files=[("big.bin", "application/octet-stream", b"x" * 1_500_000)])
    response = post_json(client, postmark(big))
    assert (response.status_code, response.json()) == (413, {"error": "message too large"})
    row = InboundEmail.objects.get()
    assert (row.state, row.reason) == ("held", "too_large")
    assert not Ticket.objects.exists()


@with_desk(INBOUND_MAX_MB=1)
def test_a_length_that_lies_is_found_out_while_reading(client):
    body = b" " * 1_500_000
    response = client.generic(
        "POST",
        f"{WEBHOOK}?adapter=postmark",
        body,
        content_type="application/json",
        CONTENT_LENGTH="10",
        headers={"X-Escalated-Inbound-Secret": SECRET},
    )
    assert response.status_code in {400, 413}
    assert not Ticket.objects.exists()


def test_the_body_is_not_read_before_the_secret():
    class Poisoned:
        def read(self, *args):
            raise AssertionError("read before the secret was checked")

    request = RequestFactory().generic("POST", f"{WEBHOOK}?adapter=postmark", b"x" * 10)
    request.META["wsgi.input"] = request._stream = Poisoned()
    assert views.inbound(request).status_code == 401


@with_desk(INBOUND_MAX_MB=1)
def test_a_stranger_with_a_large_body_leaves_no_row(client):
    assert post_json(client, b" " * 1_500_000, secret="").status_code == 401
    assert not InboundEmail.objects.exists()


@pytest.mark.real_worker
def test_storing_a_letter_of_50_kb_takes_at_most_six_queries(client, monkeypatch):
    monkeypatch.setattr(later.Conf, "SYNC", False)  # as with a worker elsewhere
    payload = postmark(letter(text="x" * 70 + "\n" + ("word " * 14 + "\n") * 700))
    assert len(payload["RawEmail"]) > 48_000
    with CaptureQueriesContext(connection) as queries:
        answer = post_json(client, payload).json()
    assert answer == {"status": "accepted", "id": answer["id"]}
    assert len(queries) <= 6, [one["sql"] for one in queries]
    assert InboundEmail.objects.get().state == "received"
    assert not Ticket.objects.exists()


def test_wait_answers_after_the_work(client, monkeypatch):
    monkeypatch.setattr(later.Conf, "SYNC", False)
    answer = post_json(client, postmark(letter()), query="&wait=1").json()
    assert answer["outcome"] == "created_new"
    assert answer["ticket"] == Ticket.objects.get().reference
    assert answer["reason"] is None


def test_where_tasks_run_at_once_the_answer_tells_what_became_of_the_letter(client, monkeypatch):
    monkeypatch.setattr(later.Conf, "SYNC", True)
    answer = post_json(client, postmark(letter())).json()
    assert answer == {
        "status": "accepted",
        "id": str(InboundEmail.objects.get().pk),
        "outcome": "created_new",
        "ticket": Ticket.objects.get().reference,
        "reason": None,
    }


KEY = "mailgun-key"


@with_desk(MAILGUN_SIGNING_KEY=KEY)
def test_a_good_mailgun_signature_stands_in_for_the_secret(client):
    form = mailgun_raw(letter(), **mailgun_signature(KEY))
    assert post_form(client, form, secret="").status_code == 200


@with_desk(MAILGUN_SIGNING_KEY=KEY)
@pytest.mark.parametrize(
    "signed",
    [
        {},
        mailgun_signature("another key"),
        mailgun_signature(KEY, at=1461261330),
        mailgun_signature(KEY) | {"token": "b" * 50},
        mailgun_signature(KEY) | {"signature": ""},
        mailgun_signature(KEY) | {"timestamp": "١٢٣"},
        mailgun_signature(KEY) | {"token": "\u20ac", "signature": "\u20ac"},
    ],
)
def test_a_bad_mailgun_signature_is_refused_even_with_the_secret(client, signed):
    for secret in (SECRET, ""):
        assert post_form(client, mailgun_raw(letter(), **signed), secret=secret).status_code == 401
    assert not InboundEmail.objects.exists()


@with_desk(MAILGUN_SIGNING_KEY=KEY)
@pytest.mark.parametrize("value", ["\ud800", None, [], {}, 5])
def test_odd_values_in_a_signed_status_are_refused(client, value):
    signed = dict.fromkeys(["timestamp", "token", "signature"], value)
    for document in ({"signature": signed}, {"signature": value}):
        response = client.post(
            "/support/webhook/email/status?adapter=mailgun",
            json.dumps(document),
            content_type="application/json",
            headers={"X-Escalated-Inbound-Secret": SECRET},
        )
        assert (response.status_code, response.json()) == (401, REFUSED)


@with_desk(MAILGUN_SIGNING_KEY=KEY)
def test_a_signature_used_before_is_refused_whatever_the_body(client):
    signed = mailgun_signature(KEY)
    assert post_form(client, mailgun_raw(letter(), **signed)).status_code == 200
    assert post_form(client, mailgun_raw(letter(), **signed)).status_code == 401
    swapped = mailgun_raw(letter(text="Pay to this account.\n"), **signed)
    assert post_form(client, swapped).status_code == 401
    assert Ticket.objects.count() == 1


def test_without_a_mailgun_key_the_secret_alone_counts(client):
    assert post_form(client, mailgun_raw(letter())).status_code == 200
    assert post_form(client, mailgun_raw(letter()), secret="").status_code == 401


@with_desk(INBOUND_PROVIDERS=["mailgun"])
def test_a_provider_that_is_not_accepted_is_unknown(client):
    assert post_json(client, postmark(letter())).json() == {"error": "unknown adapter: postmark"}


@with_desk(INBOUND_PROVIDERS=["tests.mail.own_adapter.Pigeon"])
def test_a_host_may_bring_an_adapter_of_its_own(client):
    response = client.post(
        f"{WEBHOOK}?adapter=pigeon",
        letter(subject="From a bird").as_bytes(),
        content_type="message/rfc822",
        headers={"X-Escalated-Inbound-Secret": SECRET},
    )
    assert response.status_code == 200
    assert Ticket.objects.get().subject == "From a bird"


def test_health_is_told_to_those_with_the_secret(client):
    post_json(client, postmark(letter()))
    assert client.get("/support/webhook/email/health").status_code == 401
    found = client.get(
        "/support/webhook/email/health", headers={"X-Escalated-Inbound-Secret": SECRET}
    ).json()
    assert found["oldest_unprocessed_seconds"] is None
    assert "postmark" in found["last_received"]
