"""A bulk action that the worker does: each ticket in a transaction with the row that says so, hence once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import locked
from wagtail_escalated.actions.undoing import (
    UNDO_FOR,
    give_back_where_unchanged,
    snapshot,
    snapshots,
)
from wagtail_escalated.batches import batch
from wagtail_escalated.exceptions import EscalatedError, InvalidTicket, UndoExpired
from wagtail_escalated.models import BulkItem, BulkRun, Ticket

logger = logging.getLogger(__name__)

UNDO = "undo"
#: More tickets in one run are a matter for a rule.
MOST = 10_000
#: Tickets in one task.
BATCH = 50
#: Runs that are kept for each person.
KEPT = 10

Action = Callable[[Ticket], Any]
Snapshots = Mapping[int, tuple[int, dict[str, Any]]]


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
    """Do the next tickets; whether some are left. Run twice, or by two workers, each is done once.

    An ``action`` that has ``failed(ticket, reason)`` is told after what it did was put back.
    """
    waiting = run.items.filter(state=BulkItem.State.WAITING).order_by("pk")
    with batch():
        items = list(waiting[:BATCH])
        before = snapshots([item.ticket_id for item in items if item.ticket_id])
        for item in items:
            _do(item, action, before)
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


def _do(item: BulkItem, action: Action, before: Snapshots) -> None:
    try:
        with transaction.atomic():
            _change(item, action, before)
    except _DoneAlready:
        return
    except Exception as error:  # noqa: BLE001 (a run comes to its end, whatever a host's receiver does)
        reason = _reason(error, item)
        waiting = _still_waiting(item)
        if waiting.update(state=BulkItem.State.FAILED, reason=reason) and item.ticket_id:
            tell = getattr(action, "failed", None)
            if tell is not None:
                tell(Ticket(pk=item.ticket_id), reason)


class _DoneAlready(Exception):
    """Another worker did this ticket meanwhile: all that was done here is put back."""


def _change(item: BulkItem, action: Action, before: Snapshots) -> None:
    """The ticket's change and the row that says so, in the caller's transaction."""
    # Locked first: what an undo gives back is how the ticket stood right before the change.
    ticket = locked(item.ticket_id or 0)
    if ticket is None:
        raise InvalidTicket("ticket", _("The ticket was deleted."))
    done: dict[str, Any] = {"state": BulkItem.State.DONE}
    if item.run.what == UNDO:
        give_back(item, item.run.user)
    else:
        version, state = before.get(ticket.pk, (None, {}))
        done["before"] = state if version == ticket.version else snapshot(ticket)
        action(ticket)
        done["version"] = ticket.version
    if not _still_waiting(item).update(**done):
        raise _DoneAlready


def _still_waiting(item: BulkItem) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(pk=item.pk, state=BulkItem.State.WAITING)


def _reason(error: Exception, item: BulkItem) -> str:
    """A sentence for people. What nobody foresaw is in the log, and the run comes to its end."""
    if isinstance(error, PermissionDenied):
        return _("You may not do this with this ticket.")
    if isinstance(error, EscalatedError):
        return str(error)
    logger.error("A bulk action failed on %s", item.reference, exc_info=error)
    return _("Something went wrong; it is in the log of the site.")
