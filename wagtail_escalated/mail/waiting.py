"""Mails that wait, read some at a time with all that they are made of: as many queries for one as for twenty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from wagtail_escalated.mail.contents import TO_CUSTOMERS
from wagtail_escalated.models import (
    Attachment,
    InboundEmail,
    MailOptOut,
    OutboundEmail,
    SuppressedAddress,
)
from wagtail_escalated.permissions import tickets_for, works_inside


def read(pks: Sequence[int], readers: dict[Any, Any]) -> list[OutboundEmail]:
    """The rows, in order; ``readers`` are the agents met so far, who remember the rights they asked for.

    Each gets ``is_stopped``, ``not_wanted``, ``may_read``, ``letters`` and ``files``.
    """
    rows = OutboundEmail.objects.select_related(
        "ticket__site",
        "ticket__department",
        "ticket__requester",
        "reply",
        "note",
        "event",
        "contact",
        "user__escalated_agent",
    ).filter(pk__in=pks)
    mails = sorted(rows, key=lambda mail: mail.pk)
    for mail in mails:
        if mail.user is not None:
            mail.user = readers.setdefault(mail.user_id, mail.user)
    for give in (_give_wishes, _give_rights, _give_letters, _give_files):
        give(mails)
    return mails


def _give_wishes(mails: Sequence[OutboundEmail]) -> None:
    """Addresses that are left alone, and kinds of mail that a customer does not want."""
    stopped = SuppressedAddress.objects.filter(address__in={mail.address for mail in mails})
    addresses = set(stopped.values_list("address", flat=True))
    contacts = {mail.contact_id for mail in mails} - {None}
    rows = MailOptOut.objects.filter(contact__in=contacts).values_list("contact_id", "kind")
    not_wanted = _by_first(rows if contacts else ())
    for mail in mails:
        mail.is_stopped = mail.address in addresses
        mail.not_wanted = {kind for (kind,) in not_wanted[mail.contact_id]}


def _give_rights(mails: Sequence[OutboundEmail]) -> None:
    """Whether an agent may (still) see what the mail is about."""
    inside = [mail for mail in mails if mail.kind not in TO_CUSTOMERS]
    about: dict[Any, set[int]] = defaultdict(set)
    for mail in inside:
        if mail.ticket_id is not None:
            about[mail.user].add(mail.ticket_id)
    seen = {
        user: set(
            tickets_for(user, "view_internal").filter(pk__in=pks).values_list("pk", flat=True)
        )
        for user, pks in about.items()
    }
    for mail in inside:
        mail.may_read = (
            works_inside(mail.user)
            if mail.ticket_id is None
            else mail.ticket_id in seen.get(mail.user, ())
        )


def _give_letters(mails: Sequence[OutboundEmail]) -> None:
    letters = letters_of({mail.ticket_id for mail in mails} - {None})
    for mail in mails:
        mail.letters = letters[mail.ticket_id]


def letters_of(tickets: Iterable[int]) -> dict[int, list[tuple]]:
    """By ticket: (key of the reply, Message-ID) of the letters that became its messages."""
    rows = InboundEmail.objects.filter(ticket__in=tickets, state=InboundEmail.State.DONE)
    named = rows.exclude(message_id="").order_by("-received_at")
    return _by_first(named.values_list("ticket_id", "reply_id", "message_id") if tickets else ())


def _give_files(mails: Sequence[OutboundEmail]) -> None:
    """The files of the one message that a mail is about."""
    tickets = {mail.ticket_id for mail in mails} - {None}
    rows = Attachment.objects.filter(ticket__in=tickets, rejected="").order_by("pk")
    files: dict[tuple, list[Attachment]] = defaultdict(list)
    for one in rows if tickets else ():
        files[one.ticket_id, one.reply_id, one.note_id].append(one)
    for mail in mails:
        mail.files = files[mail.ticket_id, mail.reply_id, mail.note_id]


def _by_first(rows: Iterable[tuple]) -> dict[Any, list[tuple]]:
    found: dict[Any, list[tuple]] = defaultdict(list)
    for first, *rest in rows:
        found[first].append(tuple(rest))
    return found
