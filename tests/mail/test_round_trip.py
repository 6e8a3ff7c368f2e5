"""A letter comes in, an answer goes out, the customer's answer comes back."""

import pytest
from django.test import override_settings

from tests.mail.letters import PDF, PNG, deliver, letter
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.conf import DEFAULTS
from wagtail_escalated.files import IncomingFile
from wagtail_escalated.models import InboundEmail, Ticket

pytestmark = pytest.mark.django_db

AT_ONCE = override_settings(
    WAGTAIL_ESCALATED={
        "MAIL_DOMAIN": "support.example.com",
        "INBOUND_SECRET": "test-secret",
        "UNDO_SEND_SECONDS": 0,
    }
)

GMAIL = """\
<div dir="ltr">It works now, thank you!</div><br><div class="gmail_quote gmail_quote_container">
<div dir="ltr" class="gmail_attr">On Fri, Nov 20, 2026 at 11:00 AM Lamps &lt;{address}&gt; wrote:<br></div>
<blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><p>Please turn it round.</p></blockquote></div>
"""
OUTLOOK = """\
<html><body><div class=WordSection1><p class=MsoNormal>Now it is too bright.</p>
<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>
<p class=MsoNormal><b>From:</b> Lamps &lt;{address}&gt; <br><b>Sent:</b> Friday<br><b>Subject:</b> Re: lamp</p></div>
<p>Please turn it round.</p></div></body></html>
"""


def first_letter():
    return letter(
        to="Lamps <lamps@support.example.com>",
        html='<p>It stays dark: <img src="cid:pic@customer.example"></p>',
        inline=[("pic@customer.example", "dark.png", PNG)],
        files=[("receipt.pdf", "application/pdf", PDF)],
        message_id="<first@customer.example>",
    )


def answer_to(mail, *, text, html="", sender="Ann Customer <ann@customer.example>"):
    return letter(
        sender=sender,
        to=str(mail["Reply-To"]),
        subject=f"Re: {mail['Subject']}",
        text=text,
        html=html,
        In_Reply_To=str(mail["Message-ID"]),
        References=f"{mail['References']} {mail['Message-ID']}",
    )


@AT_ONCE
def test_a_letter_goes_all_the_way_round(client, department, agent, sent):
    with sent() as mails:
        answer = deliver(client, first_letter())
    assert answer["outcome"] == "created_new"
    ticket = Ticket.objects.get(reference=answer["ticket"])
    assert ticket.department == department
    assert ticket.requester.address == "ann@customer.example"
    assert ticket.requester.name == "Ann Customer"
    assert "It stays dark" in ticket.description
    files = {one.name: one for one in ticket.attachments.all()}
    assert files["dark.png"].inline
    assert files["dark.png"].content_id == "pic@customer.example"
    assert files["receipt.pdf"].size == len(PDF)
    assert ticket.clocks.exists() or ticket.sla_policy is None
    confirmation = next(mail for mail in mails if mail["To"] == "ann@customer.example")
    assert confirmation["Message-ID"] == f"<ticket-{ticket.pk}@support.example.com>"
    assert confirmation["In-Reply-To"] == "<first@customer.example>"
    assert confirmation["Auto-Submitted"] == "auto-replied"

    with sent() as mails:
        reply = messages.reply(
            ticket,
            body=MessageBody.from_html("<p>Please <strong>turn</strong> it round.</p>"),
            actor=agent.user,
            attachments=[IncomingFile("manual.pdf", PDF, "application/pdf")],
        )
        messages.add_note(ticket, body="She is a queen.", actor=agent.user)
        tickets.set_status(ticket, "resolved", actor=agent.user)
    to_customer = [mail for mail in mails if mail["To"] == "ann@customer.example"]
    out = to_customer[0]
    assert out["Message-ID"] == f"<ticket-{ticket.pk}-reply-{reply.pk}@support.example.com>"
    assert out["In-Reply-To"] == f"<ticket-{ticket.pk}@support.example.com>"
    assert out["References"].split() == [
        "<first@customer.example>",
        f"<ticket-{ticket.pk}@support.example.com>",
    ]
    assert out["Subject"] == f"Re: [{ticket.reference}] The lamp does not glow"
    assert out["Reply-To"].startswith(f"reply+{ticket.pk}.")
    assert out["Auto-Submitted"] is None
    assert "turn it round" in out.get_body(("plain",)).get_content()
    assert "<strong" in out.get_body(("html",)).get_content()
    assert [part.get_filename() for part in out.iter_attachments()] == ["manual.pdf"]
    assert not any("queen" in mail.as_string() for mail in to_customer)

    with sent():
        back = deliver(
            client,
            answer_to(
                out,
                text="It works now, thank you!\n\nOn Fri, Nov 20, 2026 at 11:00 AM Lamps wrote:\n\n> Please turn it round.\n",
                html=GMAIL.format(address=out["Reply-To"]),
            ),
        )
    assert back["outcome"] == "replied_to_existing"
    assert back["ticket"] == ticket.reference
    ticket.refresh_from_db()
    assert ticket.status == "reopened"
    newest = ticket.replies.last()
    assert newest.body == "It works now, thank you!"
    assert "turn it round" in newest.quoted
    assert "turn it round" not in newest.body_html
    assert "turn it round" in newest.quoted_html

    back = deliver(
        client,
        answer_to(
            out, text="Now it is too bright.\n", html=OUTLOOK.format(address=out["Reply-To"])
        ),
    )
    assert back["ticket"] == ticket.reference
    assert "turn it round" not in ticket.replies.last().body_html


