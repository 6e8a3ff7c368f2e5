"""The history row of each change, and what follows its commit.

``record`` writes the row; ``announce`` sends, after the commit, the internal signal ``committed`` (live
updates, reactions) and the public signal of each row. What must not be lost is in the row: a sweeper picks
up rows whose reactions never finished.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import Signal

from wagtail_escalated import signals
from wagtail_escalated.actors import SYSTEM, current_cause, current_chain, current_door
from wagtail_escalated.committed import once_committed
from wagtail_escalated.models import Contact, EventKind, Note, Reply, Ticket, TicketEvent
from wagtail_escalated.models.departments import display_name

logger = logging.getLogger(__name__)

#: Internal: ``ticket_pk``, ``version``, ``public_version``, ``event_pks``; sent once per change, after its commit.
committed = Signal()

#: Internal: ``changes`` as in ``announce_many``; sent once for all of them, after their commit.
committed_many = Signal()

#: The rows a customer sees, and no others. A status row counts only where its public label changes.
PUBLIC_KINDS = frozenset(
    {
        EventKind.CREATED,
        EventKind.REPLIED,
        EventKind.STATUS,
        EventKind.MERGED,
        EventKind.UNMERGED,
        EventKind.RATED,
        EventKind.SUBJECT,
        EventKind.UNDONE,
    }
)

PUBLIC_SIGNALS: dict[str, Signal] = {
    EventKind.CREATED: signals.ticket_created,
    EventKind.STATUS: signals.status_changed,
    EventKind.ASSIGNED: signals.ticket_assigned,
    EventKind.REPLIED: signals.reply_added,
    EventKind.NOTED: signals.note_added,
    EventKind.PRIORITY: signals.priority_changed,
    EventKind.DEPARTMENT: signals.department_changed,
    EventKind.TAGS: signals.tags_changed,
    EventKind.SNOOZED: signals.ticket_snoozed,
    EventKind.WOKEN: signals.ticket_woken,
    EventKind.SPLIT: signals.ticket_split,
    EventKind.MERGED: signals.ticket_merged,
    EventKind.SLA_WARNING: signals.sla_warning,
    EventKind.SLA_BREACHED: signals.sla_breached,
    EventKind.RATED: signals.ticket_rated,
}


def build(
    ticket: Ticket,
    kind: str,
    *,
    actor: Any,
    now: datetime,
    reply: Reply | None = None,
    note: Note | None = None,
    **data: Any,
) -> TicketEvent:
    """A history row, not saved: for one change, or for ``bulk_create`` of many."""
    chain = current_chain()
    if chain is not None:
        data |= {"rules": list(chain.rules), "rule_names": list(chain.names), "root": chain.root}
    event = TicketEvent(
        ticket=ticket,
        kind=kind,
        door=current_door(),
        cause_id=current_cause(),
        data=data,
        reply=reply,
        note=note,
        created_at=now,
    )
    if isinstance(actor, Contact):
        event.actor_contact, event.actor_name = actor, str(actor)
        event.door = event.door or "web"
    elif actor is not SYSTEM:
        event.actor_user, event.actor_name = actor, display_name(actor)
        event.door = event.door or "admin"
    else:
        event.door = event.door or "system"
    return event


def actor_of(event: TicketEvent) -> Any:
    """The user, the contact, or ``SYSTEM`` (also where the account is gone)."""
    return event.actor_user or event.actor_contact or SYSTEM


def announce(ticket: Ticket, rows: Sequence[TicketEvent]) -> None:
    """After the commit, tell the live pages, the reactions and the host."""
    once_committed(
        _announce,
        ticket.pk,
        ticket.version,
        ticket.public_version,
        tuple(row.pk for row in rows),
        any(_is_heard(row.kind) for row in rows),
    )


def announce_many(kind: str, changes: Sequence[tuple[int, int, int, Sequence[int]]]) -> None:
    """As ``announce`` for ``(ticket pk, version, public version, event pks)`` of many tickets at once.

    All of their rows are of one kind.
    """
    once_committed(_announce_many, tuple(changes), _is_heard(kind))


def _announce_many(changes: Sequence[tuple[int, int, int, Sequence[int]]], is_heard: bool) -> None:
    """One signal: thousands of pings would hold the caller up, and the live pages look for themselves."""
    _send(committed_many, changes=changes)
    if is_heard:
        _send_public([pk for change in changes for pk in change[3]])


def _announce(
    ticket_pk: int, version: int, public_version: int, event_pks: tuple[int, ...], is_heard: bool
) -> None:
    _send(
        committed,
        ticket_pk=ticket_pk,
        version=version,
        public_version=public_version,
        event_pks=event_pks,
    )
    if is_heard:
        _send_public(event_pks)


def _is_heard(kind: str) -> bool:
    """Whether anybody listens to the public signal of such a row: else none is read for it."""
    signal = PUBLIC_SIGNALS.get(kind)
    return signal is not None and signal.has_listeners(Ticket)


def _send_public(event_pks: Sequence[int]) -> None:
    heard = [kind for kind in PUBLIC_SIGNALS if _is_heard(kind)]
    if not heard:
        return
    rows = TicketEvent.objects.filter(pk__in=event_pks, kind__in=heard).order_by("pk")
    for event in rows.select_related("ticket", "actor_user", "actor_contact", "reply", "note"):
        if event.kind == EventKind.MERGED and "into" not in event.data:
            continue  # the other ticket's entry of the same merge
        _send(
            PUBLIC_SIGNALS[event.kind],
            ticket=event.ticket,
            actor=actor_of(event),
            event=event,
            **_details(event),
        )


def _details(event: TicketEvent) -> dict[str, Any]:
    data = event.data
    match event.kind:
        case EventKind.STATUS | EventKind.PRIORITY | EventKind.DEPARTMENT | EventKind.ASSIGNED:
            return {"old": data.get("before"), "new": data.get("after")}
        case EventKind.REPLIED:
            return {"reply": event.reply}
        case EventKind.NOTED:
            return {"note": event.note}
        case EventKind.TAGS:
            return {"added": data.get("added", []), "removed": data.get("removed", [])}
        case EventKind.SNOOZED:
            return {"until": data.get("after")}
        case EventKind.SPLIT:
            return {"new_ticket": data.get("new_ticket")}
        case EventKind.MERGED:
            return {"into": data.get("into")}
        case EventKind.SLA_WARNING | EventKind.SLA_BREACHED:
            return {"metric": data.get("metric"), "due_at": data.get("due_at")}
        case EventKind.RATED:
            return {"score": data.get("score")}
    return {}


def _send(signal: Signal, **arguments: Any) -> None:
    for receiver, answer in signal.send_robust(sender=Ticket, **arguments):
        if isinstance(answer, Exception):
            logger.error("A receiver of the desk's signals failed: %r", receiver, exc_info=answer)
