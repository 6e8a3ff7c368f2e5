"""Rows into letters: claimed, composed, handed over, marked. Each step survives a crash on the next.

Rows are claimed some at a time, in a commit of their own, so two workers never send one. A worker that dies leaves
them claimed; after the lease each is sent, alone. The one it had in hand is sent once more under the same Message-ID. That doubles a mail only if the worker died between
the server's answer and our next statement, and then most mailboxes show the two as one: SMTP permits no more.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.mail import get_connection
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as db
from django.db.models import Q
from django.utils import timezone

from wagtail_escalated.actions import mail_states, surveys
from wagtail_escalated.batches import batch, gather
from wagtail_escalated.mail import alarm, later, waiting
from wagtail_escalated.mail.claims import claim, in_groups
from wagtail_escalated.mail.compose import compose
from wagtail_escalated.mail.contents import TO_CUSTOMERS
from wagtail_escalated.models import CustomerMail, OutboundEmail
from wagtail_escalated.permissions import can

logger = logging.getLogger(__name__)

State = OutboundEmail.State
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
#: One more than ever ends with a failure: it ended its worker each time.
MAX_ATTEMPTS = len(PAUSES) + 1
LEASE = timedelta(minutes=10)
BATCH = 200
CHUNK = 20
#: A task stops sending after this, well before a worker's timeout, and queues another.
MOST_SECONDS = 20.0


class Refused(Exception):
    """The server will never take it."""


def send_due(now: datetime | None = None) -> dict[str, int]:
    """Send what is due, oldest first, over one connection; counts by what became of it."""
    now, ends = now or timezone.now(), monotonic() + MOST_SECONDS
    counts = {"sent": 0, "failed": 0, "suppressed": 0}
    due = OutboundEmail.objects.filter(_due(now)).order_by("pk")
    connection, readers = None, {}
    try:
        for group in in_groups(due, size=CHUNK, limit=BATCH):
            connection = connection or get_connection()
            with batch():
                _send_some(_read(_claim(group, now), readers), connection, now, ends, counts)
            if monotonic() > ends:
                later.queue("mail.outbox.send_due")
                break
    finally:
        if connection is not None:
            _close(connection)
    return counts


def _claim(pks: Sequence[int], now: datetime) -> list[int]:
    rows = OutboundEmail.objects.filter(_due(now))
    return claim(rows, pks, state=State.SENDING, claimed_at=timezone.now())


def _read(pks: Sequence[int], readers: dict[Any, Any]) -> list[OutboundEmail]:
    return waiting.read(pks, readers) if pks else []


def _send_some(
    mails: Sequence[OutboundEmail],
    connection: Any,
    now: datetime,
    ends: float,
    counts: dict[str, int],
) -> None:
    """Those that are not begun before ``ends`` are given back: the server is slow, and tasks are short."""
    for number, mail in enumerate(mails):
        if number and monotonic() > ends:
            return _give_back(mails[number:])
        counts[_send(mail, connection, now)] += 1


def _give_back(mails: Sequence[OutboundEmail]) -> None:
    for mail in mails:
        mine = OutboundEmail.objects.filter(pk=mail.pk, state=State.SENDING)
        # Not where the last one took so long that another worker has it.
        mine.filter(claimed_at=mail.claimed_at).update(
            state=State.QUEUED, attempts=mail.attempts - 1
        )


def queue_sending(sender: Any, *, send_after: datetime, **kwargs: Any) -> None:
    """Receiver of ``mail_queued``: at once, or when the undo window ends."""
    if send_after <= timezone.now():
        gather(_send_soon, [send_after])
    else:
        alarm.set_for(send_after)


def _send_soon(_moments: list[datetime]) -> None:
    later.after_commit("mail.outbox.send_due")


def _due(now: datetime) -> Q:
    waiting = Q(state=State.QUEUED, send_after__lte=now)
    return waiting | Q(state=State.SENDING, claimed_at__lte=now - LEASE)


def _send(mail: OutboundEmail, connection: Any, now: datetime) -> str:
    if mail.attempts > MAX_ATTEMPTS:
        return _fail(mail, mail.error or "gave up", now, final=True)
    unwanted = _why_not(mail)
    if unwanted:
        _finish(mail, state=State.SUPPRESSED, error=unwanted)
        return "suppressed"
    try:
        provider_id = _hand_over(mail, connection)
    except Refused as error:
        return _fail(mail, str(error), now, final=True)
    except (smtplib.SMTPException, AnymailError, OSError) as error:
        return _fail(mail, f"{type(error).__name__}: {error}", now)
    except Exception as error:  # noqa: BLE001 (the worker's rim: this mail fails, the others go on)
        logger.exception("Mail %s could not be made", mail.pk)
        return _fail(mail, type(error).__name__, now)
    _mark_sent(mail, provider_id[:250])
    return "sent"


def _mark_sent(mail: OutboundEmail, provider_id: str) -> None:
    """It has left: a database that is away for a moment must not make it leave again."""
    for last in (False, False, True):
        try:
            return _finish(
                mail, state=State.SENT, error="", sent_at=timezone.now(), provider_id=provider_id
            )
        except (OperationalError, InterfaceError):
            if last or db.in_atomic_block:
                raise
            db.close()


def _why_not(mail: OutboundEmail) -> str:
    """What may have changed since the row was written: an address that is left alone, a right that is gone."""
    if mail.is_stopped:
        return "suppressed"
    if mail.ticket is not None and mail.ticket.is_spam:
        return "spam"
    if mail.kind in TO_CUSTOMERS:
        return _why_not_to_customer(mail)
    return "" if mail.may_read else "no access any more"


def _why_not_to_customer(mail: OutboundEmail) -> str:
    if mail.kind in CustomerMail.values and mail.kind in mail.not_wanted:
        return "not wanted"
    if mail.kind == "survey":
        return surveys.why_not(mail)
    if mail.kind == "reply" and not _takes_part(mail):
        return "takes part no more"
    return ""


def _takes_part(mail: OutboundEmail) -> bool:
    """The requester, those in Cc, and colleagues who follow as long as they may see the ticket."""
    ticket, contact = mail.ticket, mail.contact
    if contact is None or contact.pk == ticket.requester_id:
        return True
    copied = ticket.copied.filter(contact=contact).first()
    if copied is None:
        return False
    return not copied.by_choice or can(contact, "view_as_customer", ticket)


def _hand_over(mail: OutboundEmail, connection: Any) -> str:
    message = compose(mail)
    message.connection = connection
    try:
        message.send()
    except (smtplib.SMTPRecipientsRefused, AnymailRecipientsRefused) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
            raise Refused(f"{error.smtp_code} {error.smtp_error!r}") from None
        raise
    provider_id = getattr(getattr(message, "anymail_status", None), "message_id", None)
    return "" if provider_id is None else str(provider_id).strip("<>")


def _fail(mail: OutboundEmail, error: str, now: datetime, *, final: bool = False) -> str:
    if not final and mail.attempts <= len(PAUSES):
        pause = PAUSES[mail.attempts - 1]
        _finish(mail, state=State.QUEUED, error=error[:2000], send_after=now + pause)
        return "failed"
    with transaction.atomic():
        _finish(mail, state=State.FAILED, error=error[:2000])
        mail_states.record_failure(mail, kind="failed", detail=error, now=now)
    return "failed"


def _finish(mail: OutboundEmail, **fields: Any) -> None:
    # Only what we claimed: a status from the provider may have come meanwhile.
    OutboundEmail.objects.filter(pk=mail.pk, state=State.SENDING).update(**fields)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        logger.info("The mail connection was gone before it was closed.")
