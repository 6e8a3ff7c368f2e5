"""Letters and the ways providers bring them."""

import base64
import hashlib
import hmac
import json
import time
from email.message import EmailMessage
from email.utils import make_msgid

from django.core.files.uploadedfile import SimpleUploadedFile

from wagtail_escalated.mail import intake
from wagtail_escalated.models import InboundEmail

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WEBHOOK = "/support/webhook/email/inbound"
STATUS_HOOK = "/support/webhook/email/status"
SECRET = "test-secret"


def letter(
    *,
    sender="Ann Customer <ann@customer.example>",
    to="support@support.example.com",
    subject="The lamp does not glow",
    text="It stays dark.\n",
    html="",
    files=(),
    inline=(),
    message_id=None,
    **headers,
):
    """An ``EmailMessage``. ``files``: (name, type, bytes); ``inline``: (content id, name, bytes)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = message_id or make_msgid(domain="customer.example")
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
        for cid, name, content in inline:
            message.get_payload()[1].add_related(
                content, "image", "png", cid=f"<{cid}>", filename=name
            )
    for name, kind, content in files:
        maintype, subtype = kind.split("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message


def raw_of(message):
    return message if isinstance(message, bytes) else message.as_bytes()


def postmark(message, *, recipient="abc123@inbound.postmarkapp.com", spam_tests=None, **fields):
    """Postmark's JSON with the raw letter in it."""
    headers = [{"Name": "X-Spam-Tests", "Value": spam_tests}] if spam_tests else []
    return {
        "OriginalRecipient": recipient,
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Headers": headers,
        "RawEmail": raw_of(message).decode("utf-8", "surrogateescape"),
        **fields,
    }


def post_json(client, payload, *, adapter="postmark", secret=SECRET, query="", **headers):
    if secret:
        headers["X-Escalated-Inbound-Secret"] = secret
    body = payload if isinstance(payload, (bytes, str)) else json.dumps(payload)
    return client.post(
        f"{WEBHOOK}?adapter={adapter}{query}",
        data=body,
        content_type="application/json",
        headers=headers,
    )


def deliver(client, message, **options):
    """A letter through Postmark, worked on at once; what the webhook answered."""
    response = post_json(client, postmark(message, **options), query="&wait=1")
    assert response.status_code == 200, response.content
    return response.json()


def became(response):
    """What the worker made of a letter that the webhook accepted: outcome, ticket and reason."""
    assert response.status_code == 200, response.content
    return intake.outcome_of(InboundEmail.objects.get(pk=response.json()["id"]))


def mailgun_signature(key, *, at=None, token="a" * 50):
    timestamp = str(int(at or time.time()))
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signature}


def mailgun_raw(message, *, recipient="support@support.example.com", **fields):
    """The form that Mailgun posts to a URL ending in ``mime``."""
    return {
        "recipient": recipient,
        "sender": "bounce@customer.example",
        "body-mime": raw_of(message).decode("utf-8", "surrogateescape"),
        **fields,
    }


def mailgun_parsed(message, *, recipient="support@support.example.com", **fields):
    """The form that Mailgun posts after its own parsing."""
    form = {
        "recipient": recipient,
        "from": str(message["From"]),
        "subject": str(message["Subject"]),
        "body-plain": message.get_body(("plain",)).get_content(),
        "message-headers": json.dumps([[name, str(value)] for name, value in message.items()]),
        **fields,
    }
    html = message.get_body(("html",))
    if html is not None:
        form["body-html"] = html.get_content()
    ids = {}
    for number, part in enumerate([one for one in message.walk() if one.get_filename()], 1):
        form[f"attachment-{number}"] = SimpleUploadedFile(
            part.get_filename(), part.get_content(), part.get_content_type()
        )
        if part["Content-ID"]:
            ids[part["Content-ID"]] = f"attachment-{number}"
    form["content-id-map"] = json.dumps(ids)
    return form


def post_form(client, form, *, secret=SECRET, adapter="mailgun"):
    headers = {"X-Escalated-Inbound-Secret": secret} if secret else {}
    return client.post(f"{WEBHOOK}?adapter={adapter}", data=form, headers=headers)
