"""The same letter through each provider, in each of their formats: the same ticket."""

import io
import json

import boto3
import pytest
from botocore.stub import Stubber
from django.test import override_settings

from tests.mail import sns as signed_by
from tests.mail.letters import (
    PDF,
    PNG,
    SECRET,
    STATUS_HOOK,
    became,
    letter,
    mailgun_parsed,
    mailgun_raw,
    post_form,
    post_json,
    postmark,
)
from wagtail_escalated.mail.adapters import sns
from wagtail_escalated.models import InboundEmail, OutboundEmail, SuppressedAddress, Ticket

pytestmark = pytest.mark.django_db

DESK = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": SECRET,
    "SNS_TOPIC_ARNS": [signed_by.TOPIC],
    "UNDO_SEND_SECONDS": 0,
}


@pytest.fixture(autouse=True)
def amazon(monkeypatch):
    """Certificates come from the test, not from Amazon's hosts."""
    monkeypatch.setattr(sns, "certificate", lambda url: signed_by.CERTIFICATE)
    with override_settings(WAGTAIL_ESCALATED=DESK):
        yield


def the_letter():
    return letter(
        subject="Größe falsch",
        text="Die Lampe ist zu groß.\n",
        html='<p>Die Lampe ist <b>zu groß</b>. <img src="cid:lamp@x"></p>',
        inline=[("lamp@x", "lamp.png", PNG)],
        files=[("rechnung.pdf", "application/pdf", PDF)],
        message_id="<same@customer.example>",
    )


def postmark_without_raw(message):
    html = message.get_body(("html",)).get_content()
    return {
        "OriginalRecipient": "support@support.example.com",
        "From": str(message["From"]),
        "To": str(message["To"]),
        "Subject": str(message["Subject"]),
        "Date": str(message["Date"]),
        "TextBody": message.get_body(("plain",)).get_content(),
        "HtmlBody": html,
        "Headers": [{"Name": "Message-ID", "Value": str(message["Message-ID"])}],
        "Attachments": [
            {
                "Name": part.get_filename(),
                "Content": part.get_payload(),
                "ContentType": part.get_content_type(),
                "ContentID": (part["Content-ID"] or "").strip("<>"),
            }
            for part in message.walk()
            if part.get_filename()
        ],
    }


def by_ses(client, document):
    return client.post(
        "/support/webhook/email/inbound?adapter=ses",
        json.dumps(document),
        content_type="text/plain",
    )


