"""Stored letters through the present code: what would come out differently? Nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import archive
from wagtail_escalated.mail.adapters.base import InvalidPayload, Unavailable
from wagtail_escalated.mail.decide import body_of, decide, describe, subject_of
from wagtail_escalated.mail.message import InboundMessage
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import InboundEmail

State = InboundEmail.State


@dataclass(frozen=True, slots=True)
class Difference:
    row: InboundEmail
    what: str
    before: str
    after: str


class _Undo(Exception):
    """Carries what came out past the end of the transaction that is rolled back."""


def differences(since: datetime) -> Iterator[Difference]:
    """Of each finished letter received since then: its state and reason, its text, its subject."""
    rows = InboundEmail.objects.filter(received_at__gte=since).exclude(raw_key="")
    finished = rows.filter(state__in=[State.DONE, State.IGNORED, State.HELD])
    for row in (
        finished.select_related("ticket", "reply", "department").order_by("received_at").iterator()
    ):
        yield from _of(row)


def _of(row: InboundEmail) -> Iterator[Difference]:
    before = f"{row.state} {row.reason}".strip()
    try:
        letter = archive.letter_of(row)
        message = normalise(letter.raw, delivered_to=letter.recipients)
    except (InvalidPayload, Unavailable, OSError) as error:
        yield Difference(row, "letter", before, f"unreadable: {type(error).__name__}")
        return
    after = _outcome(row.pk, letter, message)
    if after != before:
        yield Difference(row, "outcome", before, after)
    if row.state == State.DONE:
        yield from _texts(row, message)


def _outcome(pk, letter, message: InboundMessage) -> str:
    """Decided once more as if it were new, and rolled back: rows, files and mails of it never were."""
    try:
        with transaction.atomic():
            row = InboundEmail.objects.select_for_update().get(pk=pk)
            now, row.dedupe_key = row.received_at, None
            writer = describe(row, letter, message)
            outcome = decide(row, letter, message, writer=writer, now=now)
            InboundEmail.objects.filter(pk=pk).update(dedupe_key=row.dedupe_key)
            raise _Undo(f"{outcome.state} {outcome.reason}".strip())
    except _Undo as undo:
        return str(undo)
    except IntegrityError:
        return f"{State.DUPLICATE} seen_before"
    except (EscalatedError, PermissionDenied) as error:
        return f"held {getattr(error, 'code', 'not_permitted')}"


def _texts(row: InboundEmail, message: InboundMessage) -> Iterator[Difference]:
    body = body_of(message)
    if row.reply is not None:
        pairs = [("text", row.reply.body, body.text), ("html", row.reply.body_html, body.html)]
    elif row.ticket is not None and row.outcome == "created_new":
        pairs = [
            ("subject", row.ticket.subject, subject_of(message)),
            ("text", row.ticket.description, body.text),
            ("html", row.ticket.description_html, body.html),
        ]
    else:
        pairs = []
    for what, before, after in pairs:
        if before != after:
            yield Difference(row, what, before, after)
