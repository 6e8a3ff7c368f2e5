"""What is past its time: tickets by each site's own setting, and rows that have done their work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from wagtail_escalated.actions.deletion import delete, remove_unused_letters
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    BulkRun,
    DeskSettings,
    GuestLink,
    IdempotencyKey,
    InboundEmail,
    Notification,
    Presence,
    RateLimit,
    RuleOutcome,
    RuleRun,
    Status,
    SurveyLink,
    Ticket,
    UndoToken,
    WebhookDelivery,
)

#: Spam is kept for so long, in case it was none.
SPAM = timedelta(days=30)
#: The raw bytes of letters from which nothing came. Their rows stay, so that they are known when they come again.
IGNORED_LETTERS = timedelta(days=30)
#: Links that ended still say so for a while, instead of being unknown.
ENDED_LINKS = timedelta(days=30)
DELIVERED_WEBHOOKS = timedelta(days=30)
NOTIFICATIONS = timedelta(days=90)
ANSWERS = timedelta(days=7)
PRESENCE = timedelta(days=1)
BULK_RUNS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Purged:
    tickets: int
    letters: int
    rows: int


def purge(*, dry_run: bool = False, now: datetime | None = None) -> Purged:
    """Delete it, each ticket in a transaction of its own, or only count it. Files go along."""
    now = now or timezone.now()
    tickets, letters, rows = _tickets(now), _letters(now), _rows(now)
    if dry_run:
        return Purged(tickets.count(), letters.count(), sum(some.count() for some in rows))
    return Purged(
        tickets=_delete_tickets(tickets),
        letters=_forget_raw(letters),
        rows=sum(some.delete()[0] for some in rows),
    )


def _tickets(now: datetime) -> QuerySet[Ticket]:
    old = Q(is_spam=True, updated_at__lt=now - SPAM)
    for settings in DeskSettings.objects.exclude(keep_closed_days=None):
        before = now - timedelta(days=settings.keep_closed_days)
        old |= Q(site=settings.site_id, status=Status.CLOSED, closed_at__lt=before)
    # One into which others were merged goes after them.
    return Ticket.objects.filter(old).order_by("pk")


def _letters(now: datetime) -> QuerySet[InboundEmail]:
    states = [InboundEmail.State.IGNORED, InboundEmail.State.DUPLICATE]
    old = InboundEmail.objects.filter(state__in=states, received_at__lt=now - IGNORED_LETTERS)
    return old.exclude(raw_key="")


def _rows(now: datetime) -> list[QuerySet[Any]]:
    finished = WebhookDelivery.objects.exclude(state=WebhookDelivery.State.PENDING)
    return [
        GuestLink.objects.filter(expires_at__lt=now - ENDED_LINKS),
        UndoToken.objects.filter(expires_at__lt=now),
        BulkRun.objects.filter(touched_at__lt=now - BULK_RUNS),
        RateLimit.objects.filter(expires_at__lt=now),
        IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS),
        SurveyLink.objects.filter(expires_at__lt=now - ENDED_LINKS),
        Notification.objects.filter(created_at__lt=now - NOTIFICATIONS),
        Presence.objects.filter(seen_at__lt=now - PRESENCE),
        finished.filter(created_at__lt=now - DELIVERED_WEBHOOKS),
        *_rule_log(now),
    ]


def _rule_log(now: datetime) -> list[QuerySet[Any]]:
    """Old entries of the rules' log; not those by which an automation knows that it has acted already."""
    days = desk_settings.RULE_LOG_DAYS
    if days is None:
        return []
    of_automations = RuleOutcome.objects.filter(automation__isnull=False)
    needed = of_automations.filter(Q(left_at=None) | Q(state=F("ticket__state_version")))
    runs = RuleRun.objects.filter(started_at__lt=now - timedelta(days=days))
    outcomes = RuleOutcome.objects.filter(run__in=runs)
    return [
        outcomes.filter(~Exists(needed.filter(pk=OuterRef("pk")))),
        runs.filter(~Exists(needed.filter(run=OuterRef("pk")))),
    ]


def _delete_tickets(tickets: QuerySet[Ticket]) -> int:
    count = 0
    for ticket in tickets.iterator(chunk_size=200):
        _forget_raw(InboundEmail.objects.filter(ticket=ticket).exclude(raw_key=""))
        delete(ticket, actor=SYSTEM)
        count += 1
    return count


def _forget_raw(letters: QuerySet[InboundEmail]) -> int:
    """Take the bytes away, and what of them stands in the row; the hashes stay."""
    rows = list(letters.values_list("pk", "raw_key"))
    InboundEmail.objects.filter(pk__in=[pk for pk, _key in rows]).update(
        raw_key="", raw_size=0, sender="", recipient="", subject="", message_id="", verdict={}
    )
    keys = {key for _pk, key in rows}
    remove_unused_letters(keys)
    return len(rows)