WAYS = {
    "Postmark with the raw letter": lambda client, one: post_json(client, postmark(one)),
    "Postmark without it": lambda client, one: post_json(client, postmark_without_raw(one)),
    "Mailgun's raw MIME": lambda client, one: post_form(client, mailgun_raw(one)),
    "Mailgun's form": lambda client, one: post_form(client, mailgun_parsed(one)),
    "SES with base64": lambda client, one: by_ses(client, signed_by.received(one.as_bytes())),
    "SES with UTF-8": lambda client, one: by_ses(
        client, signed_by.received(one.as_bytes(), encoding="UTF8")
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_letter_makes_the_same_ticket(client, way):
    answer = became(WAYS[way](client, the_letter()))
    assert answer["outcome"] == "created_new", answer
    ticket = Ticket.objects.get()
    assert ticket.subject == "Größe falsch"
    assert ticket.description == "Die Lampe ist zu groß."
    assert "<b>zu groß</b>" in ticket.description_html
    assert ticket.requester.address == "ann@customer.example"
    files = {one.name: one for one in ticket.attachments.all()}
    assert (files["lamp.png"].size, files["lamp.png"].inline) == (len(PNG), True)
    assert (files["rechnung.pdf"].size, files["rechnung.pdf"].inline) == (len(PDF), False)
    assert InboundEmail.objects.get().message_id == "same@customer.example"


@pytest.mark.parametrize("first", WAYS)
def test_the_same_letter_by_another_way_is_a_duplicate(client, first):
    WAYS[first](client, the_letter())
    for way in WAYS.values():
        assert way(client, the_letter()).status_code == 200
    assert Ticket.objects.count() == 1


def test_mailgun_url_encoded_works_too(client):
    from urllib.parse import urlencode

    response = client.post(
        "/support/webhook/email/inbound?adapter=mailgun",
        urlencode(mailgun_raw(the_letter())),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Escalated-Inbound-Secret": SECRET},
    )
    assert became(response)["outcome"] == "created_new"


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain"]
)
def test_what_is_no_form_is_an_invalid_payload(client, kind):
    response = client.generic(
        "POST",
        "/support/webhook/email/inbound?adapter=mailgun",
        b"nothing",
        content_type=kind,
        headers={"X-Escalated-Inbound-Secret": SECRET},
    )
    assert (response.status_code, response.json()) == (400, {"error": "invalid payload"})


def test_files_that_stay_with_mailgun_are_listed_and_nothing_is_fetched(client, monkeypatch):
    """``store()`` names them by URLs; whoever posts could name any."""
    import socket

    def connect(*args, **kwargs):
        raise AssertionError("an address out of a request was opened")

    monkeypatch.setattr(socket, "create_connection", connect)
    url = "http://169.254.169.254/latest"
    files = [{"url": url, "name": "plan.pdf", "size": 5}, {"url": url}, "x"]
    form = mailgun_parsed(letter(), attachments=json.dumps(files), **{"message-url": url})
    assert became(post_form(client, form))["outcome"] == "created_new"
    ticket = Ticket.objects.get()
    assert ticket.description == "It stays dark."
    assert [one.name for one in ticket.attachments.all()] == ["plan.pdf", "attachment-2.bin"]
    assert all("not fetched" in one.rejected for one in ticket.attachments.all())


def test_a_letter_in_s3_is_fetched_by_the_worker(client, monkeypatch):
    stub_s3(monkeypatch, the_letter().as_bytes())
    response = by_ses(client, signed_by.received(b"", s3=("letters", "key-1")))
    assert became(response)["outcome"] == "created_new"
    assert Ticket.objects.get().subject == "Größe falsch"


def test_s3_that_does_not_answer_is_asked_again(client, monkeypatch):
    stub_s3(monkeypatch, None)
    answer = by_ses(client, signed_by.received(b"", s3=("letters", "key-1"))).json()
    row = InboundEmail.objects.get(pk=answer["id"])
    assert (row.state, row.reason) == ("failed", "unavailable")
    assert row.next_attempt_at is not None


def stub_s3(monkeypatch, content):
    client = boto3.client(
        "s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stub = Stubber(client)
    if content is None:
        stub.add_client_error("get_object", "AccessDenied")
    else:
        from botocore.response import StreamingBody

        body = StreamingBody(io.BytesIO(content), len(content))
        stub.add_response("get_object", {"Body": body}, {"Bucket": "letters", "Key": "key-1"})
    stub.activate()
    monkeypatch.setattr(boto3, "client", lambda *args, **kwargs: client)


FORGED = {
    "another topic": {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:letters"},
    "a certificate from elsewhere": {
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem"
    },
    "a certificate by http": {
        "SigningCertURL": "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"
    },
    "a certificate of another bucket": {
        "SigningCertURL": "https://s3.amazonaws.com/evil/SimpleNotificationService-0.pem"
    },
    "an unknown version": {"SignatureVersion": "3"},
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_notification_is_refused_even_with_the_secret(client, how):
    document = signed_by.received(the_letter().as_bytes()) | FORGED[how]
    for secret in (SECRET, ""):
        assert post_json(client, document, adapter="ses", secret=secret).status_code == 401
    assert not InboundEmail.objects.exists()


@pytest.mark.parametrize("at", ["2016-11-20T10:00:00.000Z", "2999-01-01T00:00:00Z", "soon", None])
def test_a_stale_notification_is_refused_though_its_signature_is_good(client, at):
    document = signed_by.signed(Message=json.dumps({}), Timestamp=at)
    assert post_json(client, document, adapter="ses").status_code == 401
    assert not InboundEmail.objects.exists()


def test_a_foreign_topic_validly_signed_is_refused(client):
    document = signed_by.signed(
        TopicArn="arn:aws:sns:eu-west-1:999999999999:mine", Message=json.dumps({})
    )
    assert by_ses(client, document).status_code == 401


def test_a_changed_message_breaks_the_signature(client):
    document = signed_by.received(the_letter().as_bytes())
    document["Message"] = document["Message"].replace("Received", "received")
    assert by_ses(client, document).status_code == 401


def test_without_topics_ses_is_refused(client):
    with override_settings(WAGTAIL_ESCALATED=DESK | {"SNS_TOPIC_ARNS": []}):
        assert by_ses(client, signed_by.received(the_letter().as_bytes())).status_code == 401


def test_a_message_that_is_no_json_is_an_invalid_payload(client):
    response = by_ses(client, signed_by.signed(Message="hello"))
    assert (response.status_code, response.json()) == (400, {"error": "invalid payload"})


def test_both_signature_versions_of_sns_are_known(client):
    document = signed_by.signed(
        SignatureVersion="1",
        Message=signed_by.received(the_letter().as_bytes())["Message"],
    )
    assert by_ses(client, document).status_code == 200


def test_a_subscription_is_confirmed_through_the_api_alone(client, monkeypatch):
    asked = []

    class SNS:
        def confirm_subscription(self, **arguments):
            asked.append(arguments)

    monkeypatch.setattr(boto3, "client", lambda *args, **kwargs: SNS())
    document = signed_by.signed(
        Type="SubscriptionConfirmation",
        Token="a-token",
        SubscribeURL="http://169.254.169.254/latest/meta-data",
        Message="You have chosen to subscribe",
    )
    answer = by_ses(client, document).json()
    assert asked == [{"TopicArn": signed_by.TOPIC, "Token": "a-token"}]
    assert answer["status"] == "accepted"
    assert InboundEmail.objects.get(pk=answer["id"]).reason == "sns_confirmation"
    assert by_ses(client, document | {"Token": "another"}).status_code == 401


@pytest.fixture
def sent_mail(client, sent):
    """A confirmation that left, with the id a provider gave it."""
    with sent():
        answer = became(post_json(client, postmark(the_letter())))
    OutboundEmail.objects.update(provider_id="provider-1")
    return OutboundEmail.objects.get(ticket__reference=answer["ticket"])


def post_status(client, payload, adapter, secret=SECRET):
    headers = {"X-Escalated-Inbound-Secret": secret} if secret else {}
    return client.post(
        f"{STATUS_HOOK}?adapter={adapter}",
        json.dumps(payload),
        content_type="application/json",
        headers=headers,
    )


POSTMARK_BOUNCE = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "MessageID": "provider-1",
    "Email": "ann@customer.example",
    "Description": "No such person",
}
MAILGUN_BOUNCE = {
    "event-data": {
        "event": "failed",
        "severity": "permanent",
        "recipient": "ann@customer.example",
        "message": {"headers": {"message-id": "provider-1"}},
        "delivery-status": {"message": "No such person"},
    }
}
SES_BOUNCE = {
    "notificationType": "Bounce",
    "mail": {"messageId": "provider-1"},
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "No such person",
        "bouncedRecipients": [{"emailAddress": "ann@customer.example"}],
    },
}


@pytest.mark.parametrize("adapter", ["postmark", "mailgun", "ses"])
def test_a_bounce_is_shown_at_the_mail_and_stops_the_address(client, sent_mail, adapter):
    payload = {
        "postmark": POSTMARK_BOUNCE,
        "mailgun": MAILGUN_BOUNCE,
        "ses": signed_by.signed(Message=json.dumps(SES_BOUNCE)),
    }[adapter]
    response = post_status(client, payload, adapter)
    assert response.json() == {"status": "accepted", "events": 1}
    sent_mail.refresh_from_db()
    assert (sent_mail.state, sent_mail.error) == ("bounced", "No such person")
    assert sent_mail.ticket.events.filter(kind="mail_failed").count() == 1
    assert SuppressedAddress.objects.get().address == "ann@customer.example"
    post_status(client, payload, adapter)
    assert sent_mail.ticket.events.filter(kind="mail_failed").count() == 1


def test_a_delivery_is_shown_and_never_undoes_a_bounce(client, sent_mail):
    delivered = POSTMARK_BOUNCE | {"RecordType": "Delivery", "Recipient": "ann@customer.example"}
    post_status(client, delivered, "postmark")
    sent_mail.refresh_from_db()
    assert sent_mail.state == "delivered"
    post_status(client, POSTMARK_BOUNCE, "postmark")
    post_status(client, delivered, "postmark")
    sent_mail.refresh_from_db()
    assert sent_mail.state == "bounced"


def test_a_complaint_stops_the_address(client, sent_mail):
    post_status(client, POSTMARK_BOUNCE | {"RecordType": "SpamComplaint"}, "postmark")
    sent_mail.refresh_from_db()
    assert sent_mail.state == "complained"
    assert SuppressedAddress.objects.exists()


def test_a_soft_bounce_stops_nothing(client, sent_mail):
    post_status(client, POSTMARK_BOUNCE | {"Type": "SoftBounce"}, "postmark")
    assert not SuppressedAddress.objects.exists()


def test_the_status_webhook_has_the_same_lock(client, sent_mail):
    assert post_status(client, POSTMARK_BOUNCE, "postmark", secret="wrong").status_code == 401
    assert post_status(client, POSTMARK_BOUNCE, "pigeon").status_code == 400
    assert post_status(client, [], "postmark").json() == {"error": "invalid payload"}
    sent_mail.refresh_from_db()
    assert sent_mail.state == "sent"


def test_a_stopped_address_gets_no_more_mail(client, sent_mail, sent):
    post_status(client, POSTMARK_BOUNCE, "postmark")
    with sent() as mails:
        from tests.factories import make_agent
        from wagtail_escalated.actions import messages

        messages.reply(sent_mail.ticket, body="Hello?", actor=make_agent().user)
    assert not [mail for mail in mails if mail["To"] == "ann@customer.example"]
    assert OutboundEmail.objects.filter(kind="reply", state="suppressed").exists()
