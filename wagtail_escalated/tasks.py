"""What the worker does: thin, with primitive arguments, and safe to run twice.

Delivery is at least once at best: each task finds its work in rows, and a sweeper finds what was never
delivered.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from wagtail_escalated import reactions
from wagtail_escalated.actions import bulk_runs, guests, sla, sla_what_if
from wagtail_escalated.actions.bulk_choices import action_of
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actions.rules.checking import Problems
from wagtail_escalated.actions.rules.macros import Click
from wagtail_escalated.batches import gather
from wagtail_escalated.committed import once_committed
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.mail import later
from wagtail_escalated.models import Automation, BulkRun, RuleRun, SLAReplay, Ticket, TicketEvent

logger = logging.getLogger(__name__)

#: A row younger than this may still be in a task's hands; the sweeper leaves it alone.
GRACE = timedelta(minutes=1)
#: Reactions that still fail then are given up, and no longer tried each minute.
GIVE_UP = timedelta(days=1)
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


class Swept(NamedTuple):
    done: int
    #: Tried again, until they are given up.
    failed: int


def sweep_reactions(now: datetime | None = None) -> Swept:
    """React to the rows whose task never came or never finished; one that fails keeps no other waiting."""
    now = now or timezone.now()
    left = TicketEvent.objects.filter(reacted_at=None, created_at__lte=now - GRACE).order_by("pk")
    pks = list(left.values_list("pk", flat=True)[:BATCH])
    try:
        react(pks)
    except Exception:
        logger.exception("Reactions to history entries failed; each is tried by itself")
        failed = sum(not _react_alone(pk, now) for pk in pks)
        return Swept(len(pks) - failed, failed)
    return Swept(len(pks), 0)


def _react_alone(pk: int, now: datetime) -> bool:
    try:
        react([pk])
    except Exception:
        logger.exception("The reactions to the history entry %s failed", pk)
        given_up = TicketEvent.objects.filter(pk=pk, created_at__lte=now - GIVE_UP)
        if given_up.update(reacted_at=now):
            logger.error("The reactions to the history entry %s are given up", pk)
        return False
    return True


def sweep_bulk_runs(now=None) -> int:
    """Queue again the bulk actions on which nobody has worked for a while; returns how many."""
    now = now or timezone.now()
    left = BulkRun.objects.filter(finished_at=None, touched_at__lte=now - GRACE)
    pks = list(left.order_by("pk").values_list("pk", flat=True)[:BATCH])
    BulkRun.objects.filter(pk__in=pks).update(touched_at=now)
    for pk in pks:
        _put("go_on_with_bulk_run", (pk,))
    return len(pks)


def go_on_with_bulk_run(pk: int) -> None:
    """The next tickets of a bulk action, in the language and the time zone of who asked."""
    run = BulkRun.objects.filter(pk=pk, finished_at=None).select_related("user").first()
    if run is None:
        return
    language = run.language or translation.get_language()
    with translation.override(language), timezone.override(run.time_zone):
        action = action_of(run.what, run.value, run.user) or _impossible
        if isinstance(action, Click):
            action.begin()
        if bulk_runs.go_on(run, action):
            enqueue("go_on_with_bulk_run", pk)


def _impossible(ticket: Ticket) -> None:
    raise InvalidTicket("value", _("This can no longer be done."))


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


def wake_replay(replay: SLAReplay) -> None:
    """A worker that died, or a broker that lost the task: who looks sets it going again."""
    if replay.finished_at is None and replay.touched_at < timezone.now() - GRACE:
        enqueue("replay_sla", replay.pk, replay.behind)
