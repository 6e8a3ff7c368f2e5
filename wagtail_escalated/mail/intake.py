"""The worker's part of a letter's way: from a stored delivery to exactly one message, or a row that says why not.

Attempts are counted in a commit of their own before the risky work, so that a letter that kills its worker
is held after a few. The message and the row's end are one transaction: whatever dies, there is never a second.

Letters that wait are taken some at a time: what they ask alike is read once, what follows them is queued once.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wagtail_escalated.batches import batch
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import archive, later
from wagtail_escalated.mail.adapters.base import InvalidPayload, Unavailable
from wagtail_escalated.mail.decide import Outcome, SeenBefore, decide, describe, first_of
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import InboundEmail

logger = logging.getLogger(__name__)

State = InboundEmail.State
WRITTEN_AT_ITS_END = (
    "state", "reason", "detail", "outcome", "ticket", "reply", "processed_at", "next_attempt_at",
    "dedupe_key", "message_id", "sender", "recipient", "subject", "verdict", "trust",
)  # fmt: skip
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
MAX_ATTEMPTS = len(PAUSES) + 1
#: A worker that died leaves its letter in ``processing``; after this another takes it.
LEASE = timedelta(minutes=10)
BATCH = 20
#: A task stops taking letters after this, well before a worker's timeout, and queues another.
MOST_SECONDS = 20.0
#: A letter that came later than this before the present one has its task still to come.
SOON = timedelta(seconds=5)


class LeaseLost(Exception):
    """The lease was over, and another worker has the letter."""


def process(pk: str, *, now: datetime | None = None) -> str:
    """Work on one stored letter, unless somebody else does or did. Returns its state afterwards."""
    row = InboundEmail.objects.filter(pk=pk).first()
    return _process(row, now or timezone.now()) if row is not None else ""


def process_waiting() -> dict[str, int]:
    """What a webhook queues: all that is due by now, that of other webhooks too."""
    ends, counts = monotonic() + MOST_SECONDS, Counter[str]()
    while found := process_due(ends=ends):
        counts.update(found)
        if monotonic() > ends:
            later.queue("mail.intake.process_waiting")
            break
    return dict(counts)


def is_found_by_another(row: InboundEmail) -> bool:
    """Whether the task of a letter just before this one is still to come: it looks until nothing is left.

    Only earlier ones count, so that of two that are stored at once one has a task in any case.
    """
    earlier = InboundEmail.objects.filter(
        state=State.RECEIVED,
        next_attempt_at__lte=row.next_attempt_at,
        received_at__lt=row.received_at,
        received_at__gt=row.received_at - SOON,
    )
    return earlier.exists()


def _process(row: InboundEmail, now: datetime) -> str:
    if not _claim(row, now):
        return ""
    try:
        return _attempt(row, now)
    except LeaseLost:
        return ""


def _attempt(row: InboundEmail, now: datetime) -> str:
    if row.attempts > MAX_ATTEMPTS:
        return _end(row, Outcome(State.HELD, "gave_up", detail=row.detail))
    try:
        return _work(row, now)
    except InvalidPayload as error:
        return _end(row, Outcome(State.HELD, "unreadable", detail=str(error)))
    except SeenBefore as seen:
        return _end(row, first_of(seen.key))
    except (EscalatedError, PermissionDenied) as error:
        row.dedupe_key = None  # rolled back with the rest
        reason = getattr(error, "code", "not_permitted")
        return _end(row, Outcome(State.HELD, reason, detail=str(error)))
    except Unavailable as error:
        return _try_again(row, "unavailable", str(error), now)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 (the worker's rim: the letter is tried again)
        logger.exception("Letter %s could not be worked on", row.pk)
        return _try_again(row, "error", type(error).__name__, now)


def process_due(
    *, now: datetime | None = None, limit: int = 500, ends: float | None = None
) -> dict[str, int]:
    """What is stored and not finished, oldest first; counts by state. No batch is begun after ``ends``."""
    ends = monotonic() + MOST_SECONDS if ends is None else ends
    counts = Counter[str]()
    due = InboundEmail.objects.filter(_due(now or timezone.now())).order_by("received_at")
    pks = list(due.values_list("pk", flat=True)[:limit])
    for first in range(0, len(pks), BATCH):
        with batch():
            for row in _read(pks[first : first + BATCH]):
                counts[_process(row, timezone.now())] += 1
        if monotonic() > ends:
            break
    counts.pop("", None)  # those of other workers
    return dict(counts)


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


def _read(pks: list[Any]) -> list[InboundEmail]:
    rows = InboundEmail.objects.select_related("department__site").filter(pk__in=pks)
    return sorted(rows, key=lambda row: pks.index(row.pk))


def _claim(row: InboundEmail, now: datetime) -> bool:
    """In a commit of its own, and only if nobody has touched the row since it was read."""
    same = InboundEmail.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    taken = {
        "state": State.PROCESSING,
        "attempts": row.attempts + 1,
        "next_attempt_at": now + LEASE,
    }
    if not same.filter(_due(now)).update(**taken):
        return False
    for name, value in taken.items():
        setattr(row, name, value)
    return True


def mine(row: InboundEmail) -> QuerySet[InboundEmail]:
    """The row, as long as its lease is ours."""
    rows = InboundEmail.objects.filter(pk=row.pk)
    return rows.filter(attempts=row.attempts, state=State.PROCESSING)


def _work(row: InboundEmail, now: datetime) -> str:
    letter = archive.letter_of(row)
    message = normalise(letter.raw, delivered_to=letter.recipients)
    with transaction.atomic():
        writer = describe(row, letter, message)
        outcome = decide(row, letter, message, writer=writer, now=now)
        return _end(row, outcome, now=now)


def _end(row: InboundEmail, outcome: Outcome, *, now: datetime | None = None) -> str:
    """Raises ``LeaseLost`` where the row is not ours any more: what was written with it is rolled back."""
    ours = mine(row)
    row.state, row.reason = outcome.state, outcome.reason[:60]
    row.detail = outcome.detail
    row.outcome, row.ticket, row.reply = outcome.outcome, outcome.ticket, outcome.reply
    row.processed_at, row.next_attempt_at = now or timezone.now(), None
    if not ours.update(**{name: getattr(row, name) for name in WRITTEN_AT_ITS_END}):
        raise LeaseLost
    return row.state


def _try_again(row: InboundEmail, reason: str, detail: str, now: datetime) -> str:
    if row.attempts >= MAX_ATTEMPTS:
        fields = {"state": State.HELD, "reason": "gave_up", "next_attempt_at": None}
    else:
        pause = PAUSES[row.attempts - 1]
        fields = {"state": State.FAILED, "reason": reason, "next_attempt_at": now + pause}
    try:
        # Only while it is ours: what was committed before the failure stays done.
        if not mine(row).update(detail=detail, **fields):
            return ""
    except DatabaseError:
        # The lease brings it back.
        logger.exception("Letter %s: even the failure could not be recorded", row.pk)
        return ""
    return fields["state"]
