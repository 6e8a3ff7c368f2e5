"""The worker's part of a letter's way: from a stored delivery to exactly one message, or a row that says why not.

Attempts are counted in a commit of their own before the risky work, so that a letter that kills its worker
is held after a few. The message and the row's end are one transaction: whatever dies, there is never a second.

Letters that wait are taken some at a time: claimed in one commit, what they ask alike is read once, what follows
them is queued once. One that was tried before is taken alone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wagtail_escalated.batches import batch
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import archive, later
from wagtail_escalated.mail.adapters.base import InvalidPayload, Unavailable
from wagtail_escalated.mail.claims import claim, in_groups
from wagtail_escalated.mail.decide import Outcome, SeenBefore, decide, describe, first_of
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import InboundEmail

logger = logging.getLogger(__name__)

State = InboundEmail.State
WRITTEN_AT_ITS_END = (
    "state", "reason", "detail", "outcome", "ticket", "reply", "processed_at", "next_attempt_at",
    "dedupe_key", "message_id", "sender", "recipient", "subject", "verdict", "trust",
)  # fmt: skip
#: Over a day in all: a night without database or storage puts no letter into anybody's hands.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 720)]
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
    now = now or timezone.now()
    claimed = _claim([pk], now)
    return _process(_read(claimed)[0], now) if claimed else ""


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
    for group in in_groups(due, size=BATCH, limit=limit):
        with batch():
            _process_some(_read(_claim(group, timezone.now())), counts, ends)
        if monotonic() > ends:
            break
    counts.pop("", None)  # those whose lease was lost
    return dict(counts)


def _process_some(rows: list[InboundEmail], counts: Counter[str], ends: float) -> None:
    """Those that are not begun before ``ends`` are given back."""
    for number, row in enumerate(rows):
        if number and monotonic() > ends:
            return _give_back(rows[number:])
        counts[_process(row, timezone.now())] += 1


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
    if not pks:
        return []
    rows = InboundEmail.objects.select_related("department__site").filter(pk__in=pks)
    return sorted(rows, key=lambda row: row.received_at)


def _claim(pks: Sequence[Any], now: datetime) -> list[Any]:
    rows = InboundEmail.objects.filter(_due(now))
    return claim(rows, pks, state=State.PROCESSING, next_attempt_at=now + LEASE)


def _give_back(rows: Sequence[InboundEmail]) -> None:
    """As if they had not been claimed: their turn comes with the next task."""
    for row in rows:
        mine(row).update(
            state=State.RECEIVED, attempts=row.attempts - 1, next_attempt_at=row.received_at
        )


def mine(row: InboundEmail) -> QuerySet[InboundEmail]:
    """The row, as long as its lease is ours."""
    rows = InboundEmail.objects.filter(pk=row.pk)
    return rows.filter(attempts=row.attempts, state=State.PROCESSING)


def _work(row: InboundEmail, now: datetime) -> str:
    letter = archive.letter_of(row)
    message = normalise(letter.raw, delivered_to=letter.recipients)
    try:
        with transaction.atomic():
            writer = describe(row, letter, message)
            outcome = decide(row, letter, message, writer=writer, now=now)
            return _end_once(row, outcome, now)
    except SeenBefore as seen:
        return _end(row, first_of(seen.key))


def _end_once(row: InboundEmail, outcome: Outcome, now: datetime) -> str:
    """The constraint decides which of two equal letters counts, also between two workers."""
    try:
        return _end(row, outcome, now=now)
    except IntegrityError:
        key, row.dedupe_key = row.dedupe_key, None  # rolled back with the rest
        raise SeenBefore(key) from None


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
