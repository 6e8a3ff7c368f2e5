"""What the worker does: thin, with primitive arguments, and safe to run twice.

Delivery is at least once at best: each task finds its work in rows, and a sweeper finds what was never
delivered.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from wagtail_escalated import reactions
from wagtail_escalated.actions import guests, sla, sla_what_if
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actions.rules.checking import Problems
from wagtail_escalated.batches import gather
from wagtail_escalated.committed import once_committed
from wagtail_escalated.mail import later
from wagtail_escalated.models import Automation, BulkRun, RuleRun, TicketEvent

logger = logging.getLogger(__name__)

#: A row younger than this may still be in a task's hands; the sweeper leaves it alone.
GRACE = timedelta(minutes=1)
BATCH = 200


def enqueue(task: str, *args: Any) -> None:
    """Have the worker run ``wagtail_escalated.tasks.<task>(*args)``, after the commit.

    A broker that cannot be reached loses nothing: the rows are there, and the sweeper picks them up.
    """
    once_committed(_put, task, args)


def _put(task: str, args: tuple[Any, ...]) -> None:
    try:
        later.put(f"wagtail_escalated.tasks.{task}", *args, name=task)
    except (OSError, ConnectionError) as error:
        logger.error(
            "The task %s could not be queued; the sweeper will find its rows: %s", task, error
        )


def react(event_pks: Iterable[int]) -> None:
    """Run the reactions to history rows; each row is finished when all of them are done."""
    events = list(
        TicketEvent.objects.filter(pk__in=list(event_pks), reacted_at=None)
        .select_related("ticket", "actor_user", "actor_contact", "reply", "note")
        .order_by("pk")
    )
    if not events:
        return
    for reaction in reactions.registered().values():
        reaction(events)
    TicketEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        reacted_at=timezone.now()
    )


def sweep_reactions(now=None) -> int:
    """React to the rows whose task never came or never finished; returns how many."""
    now = now or timezone.now()
    left = TicketEvent.objects.filter(reacted_at=None, created_at__lte=now - GRACE).order_by("pk")
    pks = list(left.values_list("pk", flat=True)[:BATCH])
    react(pks)
    return len(pks)


def sweep_bulk_runs(now=None) -> int:
    """Queue again the bulk actions on which nobody has worked for a while; returns how many."""
    now = now or timezone.now()
    left = BulkRun.objects.filter(finished_at=None, touched_at__lte=now - GRACE)
    pks = list(left.order_by("pk").values_list("pk", flat=True)[:BATCH])
    BulkRun.objects.filter(pk__in=pks).update(touched_at=now)
    for pk in pks:
        later.queue("admin.inbox.bulk_run.go_on", pk)
    return len(pks)


def queue_reactions(sender: Any, *, event_pks: tuple[int, ...], **kwargs: Any) -> None:
    """Receiver of ``events.committed``."""
    if event_pks:
        gather(_queue_reactions, event_pks)


def _queue_reactions(event_pks: list[int]) -> None:
    enqueue("react", event_pks)


def queue_reactions_to_many(sender: Any, *, changes: Any, **kwargs: Any) -> None:
    """Receiver of ``events.committed_many``: one task for the whole batch."""
    enqueue("react", [pk for *_ticket, event_pks in changes for pk in event_pks])


def send_guest_links(address: str, site_pk: int) -> None:
    """Here, so that the page which asks answers as quickly for an address nobody knows."""
    guests.ask_for_links(address, site_pk=site_pk)


def run_automation(pk: int, user_pk: str) -> None:
    """What a manager asked for by *Run now*."""
    automation = Automation.objects.filter(pk=pk).first()
    if automation is None or Problems().of(automation):
        return
    user = get_user_model()._default_manager.filter(pk=user_pk).first()
    automations.run(automation, how=RuleRun.How.BY_HAND, user=user)


def recompute_sla(model: str, pk: int, after: int = 0) -> None:
    """Apply a changed policy or changed business hours to the promises that run, some tickets at a time."""
    terms = apps.get_model("wagtail_escalated", model).objects.filter(pk=pk).first()
    if terms is None:
        return
    behind = sla.recompute_under(terms, after=after)
    if behind is not None:
        enqueue("recompute_sla", model, pk, behind)


def replay_sla(pk: int, after: int = 0) -> None:
    """Try other promises on the tickets of the past, some at a time."""
    behind = sla_what_if.go_on(pk, after=after)
    if behind is not None:
        enqueue("replay_sla", pk, behind)
