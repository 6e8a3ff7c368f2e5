"""Other people's tickets in which somebody took part who is erased: their words, and the echo of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.utils import timezone

from wagtail_escalated import storage
from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.deletion import remove_unused, remove_unused_letters
from wagtail_escalated.actions.erasure_mentions import ERASED, Person, clean, through
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.committed import once_committed
from wagtail_escalated.models import (
    Contact,
    Draft,
    EventKind,
    InboundEmail,
    Note,
    OutboundEmail,
    Reply,
    Ticket,
    TicketEvent,
    WebhookDelivery,
)
from wagtail_escalated.permissions import works_inside

#: Shorter lines of theirs are everybody's: "Thanks", "See below".
SHORTEST_LINE = 12
OF_TICKET = (
    "subject", "description", "description_html", "description_quoted", "description_quoted_html",
    "last_message_preview",
)  # fmt: skip
OF_MESSAGE = ("body", "body_html")
QUOTED = ("quoted", "quoted_html")
#: Under these keys a history row names people; elsewhere in it stand words of the desk.
NAMES_OF_PEOPLE = ("name", "before_name", "after_name")
PEOPLE = (EventKind.REQUESTER, EventKind.FOLLOWED, EventKind.UNFOLLOWED)
#: Rows that repeat what somebody wrote.
WORDS = (EventKind.SUBJECT, EventKind.FIELD, EventKind.MAIL_FAILED)

Clean = Callable[[str], str]


def shared_tickets(contact: Contact) -> list[Ticket]:
    """Those of others in which the contact wrote, was copied, was the requester once, or got a mail."""
    acted = Q(actor_contact=contact)
    if contact.user_id and not works_inside(contact.user):
        acted |= Q(actor_user=contact.user)
    asked = Q(kind=EventKind.REQUESTER) & (Q(data__before=contact.pk) | Q(data__after=contact.pk))
    events = TicketEvent.objects.filter(acted | asked)
    keys = {
        *contact.copied_on.values_list("ticket", flat=True),
        *events.values_list("ticket", flat=True),
        *Reply.objects.filter(author_contact=contact).values_list("ticket", flat=True),
        *OutboundEmail.objects.filter(contact=contact).values_list("ticket", flat=True),
        *_split_off(contact),
    }
    return list(Ticket.objects.filter(pk__in=keys).exclude(requester=contact).order_by("pk"))


def _split_off(contact: Contact) -> set[int]:
    """Tickets that others made of a reply of theirs."""
    replies = set(Reply.objects.filter(author_contact=contact).values_list("pk", flat=True))
    splits = TicketEvent.objects.filter(kind=EventKind.SPLIT, data__split_reply__in=list(replies))
    return {data["new_ticket"] for data in splits.values_list("data", flat=True)}


def clean_shared_tickets(tickets: Iterable[Ticket], contact: Contact, person: Person) -> None:
    own_words = _split_off(contact)
    for ticket in tickets:
        _Shared(ticket, contact, person, opened_by_them=ticket.pk in own_words).clean()


class _Shared:
    def __init__(self, ticket: Ticket, contact: Contact, person: Person, *, opened_by_them: bool):
        self.ticket, self.contact, self.person = ticket, contact, person
        self.theirs = list(ticket.replies.filter(author_contact=contact).order_by("created_at"))
        created = ticket.events.filter(kind=EventKind.CREATED, actor_contact=contact)
        self.opened_by_them = opened_by_them or created.exists()

    def clean(self) -> None:
        lines, since = self._lines(), self._since()
        change = _without(self.person, lines)
        self._remove_files()
        self._blank_theirs()
        self._clean_messages(change, since)
        _update(self.ticket.custom_values.filter(choice=None), ("plain", "folded"), change)
        _update(self.ticket.attachments.all(), ("name",), change)
        self._clean_history(change)
        self._forget_letters(since)
        self._forget_deliveries(change)
        with changing(self.ticket, actor=SYSTEM, verb="manage") as done:
            if self.opened_by_them:
                self._blank_first_message()
            clean(self.ticket, OF_TICKET, change)
            done.touch_customer()

    def _lines(self) -> set[str]:
        texts = [reply.body for reply in self.theirs]
        if self.opened_by_them:
            texts.append(self.ticket.description)
        lines = (line.strip() for text in texts for line in text.splitlines())
        return {line for line in lines if len(line) >= SHORTEST_LINE}

    def _since(self) -> datetime:
        """From when on others may have quoted them."""
        if self.opened_by_them:
            return self.ticket.created_at
        return self.theirs[0].created_at if self.theirs else timezone.now()

    def _remove_files(self) -> None:
        files = Q(reply__in=self.theirs)
        if self.opened_by_them:
            files |= Q(reply=None, note=None)
        rows = self.ticket.attachments.filter(files)
        keys = set(rows.exclude(key="").values_list("key", flat=True))
        rows.delete()
        once_committed(remove_unused, keys)

    def _blank_theirs(self) -> None:
        Reply.objects.filter(pk__in=[reply.pk for reply in self.theirs]).update(
            body=ERASED, body_html="", quoted="", quoted_html="", author_name=""
        )

    def _blank_first_message(self) -> None:
        for name in OF_TICKET:
            setattr(self.ticket, name, ERASED if name in ("subject", "description") else "")

    def _clean_messages(self, change: Clean, since: datetime) -> None:
        replies = self.ticket.replies.exclude(author_contact=self.contact)
        # What a later message quotes stands above it, or stood there.
        replies.filter(created_at__gte=since).update(**dict.fromkeys(QUOTED, ""))
        _update(replies, OF_MESSAGE + QUOTED, change)
        _update(Note.objects.filter(ticket=self.ticket), OF_MESSAGE, change)
        _update(Draft.objects.filter(ticket=self.ticket), ("body_html",), change)

    def _clean_history(self, change: Clean) -> None:
        for event in TicketEvent.objects.filter(ticket=self.ticket):
            if event.kind in PEOPLE:
                data = {**event.data, **self._without_name(event.data)}
            elif event.kind in WORDS:
                data = through(event.data, change)
            else:
                continue
            if data != event.data:
                TicketEvent.objects.filter(pk=event.pk).update(data=data)

    def _without_name(self, data: dict[str, Any]) -> dict[str, str]:
        name = self.person.name
        return {key: ERASED for key in NAMES_OF_PEOPLE if name and data.get(key) == name}

    def _forget_deliveries(self, change: Clean) -> None:
        rows = WebhookDelivery.objects.filter(ticket=self.ticket).exclude(body="")
        named = [row.pk for row in rows if change(row.body) != row.body]
        WebhookDelivery.objects.filter(pk__in=named).delete()

    def _forget_letters(self, since: datetime) -> None:
        """The original of a letter that may quote them; what was read of it stands in the message."""
        letters = InboundEmail.objects.filter(ticket=self.ticket)
        kept = letters.exclude(raw_key="")
        gone = [row for row in kept if row.received_at >= since or self._names_them(row)]
        letters.filter(pk__in=[row.pk for row in gone]).update(raw_key="", raw_size=0)
        once_committed(remove_unused_letters, {row.raw_key for row in gone})
        _update(letters, ("subject", "detail"), self.person.without)

    def _names_them(self, letter: InboundEmail) -> bool:
        try:
            raw = storage.read(letter.raw_key).lower()
        except FileNotFoundError:
            return False
        address = self.person.address
        return any(word.lower().encode() in raw for word in (address, quote(address)))


def _without(person: Person, lines: set[str]) -> Clean:
    """The longest of their lines first: one may stand in another."""
    written = sorted({*lines, *map(html.escape, lines)}, key=len, reverse=True)

    def change(text: str) -> str:
        for line in written:
            text = text.replace(line, ERASED)
        return person.without(text)

    return change


def _update(rows: QuerySet[Any], names: Iterable[str], change: Clean) -> None:
    names = tuple(names)
    for row in rows:
        if changed := clean(row, names, change):
            type(row)._base_manager.filter(pk=row.pk).update(**changed)
