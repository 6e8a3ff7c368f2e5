"""The worker's part of a letter's way: from a stored delivery to exactly one message, or a row that says why not.

Attempts are counted in a commit of their own before the risky work, so that a letter that kills its worker
is held after a few. The message and the row's end are one transaction: whatever dies, there is never a second.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone

from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import archive
from wagtail_escalated.mail.adapters.base import InvalidPayload, Unavailable
from wagtail_escalated.mail.decide import Outcome, decide, describe
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import InboundEmail

logger = logging.getLogger(__name__)

State = InboundEmail.State
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
MAX_ATTEMPTS = len(PAUSES) + 1
#: A worker that died leaves its letter in ``processing``; after this another takes it.
LEASE = timedelta(minutes=10)


def process(pk: str, *, now: datetime | None = None) -> str:
    """Work on one stored letter, unless somebody else does or did. Returns its state afterwards."""
    now = now or timezone.now()
    row = _claim(pk, now)
    if row is None:
        return ""
    if row.attempts > MAX_ATTEMPTS:
        return _end(row, Outcome(State.HELD, "gave_up", detail=row.detail))
    try:
        return _work(row, now)
    except InvalidPayload as error:
        return _end(row, Outcome(State.HELD, "unreadable", detail=str(error)))
    except (EscalatedError, PermissionDenied) as error:
        row.dedupe_key = None  # rolled back with the rest
        reason = getattr(error, "code", "not_permitted")
        return _end(row, Outcome(State.HELD, reason, detail=str(error)))
    except Unavailable as error:
        return _try_again(row, "unavailable", str(error), now)
    except Exception as error:  # noqa: BLE001 (the worker's rim: the letter is tried again)
        logger.exception("Letter %s could not be worked on", row.pk)
        return _try_again(row, "error", type(error).__name__, now)


def process_due(*, now: datetime | None = None, limit: int = 500) -> dict[str, int]:
    """What is stored and not finished, oldest first; counts by state. The sweeper, and the batch."""
    now = now or timezone.now()
    counts: dict[str, int] = {}
    due = InboundEmail.objects.filter(_due(now)).order_by("received_at")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        state = process(str(pk), now=timezone.now())
        if state:
            counts[state] = counts.get(state, 0) + 1
    return counts


def try_now(row: InboundEmail) -> None:
    """A failed or held letter starts anew, by hand."""
    InboundEmail.objects.filter(pk=row.pk, state__in=[State.FAILED, State.HELD]).update(
        state=State.RECEIVED, attempts=0, next_attempt_at=timezone.now()
    )


def outcome_of(row: InboundEmail) -> dict[str, Any]:
    """What the webhook answers where it waits."""
    outcome = {State.HELD: "held", State.FAILED: "held"}.get(row.state, row.outcome or "ignored")
    return {
        "outcome": outcome,
        "ticket": row.ticket.reference if row.ticket else None,
        "reason": row.reason or None,
    }


def _due(now: datetime) -> Q:
    unfinished = [State.RECEIVED, State.PROCESSING, State.FAILED]
    return Q(state__in=unfinished, next_attempt_at__lte=now)


def _claim(pk: str, now: datetime) -> InboundEmail | None:
    claimed = InboundEmail.objects.filter(_due(now), pk=pk).update(
        state=State.PROCESSING, attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    return InboundEmail.objects.get(pk=pk) if claimed else None


def _work(row: InboundEmail, now: datetime) -> str:
    letter = archive.letter_of(row)
    message = normalise(letter.raw, delivered_to=letter.recipients)
    with transaction.atomic():
        locked = InboundEmail.objects.select_for_update().filter(pk=row.pk, state=State.PROCESSING)
        if not locked.filter(attempts=row.attempts).exists():
            return ""  # the lease was over, and another has it
        describe(row, letter, message)
        outcome = decide(row, letter, message, now=now)
        return _end(row, outcome, now=now)


def _end(row: InboundEmail, outcome: Outcome, *, now: datetime | None = None) -> str:
    row.state, row.reason = outcome.state, outcome.reason[:60]
    row.detail = outcome.detail
    row.outcome, row.ticket, row.reply = outcome.outcome, outcome.ticket, outcome.reply
    row.processed_at, row.next_attempt_at = now or timezone.now(), None
    row.save()
    return row.state


def _try_again(row: InboundEmail, reason: str, detail: str, now: datetime) -> str:
    if row.attempts >= MAX_ATTEMPTS:
        fields = {"state": State.HELD, "reason": "gave_up", "next_attempt_at": None}
    else:
        pause = PAUSES[row.attempts - 1]
        fields = {"state": State.FAILED, "reason": reason, "next_attempt_at": now + pause}
    try:
        # Only while it is ours: what was committed before the failure stays done.
        mine = InboundEmail.objects.filter(pk=row.pk, attempts=row.attempts, state=State.PROCESSING)
        if not mine.update(detail=detail, **fields):
            return ""
    except DatabaseError:
        # The lease brings it back.
        logger.exception("Letter %s: even the failure could not be recorded", row.pk)
        return ""
    return fields["state"]
