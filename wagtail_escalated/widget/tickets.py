"""The form, and a request seen and answered from the widget."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from wagtail_escalated import proof
from wagtail_escalated.actions import contacts, guests, messages, tickets
from wagtail_escalated.actions.creation import new_reference
from wagtail_escalated.actors import through
from wagtail_escalated.captcha import NOT_SHOWN, passed_captcha
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.custom_values import public_values
from wagtail_escalated.exceptions import AttachmentRejected, EscalatedError, InvalidTicket
from wagtail_escalated.models import Channel, DeskSettings, GuestLink, GuestPolicy, Ticket
from wagtail_escalated.once import once, taken
from wagtail_escalated.portal.conversation import conversation, may_reply
from wagtail_escalated.portal.downloads import download, public_file
from wagtail_escalated.portal.forms import GuestRequestForm, ReplyForm
from wagtail_escalated.ratelimit import hit

from .asks import WidgetAsk
from .door import Visit, cached, endpoint, error, not_found, private, too_many
from .trails import keep_trail
from .trees import tree_from_html

MEGABYTE = 1024 * 1024
SUBMIT, REPLY, WATCH = ("submit", 20, 600), ("reply", 60, 600), ("watch", 240, 60)
#: Forms with one address, from wherever they come: the visitor's own, or a victim's.
PER_ADDRESS = {"limit": 5, "window": 3600}


@endpoint("POST", limit=SUBMIT)
def submit(visit: Visit) -> HttpResponse:
    payload = payload_of(visit)
    if isinstance(payload, HttpResponse):
        return payload
    if payload.get("website"):  # a field nobody sees: only a machine fills it in
        return created(new_reference(timezone.now()), secrets.token_urlsafe(32))
    identified = bool(payload.get("signature"))
    refusal = why_refused(visit, payload, identified)
    if refusal:
        return private(error(refusal, 403))
    form = GuestRequestForm(payload, site=visit.site)
    if identified:
        form.fields["name"].required = False
    if not form.is_valid():
        return invalid(form.errors)
    if not identified and not passed_captcha(visit.request):
        return private(error(NOT_SHOWN, 400))
    if not identified and not did_the_work(visit, payload):
        work = {"question": proof.question(), "bits": proof.BITS}
        return private(error(NOT_SHOWN, 400, work=work))
    return take(visit, form.cleaned_data, payload, proved=identified)


def did_the_work(visit: Visit, payload: dict[str, str]) -> bool:
    """Where forms come too fast, and nowhere else, it is asked for; what is sent again is no new form."""
    if taken(f"widget-tickets|{visit.site.pk}", payload.get("key", "")) is not None:
        return True
    answer = payload.get("proof", "")
    if answer and proof.is_right(answer):
        return True
    return not proof.is_asked(visit.request, visit.site.pk)


def why_refused(visit: Visit, payload: dict[str, str], identified: bool) -> str:
    if identified:
        genuine = visit.settings.verifies(payload.get("email", ""), payload["signature"])
        return "" if genuine else _("Your login could not be verified. Please reload the page.")
    policy = DeskSettings.for_site(visit.site).guest_policy
    return _("Please log in to write to us.") if policy == GuestPolicy.SIGN_UP else ""


def take(
    visit: Visit, data: dict[str, Any], payload: dict[str, str], *, proved: bool
) -> HttpResponse:
    place, key = f"widget-tickets|{visit.site.pk}", payload.get("key", "")
    ticket, ask = taken(place, key), WidgetAsk(visit)
    if ticket is None:
        limited = hit("widget-address", data["email"].lower(), **PER_ADDRESS)
        if limited:
            return too_many(limited)
        try:
            ticket = once(place, key, lambda: open_ticket(visit, data, payload, proved=proved))
        except (AttachmentRejected, InvalidTicket) as problem:
            return invalid({field_of(problem): [str(problem)]})
        ask.send()
    token = guests.create_link(ticket, by_mail=False)
    return private(
        JsonResponse(ask.with_state({"reference": ticket.reference, "token": token}), status=201)
    )


def open_ticket(visit: Visit, data, payload, *, proved: bool) -> Ticket:
    contact = contacts.contact_for_address(data["email"], name=data["name"])
    requester, cc = (contact, ()) if proved else guests.requester_for(contact, site=visit.site)
    contacts.remember_habits(
        contact, locale=translation.get_language(), time_zone=payload.get("time_zone", "")
    )
    with through("widget"):
        ticket = tickets.create(
            subject=data["subject"],
            description=data["body"],
            requester=requester,
            actor=requester,
            cc=cc,
            department=data["department"],
            fields=data["fields"],
            channel=Channel.WIDGET,
            site=visit.site,
            attachments=visit.request.FILES.getlist("files"),
            proved=proved,
        )
    keep_trail(ticket, payload.get("trail", ""), site=visit.site)
    return ticket


@endpoint("GET", limit=WATCH)
def ticket(visit: Visit, reference: str) -> HttpResponse:
    link = link_of(visit, reference)
    return cached(visit.request, JsonResponse(told(link))) if link else not_found()


@endpoint("POST", limit=REPLY)
def reply(visit: Visit, reference: str) -> HttpResponse:
    link = link_of(visit, reference)
    if link is None:
        return not_found()
    payload = payload_of(visit)
    if isinstance(payload, HttpResponse):
        return payload
    form = ReplyForm(payload)
    if not form.is_valid():
        return invalid(form.errors)

    def write() -> Ticket:
        answered = messages.reply(
            link.ticket,
            body=form.cleaned_data["body"],
            actor=link.contact,
            attachments=visit.request.FILES.getlist("files"),
            channel=Channel.WIDGET,
            proved=guests.proves(link),
        )
        return answered if isinstance(answered, Ticket) else link.ticket

    try:
        with through("widget"):
            written = once(f"widget-replies|{link.ticket_id}", payload.get("key", ""), write)
    except EscalatedError as problem:
        return invalid({field_of(problem): [str(problem)]})
    guests.use(link)
    if written.pk != link.ticket_id:  # closed too long ago: a new request that follows the old one
        return created(written.reference, guests.create_link(written, by_mail=link.by_mail))
    return private(JsonResponse(told(link), status=201))


@endpoint("GET", limit=WATCH)
def file(visit: Visit, reference: str, uuid) -> HttpResponse:
    link = link_of(visit, reference)
    row = public_file(link.ticket, uuid) if link else None
    return download(row) if row else not_found()


def link_of(visit: Visit, reference: str) -> GuestLink | None:
    """The header's token, if it opens this very request, on this site."""
    link = guests.resolve(visit.request.headers.get("X-Guest-Token", ""))
    if link is None or link.ticket.reference != reference.upper():
        return None
    return link if link.ticket.site_id == visit.site.pk else None


