"""What each mail of a site looks like, with invented contents; and one sent to whoever asks."""

from __future__ import annotations

import smtplib
from types import SimpleNamespace
from typing import Any

from anymail.exceptions import AnymailError
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Site

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import branding
from wagtail_escalated.mail.compose import context_of, dressed
from wagtail_escalated.mail.contents import AGENT_HEADLINES, TO_CUSTOMERS, Contents
from wagtail_escalated.sanitize import html_from_text

KINDS = {
    "reply": gettext_lazy("An agent's reply, to a customer"),
    "confirmation": gettext_lazy("The confirmation of a request"),
    "opened": gettext_lazy("A ticket opened for a customer"),
    "resolved": gettext_lazy("A solved request"),
    "survey": gettext_lazy("The question how the help was"),
    "guest_links": gettext_lazy("Links to a guest's requests"),
    "agent_created": gettext_lazy("A new ticket, to agents"),
    "agent_replied": gettext_lazy("A customer's reply, to agents"),
    "note": gettext_lazy("A note, to agents"),
}


#: Of one person.
TESTS_IN_AN_HOUR = 20


class NotSent(EscalatedError):
    """The mail server did not take the test mail."""

    code = "not_sent"


def sample(kind: str, *, site: Site, language: str, address: str) -> EmailMultiAlternatives:
    """``kind`` of ``KINDS``, as ``address`` would get it; it belongs to no ticket."""
    with translation.override(language):
        look = branding.settings_of(site)
        sender, _address = branding.sender_of(look, None)
        contents = _contents(kind, site)
        context = context_of(contents, look, kind=kind, can_reply=kind != "guest_links")
        return dressed(
            context,
            subject=_("Test: %(subject)s") % {"subject": _subject(kind, contents)},
            from_email=sender,
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def send(message: EmailMultiAlternatives) -> None:
    """At once and from here, so that who asks sees what the mail server says. Raises ``NotSent``."""
    try:
        message.send()
    except (smtplib.SMTPException, AnymailError, OSError) as error:
        said = f"{type(error).__name__}: {error}"[:500]
        raise NotSent(_("The mail server did not take it. It said: %(said)s") % {"said": said})


def _subject(kind: str, contents: Contents) -> str:
    if kind == "guest_links":
        return contents.headline
    first = kind in {"confirmation", "opened"}
    return f"{'' if first else 'Re: '}[{_ticket().reference}] {_ticket().subject}"


def _ticket() -> Any:
    return SimpleNamespace(
        reference=f"{desk_settings.REFERENCE_PREFIX}-2604-0A1B2C",
        subject=_("The lamp does not glow"),
        proved=True,
    )


def _contents(kind: str, site: Site) -> Contents:
    headline = {
        "confirmation": _("We received your request"),
        "opened": _("We opened a ticket for you"),
        "resolved": _("Your request was resolved"),
        "survey": _("How was the help you got?"),
        "guest_links": _("Your requests"),
    }.get(kind, str(AGENT_HEADLINES.get(kind, "")))
    from_agent = kind in {"reply", "note"}
    context = {
        "ticket": _ticket(),
        "link": site.root_url,
        "headline": headline,
        "show_text": True,
        "proved": True,
        "is_note": kind == "note",
        "author": _("Kim Example"),
        "body": _answer() if from_agent else _question(),
        "signature": _("Kim Example, support"),
        "scores": [{"score": score, "link": site.root_url} for score in range(1, 6)],
        "rows": [{"ticket": _ticket(), "link": site.root_url}],
    }
    template = kind if kind in TO_CUSTOMERS else "agent"
    html = render_to_string(f"wagtail_escalated/mail/{template}.html", context)
    return Contents(html, site.root_url, headline)


def _question() -> SafeString:
    return html_from_text(_("Since this morning it stays dark. What can I do?"))


def _answer() -> SafeString:
    return html_from_text(_("Please unscrew the bulb, wait a minute, and put it back in."))
