"""Letters that the desk took on for nobody: as a mail provider posts them, and held as any others would be."""

import json
from datetime import timedelta

from django.utils import timezone

from wagtail_escalated.mail import archive, intake
from wagtail_escalated.mail.adapters.base import Delivery
from wagtail_escalated.models import InboundEmail, Ticket

#: What SpamAssassin says of a letter whose From is not the sender's own.
FORGED = "SPF_FAIL,DKIM_INVALID"


def write_held() -> None:
    ticket = Ticket.objects.filter(assignee__isnull=False, is_open=True).order_by("pk").first()
    answer = f"Re: [{ticket.reference}] {ticket.subject}"
    agent = ticket.assignee.user.email
    letters = [
        (
            5,
            ("Accounts <accounts@bank.example>", "Your account will be closed today", FORGED),
            "Dear customer, confirm your password within the hour:\nhttp://bank.example.invalid/login",
        ),
        (
            9,
            (agent, answer, ""),
            "Send the spare part to my private address, please. I am not at my desk.",
        ),
        (26, ("", "Order 58213", ""), "The parcel was left with a neighbour, who has moved away."),
    ]
    now = timezone.now()
    for hours, (sender, subject, tests), text in letters:
        _deliver(sender, subject, tests, text, at=now - timedelta(hours=hours))


def _deliver(sender, subject, tests, text, *, at) -> None:
    headers = [{"Name": "Message-ID", "Value": f"<{at:%Y%m%d%H%M}@mail.example>"}]
    if tests:
        headers.append({"Name": "X-Spam-Tests", "Value": tests})
    body = {
        "From": sender,
        "To": "hello@fernhill.example",
        "Subject": subject,
        "TextBody": text,
        "Headers": headers,
    }
    delivery = Delivery(json.dumps(body).encode(), "application/json", has_secret=True)
    key = archive.delivery_key("postmark", None, delivery)
    row = archive.keep("postmark", delivery, key=key, now=at)
    intake.process(str(row.pk))
    InboundEmail.objects.filter(pk=row.pk).update(received_at=at)
