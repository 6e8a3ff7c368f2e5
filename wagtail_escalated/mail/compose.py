"""A mail's MIME, made when it is sent: the wire format of the contract, in the recipient's language."""

from __future__ import annotations

from collections.abc import Sequence
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from functools import lru_cache
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_escalated import storage
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail import branding, threading
from wagtail_escalated.mail.contents import TO_CUSTOMERS, Contents, contents_of
from wagtail_escalated.mail.headers import one_line
from wagtail_escalated.models import Attachment, CustomerMail, DeskSettings, OutboundEmail
from wagtail_escalated.sanitize import text_from_html

MAX_ATTACHED = 10 * 1024 * 1024  # bytes of files in one mail; what is over stays behind the link
WRITTEN_BY_PEOPLE = frozenset({"reply"})
AUTO_REPLIED = frozenset({"confirmation"})


def compose(mail: OutboundEmail) -> EmailMultiAlternatives:
    with translation.override(_language_of(mail)):
        return _compose(mail)


def _compose(mail: OutboundEmail) -> EmailMultiAlternatives:
    site = _site_of(mail)
    look = branding.settings_of(site)
    sender, address = branding.sender_of(look, mail.ticket.department if mail.ticket else None)
    contents = contents_of(mail)
    attached = _that_fit(contents.files)
    left_out = [one for one in contents.files if one not in attached]
    context = context_of(
        contents,
        look,
        kind=mail.kind,
        left_out=left_out,
        can_reply=mail.ticket is not None,
        choices_url=_choices_url(mail, site),
    )
    message = dressed(
        context,
        subject=_subject_of(mail, contents, context["brand"].name),
        from_email=sender,
        to=[mail.address],
        reply_to=[threading.reply_to(mail.ticket, address)] if mail.ticket else None,
        headers=_headers(mail) | _unsubscribing(mail, site),
    )
    for one in attached:
        message.attach(_part(one))
    return message


def context_of(
    contents: Contents,
    look: DeskSettings,
    *,
    kind: str,
    can_reply: bool,
    left_out: Sequence[Attachment] = (),
    choices_url: str = "",
) -> dict[str, Any]:
    """What the frame of a mail is filled with, in the language that is active."""
    return {
        "contents": contents,
        "brand": branding.brand_of(look),
        "left_out": left_out,
        "language": translation.get_language(),
        "is_rtl": translation.get_language_bidi(),
        "to_customer": kind in TO_CUSTOMERS,
        "can_reply": can_reply,
        "choices_url": choices_url,
    }


def dressed(context: dict[str, Any], **envelope: Any) -> EmailMultiAlternatives:
    """HTML in the site's branding, and the plain text made from the same source."""
    message = EmailMultiAlternatives(body=_text_of(context), **envelope)
    html = render_to_string("wagtail_escalated/mail/frame.html", context)
    message.attach_alternative(inliner().inline(html), "text/html")
    return message


def _choices_url(mail: OutboundEmail, site: Site) -> str:
    """Where the reader says which mails they want; not in an answer to who asked, which always comes."""
    if mail.kind not in TO_CUSTOMERS:
        return branding.admin_url(site, "notification_preferences")
    if mail.contact is None or not desk_settings.UI_ENABLED:
        return ""
    is_copy = mail.kind == "reply" and mail.contact.pk != mail.ticket.requester_id
    if mail.kind in CustomerMail.values or is_copy:
        return branding.mail_choices_url(site, mail.contact)
    return ""


def _subject_of(mail: OutboundEmail, contents: Contents, desk: str) -> str:
    if mail.ticket is not None:
        return threading.subject_of(mail, notice=_("We received your request"))
    return one_line(f"{contents.headline} – {desk}")[:250]


def _headers(mail: OutboundEmail) -> dict[str, str]:
    headers = threading.thread_headers(mail) if mail.ticket is not None else {}
    if mail.kind not in WRITTEN_BY_PEOPLE:
        headers["Auto-Submitted"] = (
            "auto-replied" if mail.kind in AUTO_REPLIED else "auto-generated"
        )
        # Exchange answers nobody who says this.
        headers["X-Auto-Response-Suppress"] = "All"
    return headers


def _unsubscribing(mail: OutboundEmail, site: Site) -> dict[str, str]:
    """RFC 8058, on what may be switched off and on nothing else: elsewhere it would make a letter of a person
    look like one of a list, which other desks do not answer."""
    if mail.kind not in CustomerMail.values or mail.contact is None or not desk_settings.UI_ENABLED:
        return {}
    url = branding.mail_choices_url(site, mail.contact, off=mail.kind)
    headers = {"List-Unsubscribe": f"<{url}>"}
    if url.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _text_of(context: dict) -> str:
    return text_from_html(render_to_string("wagtail_escalated/mail/plain.html", context)) + "\n"


def _site_of(mail: OutboundEmail) -> Site:
    if mail.ticket is not None:
        return mail.ticket.site
    named = Site.objects.filter(pk=mail.data.get("site")).first()
    return named or Site.objects.order_by("-is_default_site", "pk").first()


def _language_of(mail: OutboundEmail) -> str:
    known = dict(settings.LANGUAGES)
    chosen = mail.contact.locale if mail.contact is not None else ""
    if mail.user is not None:
        profile = getattr(mail.user, "wagtail_userprofile", None)
        chosen = profile.preferred_language if profile is not None else ""
    return chosen if chosen in known else settings.LANGUAGE_CODE


def _that_fit(files: list[Attachment]) -> list[Attachment]:
    fitting, total = [], 0
    for one in files:
        if total + one.size <= MAX_ATTACHED:
            fitting.append(one)
            total += one.size
    return fitting


def _part(one: Attachment) -> MIMEBase:
    maintype, _slash, subtype = one.content_type.partition("/")
    part = MIMEBase(maintype or "application", subtype or "octet-stream")
    part.set_payload(storage.read(one.key))
    encode_base64(part)
    disposition = "inline" if one.inline and one.content_id else "attachment"
    part.add_header("Content-Disposition", disposition, filename=("utf-8", "", one.name))
    if one.content_id:
        part.add_header("Content-ID", f"<{one_line(one.content_id)}>")
    return part


@lru_cache(maxsize=1)
def inliner() -> css_inline.CSSInliner:
    """Mail programs read style attributes; what asks for the dark mode stays in a style element."""
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
