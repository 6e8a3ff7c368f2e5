"""A ticket as an agent reads it: messages in order of time, between them what else happened, folded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from wagtail_escalated.actions.merging import merged_into
from wagtail_escalated.models import (
    Attachment,
    Contact,
    EventKind,
    Note,
    OutboundEmail,
    Reply,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.sanitize import html_from_text, sanitize_html

from ..many_urls import urls_below
from . import sentences

#: Messages themselves are their own rows.
OF_MESSAGES = (EventKind.CREATED, EventKind.REPLIED, EventKind.NOTED)
MOST_EVENTS = 500
ALL_IMAGES = "all"
_REMOTE_IMAGE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)

MAIL_TONES = {
    OutboundEmail.State.SENT: "ok",
    OutboundEmail.State.DELIVERED: "ok",
    OutboundEmail.State.BOUNCED: "late",
    OutboundEmail.State.COMPLAINED: "late",
    OutboundEmail.State.FAILED: "late",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """What became of the mail of a message to one recipient."""

    address: str
    label: str
    tone: str
    error: str


@dataclass(frozen=True, slots=True)
class Message:
    """``side`` is ``customer``, ``agent`` or ``note``. ``html`` and ``quoted`` are sanitised."""

    key: str
    pk: int
    side: str
    author: str
    address: str
    at: datetime
    html: SafeString
    quoted: SafeString | str
    has_html: bool
    blocks_images: bool
    proved: bool
    original_url: str
    #: Of replies alone.
    split_url: str = ""
    article_url: str = ""
    leaves_at: datetime | None = None
    files: Sequence[Attachment] = ()
    mails: Sequence[Mail] = ()
    #: The reference of a ticket that was merged into this one and began with it.
    merged_from: str = ""

    is_message = True

    @property
    def is_note(self) -> bool:
        return self.side == "note"

    @property
    def is_reply(self) -> bool:
        return self.key.startswith("r")

    @property
    def has_trouble(self) -> bool:
        return any(mail.tone == "late" for mail in self.mails)


@dataclass(frozen=True, slots=True)
class Happening:
    icon: str
    who: str
    text: str
    at: datetime


@dataclass(slots=True)
class Happenings:
    """Changes without a message between them, shown as one fold."""

    at: datetime
    rows: list[Happening] = field(default_factory=list)

    is_message = False

    @property
    def last(self) -> Happening:
        return self.rows[-1]


def conversation(ticket: Ticket, *, images: Collection[str] = ()) -> list[Message | Happenings]:
    """As many queries for 3 messages as for 300. ``images`` names messages whose remote images show."""
    events = list(
        ticket.events.exclude(kind__in=OF_MESSAGES).order_by("-created_at", "-pk")[:MOST_EVENTS]
    )
    openings = [ticket]
    if any(event.kind == EventKind.MERGED for event in events):
        openings += merged_into(ticket)
    files = _files(openings)
    mails = _mails(ticket)
    show = _Shown(ticket.reference, images, files, mails)
    messages = [show.opening(one, ticket) for one in openings]
    messages += [show.reply(row) for row in replies_with_contacts(ticket)]
    if ticket.note_count:
        messages += [show.note(row) for row in ticket.notes.all()]
    messages.sort(key=lambda message: message.at)
    return list(_woven(messages, reversed(events)))


def replies_with_contacts(ticket: Ticket) -> list[Reply]:
    """Most were written by the requester, who is here already, or by agents: others cost a query together."""
    replies = list(ticket.replies.all())
    contacts = {ticket.requester_id: ticket.requester}
    missing = {row.author_contact_id for row in replies} - {None, *contacts}
    if missing:
        contacts |= Contact.objects.in_bulk(missing)
    for row in replies:
        row.author_contact = contacts.get(row.author_contact_id)
    return replies


def newest_of_customer(entries: list[Message | Happenings]) -> int:
    """The key of the last reply that a customer wrote; 0 where the ticket has none."""
    theirs = (
        entry.pk
        for entry in reversed(entries)
        if isinstance(entry, Message) and entry.side == "customer" and entry.split_url
    )
    return next(theirs, 0)


def newest_reply(messages: Iterable[Any]) -> int:
    """The key of the newest reply among what is shown, 0 without any."""
    return max((m.pk for m in messages if m.is_message and m.is_reply), default=0)


def _files(tickets: Sequence[Ticket]) -> dict[str, list[Attachment]]:
    files: dict[str, list[Attachment]] = defaultdict(list)
    for row in Attachment.objects.filter(ticket__in=tickets):
        key = f"r{row.reply_id}" if row.reply_id else f"n{row.note_id}" if row.note_id else ""
        files[key or f"t{row.ticket_id}"].append(row)
    return files


def _mails(ticket: Ticket) -> dict[str, list[Mail]]:
    mails: dict[str, list[Mail]] = defaultdict(list)
    sent = ticket.outbound_emails.filter(reply__isnull=False, contact__isnull=False)
    for reply_pk, address, state, error in sent.values_list("reply", "address", "state", "error"):
        state = OutboundEmail.State(state)
        tone = MAIL_TONES.get(state, "wait")
        mails[f"r{reply_pk}"].append(Mail(address, str(state.label), tone, error))
    return mails


def _woven(
    messages: list[Message], events: Iterable[TicketEvent]
) -> Iterable[Message | Happenings]:
    """Events between two messages become one fold."""
    waiting = iter(messages)
    message = next(waiting, None)
    fold: Happenings | None = None
    for event in events:
        while message is not None and message.at <= event.created_at:
            if fold:
                yield fold
                fold = None
            yield message
            message = next(waiting, None)
        fold = fold or Happenings(event.created_at)
        fold.rows.append(
            Happening(
                sentences.icon(event),
                sentences.who(event),
                sentences.sentence(event),
                event.created_at,
            )
        )
    if fold:
        yield fold
    if message is not None:
        yield message
        yield from waiting


class _Shown:
    """Turns rows into messages with what was loaded for all of them."""

    def __init__(self, reference, images, files, mails):
        self.images, self.files, self.mails = images, files, mails
        self.original_url = urls_below("ticket_original", reference)
        self.split_url = urls_below("ticket_split", reference)
        self.article_url = urls_below("ticket_article", reference)

    def opening(self, ticket: Ticket, of: Ticket) -> Message:
        key = f"t{ticket.pk}"
        body = (ticket.description, ticket.description_html)
        quoted = (ticket.description_quoted, ticket.description_quoted_html)
        return Message(
            key=key,
            pk=ticket.pk,
            side="customer",
            author=str(ticket.requester),
            address=ticket.requester.address,
            at=ticket.created_at,
            proved=ticket.proved,
            merged_from="" if ticket.pk == of.pk else ticket.reference,
            **self._texts(key, body, quoted),
        )

    def reply(self, row: Reply) -> Message:
        key = f"r{row.pk}"
        contact = row.author_contact
        return Message(
            key=key,
            pk=row.pk,
            side="agent" if row.by_agent else "customer",
            author=row.author_name or str(contact or ""),
            address=contact.address if contact else "",
            at=row.created_at,
            proved=row.proved,
            split_url=self.split_url(row.pk),
            article_url=self.article_url(row.pk) if row.by_agent else "",
            leaves_at=row.visible_at,
            mails=self.mails.get(key, ()),
            **self._texts(key, (row.body, row.body_html), (row.quoted, row.quoted_html)),
        )

    def note(self, row: Note) -> Message:
        key = f"n{row.pk}"
        return Message(
            key=key,
            pk=row.pk,
            side="note",
            author=row.author_name,
            address="",
            at=row.created_at,
            proved=True,
            **self._texts(key, (row.body, row.body_html), ("", "")),
        )

    def _texts(self, key: str, body: tuple[str, str], quoted: tuple[str, str]) -> dict[str, Any]:
        files = self.files.get(key, [])
        cids = {f.content_id: file_url(f) for f in files if f.content_id and f.key}
        shows = key in self.images or ALL_IMAGES in self.images
        html = _html(body, remote_images=shows, cid_urls=cids)
        return {
            "original_url": self.original_url(key),
            "html": html,
            "quoted": _html(quoted, remote_images=shows, cid_urls=cids),
            "has_html": bool(body[1]),
            "blocks_images": not shows and bool(_REMOTE_IMAGE.search(body[1] or quoted[1])),
            # A picture that the text shows need not be listed below it as well.
            "files": [f for f in files if not _is_shown(f, cids, html)],
        }


def _is_shown(row: Attachment, cids: dict[str, str], html: str) -> bool:
    return bool(row.inline and cids.get(row.content_id) and cids[row.content_id] in html)


def _html(texts: tuple[str, str], **options: Any) -> SafeString | str:
    text, html = texts
    if html:
        return sanitize_html(html, **options)
    return html_from_text(text) if text else ""


def file_url(row: Attachment) -> str:
    """Where a file is downloaded; empty where the host has not mounted the desk's URLs."""
    try:
        return reverse("wagtail_escalated:attachment", args=[row.uuid])
    except NoReverseMatch:
        return ""
