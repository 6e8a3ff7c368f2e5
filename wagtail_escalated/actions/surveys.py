"""Asking the requester how the help was: once for each time a ticket is resolved, and nobody who did not write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    BlockedSender,
    Contact,
    Department,
    DeskSettings,
    EventKind,
    OutboundEmail,
    Rating,
    Status,
    SurveyLink,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.tokens import hash_token, new_guest_token

LIFETIME = timedelta(days=30)
MAX_TOKEN_LENGTH = 128
#: However many tickets are resolved on a day, a person is asked once.
ONE_IN = timedelta(days=1)


def is_resolution(event: TicketEvent) -> bool:
    return (
        event.kind == EventKind.STATUS
        and event.data.get("after") == Status.RESOLVED
        and not event.data.get("merged")
    )


def mails_after(events: Sequence[TicketEvent], *, now: datetime) -> list[OutboundEmail]:
    """A row for each resolution at a site that asks; whether it still fits is asked when it leaves."""
    resolutions = [event for event in events if is_resolution(event)]
    if not resolutions or not desk_settings.UI_ENABLED:
        return []
    sites = DeskSettings.objects.filter(
        survey_enabled=True, site__in={event.ticket.site_id for event in resolutions}
    )
    delays = dict(sites.values_list("site_id", "survey_delay_hours"))
    contacts = Contact.objects.in_bulk({event.ticket.requester_id for event in resolutions})
    return [
        _mail(event, contacts[event.ticket.requester_id], now, delays[event.ticket.site_id])
        for event in resolutions
        if event.ticket.site_id in delays
    ]


def _mail(event: TicketEvent, requester: Contact, now: datetime, hours: int) -> OutboundEmail:
    return OutboundEmail(
        ticket=event.ticket,
        event=event,
        kind="survey",
        contact=requester,
        address=requester.address,
        key=f"survey-{event.pk}",
        send_after=max(now, event.created_at + timedelta(hours=hours)),
    )


def why_not(mail: OutboundEmail) -> str:
    """Why this mail must not leave (by now), in a word for the log; empty where it may."""
    ticket, contact, event = mail.ticket, mail.contact, mail.event
    if ticket is None or contact is None or event is None:
        return "gone"
    if ticket.requester_id != contact.pk:
        return "another requester"
    if ticket.resolved_at != event.created_at:
        return "reopened"
    if not (desk_settings.UI_ENABLED and DeskSettings.for_site(ticket.site).survey_enabled):
        return "switched off"
    if Rating.objects.filter(ticket=ticket).exists():
        return "rated already"
    return _why_not_to(contact, ticket) or ("asked lately" if _asked_lately(mail) else "")


def _why_not_to(contact: Contact, ticket: Ticket) -> str:
    if contact.proved_at is None and not ticket.proved:
        return "unproved"
    if Department.objects.filter(address__iexact=contact.address).exists():
        return "ourselves"
    domain = contact.address[contact.address.rfind("@") :]
    patterns = [contact.address, domain]
    if BlockedSender.objects.filter(pattern__in=patterns, allow=False).exists():
        return "blocked"
    return ""


def _asked_lately(mail: OutboundEmail) -> bool:
    since = timezone.now() - ONE_IN
    sent = OutboundEmail.objects.filter(address=mail.address, kind="survey", sent_at__gt=since)
    return sent.exists()


def create_link(ticket: Ticket, contact: Contact, *, now: datetime | None = None) -> str:
    """A new token into the survey; it is told here and never again."""
    token, token_hash = new_guest_token()
    SurveyLink.objects.create(
        ticket=ticket,
        contact=contact,
        token_hash=token_hash,
        expires_at=(now or timezone.now()) + LIFETIME,
    )
    return token


def resolve(token: str, *, now: datetime | None = None) -> SurveyLink | None:
    """The link of a token, unless it is unknown, over, or the ticket is another's by now. Reads only."""
    if not token or len(token) > MAX_TOKEN_LENGTH:
        return None
    link = (
        SurveyLink.objects.select_related("contact", "ticket__site", "ticket__requester")
        .filter(token_hash=hash_token(token), expires_at__gt=now or timezone.now())
        .first()
    )
    if link is None or link.ticket.requester_id != link.contact_id:
        return None
    return link
