"""One action on many tickets: the rest is done where some fail, and one undo takes all of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from wagtail_escalated.actions.merging import merge
from wagtail_escalated.actions.undoing import offer_restore, offer_unmerge, snapshot
from wagtail_escalated.batches import batch
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Ticket

#: More than that are not merged in one go.
MOST_MERGED = 50


@dataclass(frozen=True, slots=True)
class Failure:
    ticket: Ticket
    #: A sentence for people.
    reason: str


@dataclass(slots=True)
class BulkResult:
    done: list[Ticket] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    #: For ``undo``; empty where nothing was done.
    undo_token: str = ""


def run_bulk(
    tickets: Iterable[Ticket], action: Callable[[Ticket], Any], *, actor: Any
) -> BulkResult:
    """``run_each`` with a change of properties, which one token takes back."""
    before: list[tuple[Ticket, dict[str, Any]]] = []

    def remembered(ticket: Ticket) -> None:
        state = snapshot(ticket)
        action(ticket)
        before.append((ticket, state))

    result = run_each(tickets, remembered)
    if before:
        result.undo_token = offer_restore(before, actor=actor)
    return result


def run_merges(
    tickets: Iterable[Ticket], into: Ticket, *, actor: Any, different_requesters: bool = False
) -> BulkResult:
    """Merge each into one ticket, which itself is passed over; one token takes all of them out again."""
    others = [ticket for ticket in tickets if ticket.pk != into.pk]
    result = run_each(
        others, lambda one: merge(one, into, actor=actor, different_requesters=different_requesters)
    )
    result.undo_token = offer_unmerge(*result.done, actor=actor)
    return result


def run_each(tickets: Iterable[Ticket], action: Callable[[Ticket], Any]) -> BulkResult:
    """Call ``action(ticket)`` for each, every one in a transaction of its own. Nothing to undo it with."""
    result = BulkResult()
    with batch():
        for ticket in tickets:
            try:
                action(ticket)
            except PermissionDenied:
                result.failed.append(Failure(ticket, _("You may not do this with this ticket.")))
            except EscalatedError as error:
                result.failed.append(Failure(ticket, str(error)))
            else:
                result.done.append(ticket)
    return result
