"""A ticket as its requester sees it: the public messages and rows of history, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import shows_another_status
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    Attachment,
    Contact,
    DeskSettings,
    EventKind,
    Reply,
    Status,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.sanitize import html_from_text, sanitize_html

#: A status that is taken back is another one, too.
MOVES = (EventKind.STATUS, EventKind.UNDONE, EventKind.UNMERGED)


@dataclass(frozen=True)
class Message:
    """One public message. ``html`` and ``quoted`` are sanitised."""

    key: str
    author: str
    by_agent: bool
    mine: bool
    at: datetime
    html: SafeString
    quoted: SafeString
    files: list[Attachment] = field(default_factory=list)

    is_message = True


@dataclass(frozen=True)
class Happening:
    """One row of the history that a customer may read, as a sentence."""

    text: str
    at: datetime

    is_message = False


def conversation(ticket: Ticket, contact: Contact) -> list[Message]:
    """In order of time, with what was merged into it; as many queries for 3 messages as for 300."""
    tickets = [ticket, *ticket.merged_from.filter(requester=contact).select_related("requester")]
    files = public_files(tickets)
    desk = DeskSettings.for_site(ticket.site).display_name
    messages = [_opening(one, contact, files) for one in tickets]
    messages += [_reply(row, contact, desk, files) for row in public_replies(ticket)]
    return sorted(messages, key=lambda message: message.at)


def public_replies(ticket: Ticket):
    """What has left the desk: not a reply that its writer may still take back. A merge brings replies along."""
    return ticket.replies.for_customer(timezone.now())


def public_files(tickets: list[Ticket]) -> dict[tuple[int, int | None], list[Attachment]]:
    """By ticket and reply (``None``: the ticket's own text); a note's files never."""
    files: dict[tuple[int, int | None], list[Attachment]] = {}
    for row in Attachment.objects.filter(ticket__in=tickets, note=None, rejected=""):
        files.setdefault((row.ticket_id, row.reply_id), []).append(row)
    return files


def happenings(ticket: Ticket) -> list[Happening]:
    """The rows a customer may see, but for those that are messages themselves."""
    rows = TicketEvent.objects.filter(
        ticket=ticket, kind__in=[*MOVES, EventKind.MERGED, EventKind.RATED]
    )
    told = [(_sentence(row), row.created_at) for row in rows]
    return [Happening(text, at) for text, at in told if text]


def timeline(ticket: Ticket, contact: Contact) -> list[Message | Happening]:
    return sorted([*conversation(ticket, contact), *happenings(ticket)], key=lambda row: row.at)


def may_close(ticket: Ticket) -> bool:
    closable = Status.CLOSED in desk_settings.STATUS_TRANSITIONS.get(ticket.status, ())
    return desk_settings.ALLOW_CUSTOMER_CLOSE and closable and ticket.merged_into_id is None


def may_reopen(ticket: Ticket) -> bool:
    reopenable = Status.REOPENED in desk_settings.STATUS_TRANSITIONS.get(ticket.status, ())
    return not ticket.is_open and reopenable and ticket.merged_into_id is None


def may_reply(ticket: Ticket) -> bool:
    return not ticket.is_spam


def _opening(ticket: Ticket, contact: Contact, files) -> Message:
    return Message(
        key=f"t{ticket.pk}",
        author=str(ticket.requester),
        by_agent=False,
        mine=ticket.requester_id == contact.pk,
        at=ticket.created_at,
        html=_html(ticket.description, ticket.description_html),
        quoted=_html(ticket.description_quoted, ticket.description_quoted_html),
        files=files.get((ticket.pk, None), []),
    )


def _reply(row: Reply, contact: Contact, desk: str, files) -> Message:
    return Message(
        key=f"r{row.pk}",
        author=row.author_name or desk,
        by_agent=row.by_agent,
        mine=row.author_contact_id == contact.pk,
        at=row.created_at,
        html=_html(row.body, row.body_html),
        quoted=_html(row.quoted, row.quoted_html),
        files=files.get((row.ticket_id, row.pk), []),
    )


def _html(text: str, html: str) -> SafeString:
    return sanitize_html(html) if html else html_from_text(text)


def _sentence(row: TicketEvent) -> str:
    data: dict[str, Any] = row.data
    if row.kind in MOVES:
        if not shows_another_status(row):
            return ""
        return _("Status: %(status)s") % {"status": Status(data["after"]).public_label}
    if row.kind == EventKind.RATED:
        return _("You rated the help you got: %(score)s of 5") % {"score": data.get("score")}
    if row.kind == EventKind.MERGED:
        return _("Joined with another request of yours")
    return ""