@AT_ONCE
@pytest.mark.parametrize("way", ["address", "in_reply_to", "references", "subject"])
def test_a_stranger_with_the_key_gets_a_ticket_of_their_own(client, department, agent, sent, way):
    with sent() as mails:
        first = deliver(client, first_letter())
    ticket = Ticket.objects.get(reference=first["ticket"])
    confirmation = next(mail for mail in mails if mail["To"] == "ann@customer.example")
    key = {
        "address": {"to": str(confirmation["Reply-To"])},
        "in_reply_to": {"In_Reply_To": f"<ticket-{ticket.pk}@support.example.com>"},
        "references": {"References": f"<x@y.example> <ticket-{ticket.pk}@support.example.com>"},
        "subject": {"subject": f"Re: [{ticket.reference}] The lamp does not glow"},
    }[way]
    answer = deliver(client, letter(sender="mallory@evil.example", text="Let me in.\n", **key))
    assert answer["outcome"] == "created_new"
    own = Ticket.objects.get(reference=answer["ticket"])
    assert own != ticket
    assert own.requester.address == "mallory@evil.example"
    assert not ticket.replies.exists()
    assert own.links.get().other == ticket
    assert own.links.get().kind == "maybe_related"


def test_the_row_tells_what_became_of_the_letter(client, department):
    answer = deliver(client, first_letter())
    row = InboundEmail.objects.get(pk=answer["id"])
    assert (row.state, row.attempts, row.provider) == ("done", 1, "postmark")
    assert row.recipient == "lamps@support.example.com"
    assert row.sender == "ann@customer.example"
    assert row.ticket.reference == answer["ticket"]
    assert DEFAULTS["INBOUND_PROVIDERS"] == ["postmark", "mailgun", "ses"]


def test_an_agent_downloads_the_letter_as_it_was_sent(client, department, agent):
    """Postmark wraps it in JSON; the file is the letter."""
    from django.urls import reverse

    message = first_letter()
    answer = deliver(client, message)
    client.force_login(agent.user)
    url = reverse("wagtail_escalated_admin:ticket_letter", args=[answer["ticket"], answer["id"]])
    response = client.get(url)
    assert b"".join(response.streaming_content) == message.as_bytes()
    assert response["Content-Disposition"].startswith("attachment")
