"""A bulk action that the worker does: each ticket in a transaction with the row that says so, hence once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wagtail_escalated.actions.undoing import UNDO_FOR, give_back_where_unchanged, snapshot
from wagtail_escalated.exceptions import EscalatedError, UndoExpired
from wagtail_escalated.models import BulkItem, BulkRun, Ticket

logger = logging.getLogger(__name__)

UNDO = "undo"
#: Tickets in one task.
BATCH = 50
#: Runs that are kept for each person.
KEPT = 10

Action = Callable[[Ticket], Any]


def begin(
    tickets: Iterable[tuple[int, str]], *, what: str, value: str, query: str, user: Any
) -> BulkRun:
    """Ask for ``what`` with each ticket (key and reference)."""
    run = _new_run(user, what=what, value=value, query=query)
    items = [BulkItem(run=run, ticket_id=pk, reference=reference) for pk, reference in tickets]
    BulkItem.objects.bulk_create(items, batch_size=1000)
    return run


def begin_undo(run: BulkRun) -> BulkRun:
    """Ask for all back that the run has done. Raises ``UndoExpired``."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().get(pk=run.pk)
        if not can_undo(run):
            raise UndoExpired(_("This can no longer be undone."))
        undo = _new_run(run.user, what=UNDO, value="", query=run.query, undoes=run)
        done = run.items.filter(state=BulkItem.State.DONE, ticket__isnull=False)
        items = [
            BulkItem(
                run=undo,
                ticket_id=item.ticket_id,
                reference=item.reference,
                before=item.before,
                version=item.version,
            )
            for item in done.order_by("pk")
        ]
        BulkItem.objects.bulk_create(items, batch_size=1000)
    return undo


def can_undo(run: BulkRun, *, now: datetime | None = None) -> bool:
    if run.finished_at is None or run.what in (UNDO, "delete"):
        return False
    fresh = run.finished_at + UNDO_FOR > (now or timezone.now())
    undone = BulkRun.objects.filter(undoes=run).exists()
    done = run.items.filter(state=BulkItem.State.DONE)
    return fresh and not undone and done.exists()


def go_on(run: BulkRun, action: Action) -> bool:
    """Do the next tickets; whether some are left. Run twice, or by two workers, each is done once."""
    waiting = run.items.filter(state=BulkItem.State.WAITING).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            item = waiting.select_for_update().filter(pk=pk).first()
            if item is not None:
                _do(item, action)
    left = waiting.exists()
    now = timezone.now()
    unfinished = BulkRun.objects.filter(pk=run.pk, finished_at=None)
    unfinished.update(touched_at=now, finished_at=None if left else now)
    return left


def give_back(item: BulkItem, user: Any) -> None:
    """What an undo does with one ticket. Raises ``UndoExpired`` where somebody has built upon it."""
    kept = {"ticket": item.ticket_id, "version": item.version, "state": item.before}
    if give_back_where_unchanged(kept, user) is None:
        raise UndoExpired(_("This has changed since and can no longer be undone."))


def _new_run(user: Any, **terms: Any) -> BulkRun:
    old = BulkRun.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)
    BulkRun.objects.filter(pk__in=list(old[KEPT - 1 :])).exclude(finished_at=None).delete()
    now = timezone.now()
    return BulkRun.objects.create(
        user=user,
        language=get_language() or "",
        time_zone=timezone.get_current_timezone_name(),
        asked_at=now,
        touched_at=now,
        **terms,
    )


def _do(item: BulkItem, action: Action) -> None:
    ticket = Ticket.objects.filter(pk=item.ticket_id or 0).first()
    item.state, item.reason = BulkItem.State.FAILED, ""
    if ticket is None:
        item.reason = _("The ticket was deleted.")
    else:
        undo = item.run.what == UNDO
        before = None if undo else snapshot(ticket)
        try:
            with transaction.atomic():
                give_back(item, item.run.user) if undo else action(ticket)
        except PermissionDenied:
            item.reason = _("You may not do this with this ticket.")
        except EscalatedError as error:
            item.reason = str(error)
        except Exception:  # the run has to come to its end, whatever a host's receiver does
            logger.exception("A bulk action failed on %s", item.reference)
            item.reason = _("Something went wrong; it is in the log of the site.")
        else:
            item.state = BulkItem.State.DONE
            if not undo:
                item.before, item.version = before, ticket.version
            item.ticket_id = ticket.pk
    item.save()