def told(link: GuestLink) -> dict[str, Any]:
    ticket = link.ticket
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "status": ticket.status,
        "status_label": str(ticket.public_status_label),
        "version": ticket.public_version,
        "can_reply": may_reply(ticket),
        "fields": [{"label": row.field.name, "value": row.text} for row in public_values(ticket)],
        "messages": [
            {
                "author": message.author,
                "mine": message.mine,
                "at": message.at.isoformat(),
                "body": tree_from_html(message.html, base=ticket.site.root_url, images=False),
                "files": [{"id": str(row.uuid), "name": row.name} for row in message.files],
            }
            for message in conversation(ticket, link.contact)
        ],
    }


def payload_of(visit: Visit) -> dict[str, str] | HttpResponse:
    """The fields of a form or of a JSON object, as strings; what is something else is left out."""
    request = visit.request
    most = (desk_settings.MAX_ATTACHMENTS * desk_settings.MAX_ATTACHMENT_MB + 1) * MEGABYTE
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most:
        return private(error(_("That is too large."), 413))
    if request.content_type != "application/json":
        return {name: clean(value) for name, value in request.POST.items()}
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        return private(error(_("This is not a form."), 400))
    kept = {name: value for name, value in sent.items() if isinstance(value, (str, int))}
    return {name: clean(str(value)) for name, value in kept.items()}


def clean(text: str) -> str:
    """Without what no database takes: NUL, and the half characters that JSON can write."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def field_of(problem: EscalatedError) -> str:
    if isinstance(problem, AttachmentRejected):
        return "files"
    field = getattr(problem, "field", "body")
    return "body" if field == "description" else field


def created(reference: str, token: str) -> HttpResponse:
    return private(JsonResponse({"reference": reference, "token": token}, status=201))


def invalid(errors) -> HttpResponse:
    return private(JsonResponse({"errors": errors}, status=400))
