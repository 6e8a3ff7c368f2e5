"""What stands in each kind of mail: one fragment of HTML, from which the plain text is made too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_escalated.actions import guests, surveys
from wagtail_escalated.mail.branding import agent_url, survey_url, ticket_url
from wagtail_escalated.models import (
    Attachment,
    Contact,
    Notification,
    OutboundEmail,
    Rating,
    Status,
    Ticket,
)
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.sanitize import html_from_text, sanitize_html

TO_CUSTOMERS = frozenset({"confirmation", "opened", "reply", "resolved", "guest_links", "survey"})

AGENT_HEADLINES = {
    "agent_created": gettext_lazy("A new ticket"),
    "agent_replied": gettext_lazy("A new reply"),
    "agent_assigned": gettext_lazy("This ticket was assigned to you"),
    "agent_sla_warning": gettext_lazy("A deadline is near"),
    "agent_sla_breached": gettext_lazy("A deadline was missed"),
    "agent_woken": gettext_lazy("This ticket woke up"),
    "agent_mail_failed": gettext_lazy("A mail could not be delivered"),
    "agent_status": gettext_lazy("The status changed"),
    "agent_rated": gettext_lazy("A customer rated the help"),
    "note": gettext_lazy("A new note"),
}
WITH_TEXT = frozenset({"agent_created", "agent_replied", "agent_assigned", "note"})


@dataclass(slots=True)
class Contents:
    """``html`` is a safe fragment; ``files`` go with the mail; ``link`` leads to the ticket."""

    html: str
    link: str = ""
    headline: str = ""
    files: list[Attachment] = field(default_factory=list)


def contents_of(mail: OutboundEmail) -> Contents:
    """Of a mail as ``waiting.read`` gives it."""
    if mail.kind == "guest_links":
        return _guest_links(mail)
    if mail.kind == "survey":
        return _survey(mail)
    if mail.kind == "digest":
        return _digest(mail)
    if mail.kind in TO_CUSTOMERS:
        return _for_customer(mail)
    return _for_agent(mail)


def _for_customer(mail: OutboundEmail) -> Contents:
    ticket = mail.ticket
    link = _customer_link(ticket, mail.contact)
    files = [] if mail.kind == "confirmation" else mail.files
    headline = {
        "confirmation": _("We received your request"),
        "opened": _("We opened a ticket for you"),
        "resolved": _("Your request was resolved"),
    }.get(mail.kind, "")
    context = {
        "ticket": ticket,
        "contact": mail.contact,
        "mail": mail,
        "link": link,
        "headline": headline,
        "show_text": ticket.proved,
        "body": _body_of(mail, files),
        "signature": _signature_of(mail),
    }
    html = render_to_string(f"wagtail_escalated/mail/{mail.kind}.html", context)
    return Contents(html, link, headline, files)


def _for_agent(mail: OutboundEmail) -> Contents:
    ticket = mail.ticket
    link = agent_url(ticket)
    files = mail.files if mail.kind in WITH_TEXT else []
    headline = str(AGENT_HEADLINES.get(mail.kind, ""))
    if mail.data.get("mentioned"):
        headline = _("You were mentioned in a note")
    context = {
        "ticket": ticket,
        "mail": mail,
        "link": link,
        "headline": headline,
        "is_note": mail.note is not None,
        "author": _author_of(mail),
        "proved": mail.reply.proved if mail.reply is not None else ticket.proved,
        "body": _body_of(mail, files) if mail.kind in WITH_TEXT else "",
        **_details_of(mail),
    }
    return Contents(
        render_to_string("wagtail_escalated/mail/agent.html", context), link, headline, files
    )


def _details_of(mail: OutboundEmail) -> dict[str, Any]:
    """What a change of the status, or a rating, consists of."""
    if mail.kind == "agent_status" and mail.event is not None:
        data = mail.event.data
        return {"before": Status(data["before"]).label, "after": Status(data["after"]).label}
    if mail.kind == "agent_rated":
        return {"rating": Rating.objects.filter(ticket=mail.ticket).first()}
    return {}


def _digest(mail: OutboundEmail) -> Contents:
    """What the person may see by now, gathered by ticket."""
    rows = mail.notifications.filter(event__ticket__in=tickets_for(mail.user, "view_internal"))
    tickets: dict[Ticket, list[Notification]] = {}
    for row in rows.select_related("event__ticket__site").order_by("pk"):
        tickets.setdefault(row.event.ticket, []).append(row)
    headline = _("What happened on your tickets")
    context = {
        "headline": headline,
        "tickets": [
            {"ticket": ticket, "link": agent_url(ticket), "rows": found}
            for ticket, found in tickets.items()
        ],
    }
    html = render_to_string("wagtail_escalated/mail/digest.html", context)
    return Contents(html, "", headline)


def _survey(mail: OutboundEmail) -> Contents:
    """Five links to one page, on which nothing happens before a button is pressed."""
    link = survey_url(mail.ticket.site, surveys.create_link(mail.ticket, mail.contact))
    headline = _("How was the help you got?")
    context = {
        "headline": headline,
        "ticket": mail.ticket,
        "show_text": mail.ticket.proved,
        "scores": [{"score": score, "link": f"{link}?score={score}"} for score in range(1, 6)],
    }
    return Contents(render_to_string("wagtail_escalated/mail/survey.html", context), link, headline)


def _guest_links(mail: OutboundEmail) -> Contents:
    tickets = mail.contact.tickets.filter(site=mail.data.get("site"), is_spam=False)
    rows = [
        {"ticket": ticket, "link": _guest_link(ticket, mail.contact)}
        for ticket in tickets.select_related("site").order_by("-last_message_at")[:20]
    ]
    headline = _("Your requests")
    context = {"rows": rows, "headline": headline, "contact": mail.contact}
    return Contents(
        render_to_string("wagtail_escalated/mail/guest_links.html", context), "", headline
    )


def _customer_link(ticket: Ticket, contact: Contact | None) -> str:
    """Whoever has an account logs in; the requester without one gets a link; a copy has the mail alone."""
    if contact is None or contact.pk != ticket.requester_id:
        return ""
    return ticket_url(ticket) if contact.user_id is not None else _guest_link(ticket, contact)


def _guest_link(ticket: Ticket, contact: Contact) -> str:
    return ticket_url(ticket, token=guests.create_link(ticket, contact=contact, by_mail=True))


def _signature_of(mail: OutboundEmail) -> str:
    if mail.reply is None or not mail.reply.by_agent:
        return ""
    profile = getattr(mail.reply.author_user, "escalated_agent", None)
    return profile.signature if profile is not None else ""


def _author_of(mail: OutboundEmail) -> str:
    if mail.note is not None:
        return mail.note.author_name
    if mail.reply is not None:
        return mail.reply.author_name
    return str(mail.ticket.requester) if mail.kind in WITH_TEXT else ""


def _body_of(mail: OutboundEmail, files: list[Attachment]) -> str:
    """Sanitised; pictures in it point to the parts of the mail."""
    source = mail.note or mail.reply
    text, html = (
        (source.body, source.body_html)
        if source is not None
        else (mail.ticket.description, mail.ticket.description_html)
    )
    if not html:
        return html_from_text(text)
    return sanitize_html(
        html, cid_urls={one.content_id: f"cid:{one.content_id}" for one in files if one.content_id}
    )
