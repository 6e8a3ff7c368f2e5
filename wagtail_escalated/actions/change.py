"""One change to one ticket: one transaction, one lock, one check of the right, one version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_escalated import events
from wagtail_escalated.actions import outbound
from wagtail_escalated.actors import current_chain
from wagtail_escalated.models import EventKind, Note, Reply, Status, Ticket, TicketEvent
from wagtail_escalated.permissions import check

#: On a ticket that ``locked`` gave: it need not be read again for the first change.
_FRESH = "_escalated_locked"


class Change:
    """Collects what happens to a locked ticket; ``finish`` writes it.

    Set attributes on ``ticket`` freely: those that differ from the row are saved. Each ``record`` becomes a
    history row. The version grows by one however many there are; the public one if a customer sees any.
    """

    def __init__(self, ticket: Ticket, *, actor: Any, now: datetime):
        self.ticket, self.actor, self.now = ticket, actor, now
        self.recorded: list[TicketEvent] = []
        #: The row as it was under the lock, by the names of its columns.
        self.before = _values(ticket)
        self._touches_customer = False

    def record(
        self, kind: str, *, reply: Reply | None = None, note: Note | None = None, **data: Any
    ) -> TicketEvent:
        event = events.build(
            self.ticket, kind, actor=self.actor, now=self.now, reply=reply, note=note, **data
        )
        self.recorded.append(event)
        return event

    def touch_customer(self) -> None:
        """A customer sees this change although none of its rows is public."""
        self._touches_customer = True

    def finish(self) -> None:
        if not (self.recorded or self._touches_customer or self._changed_fields()):
            return
        self._count_version()
        self.ticket.save(update_fields=self._changed_fields())
        TicketEvent.objects.bulk_create(self.recorded)
        outbound.queue_mail_for(self.recorded, now=self.now)
        events.announce(self.ticket, self.recorded)

    def _count_version(self) -> None:
        self.ticket.version += 1
        if current_chain() is None:
            # A rule acts again only on what somebody else than a rule has changed.
            self.ticket.state_version = self.ticket.version
        if self._touches_customer or any(map(is_public, self.recorded)):
            self.ticket.public_version += 1
            self.ticket.public_updated_at = self.now
        if self.recorded:
            self.ticket.updated_at = self.now

    def _changed_fields(self) -> list[str]:
        after = _values(self.ticket)
        return [name for name, value in after.items() if value != self.before[name]]


def is_public(event: TicketEvent) -> bool:
    """Whether a customer sees this row: its kind is public, and a status changed its public label."""
    if event.kind not in events.PUBLIC_KINDS:
        return False
    return event.kind != EventKind.STATUS or shows_another_status(event)


def shows_another_status(event: TicketEvent) -> bool:
    """Whether a customer reads another status after this entry than before it."""
    before, after = event.data.get("before"), event.data.get("after")
    return bool(before and after and Status(before).public_label != Status(after).public_label)


def locked(pk: int) -> Ticket | None:
    """The ticket as it stands, its row locked, for one change that follows in this transaction."""
    ticket = Ticket.objects.select_for_update().filter(pk=pk).first()
    if ticket is not None:
        ticket.__dict__[_FRESH] = True
    return ticket


def lock(ticket: Ticket) -> Ticket:
    """Lock the ticket's row and bring the given instance up to date. Needs a transaction."""
    if ticket.__dict__.pop(_FRESH, False):
        return ticket
    fresh = Ticket.objects.select_for_update().get(pk=ticket.pk)
    _copy(fresh, ticket)
    return ticket


@contextmanager
def changing(
    ticket: Ticket, *, actor: Any, verb: str, now: datetime | None = None
) -> Iterator[Change]:
    """Change a ticket: ``with changing(ticket, actor=actor, verb="work") as change: …``.

    Raises ``PermissionDenied`` where the actor may not do ``verb``. What the block raises undoes everything.
    """
    with transaction.atomic():
        lock(ticket)
        check(actor, verb, ticket)
        change = Change(ticket, actor=actor, now=now or timezone.now())
        yield change
        change.finish()


@contextmanager
def changing_back(ticket: Ticket, *, actor: Any, verb: str) -> Iterator[Change]:
    """As ``changing``, but the right is asked of what the ticket is again: who moved it away may move it back."""
    with transaction.atomic():
        lock(ticket)
        change = Change(ticket, actor=actor, now=timezone.now())
        yield change
        change.finish()
        check(actor, verb, ticket)


@contextmanager
def changing_all(*tickets: Ticket, actor: Any, verb: str) -> Iterator[list[Change]]:
    """As ``changing`` for several tickets at once; the right is needed on each.

    The same instance given twice has one change.
    """
    each = {ticket.pk: ticket for ticket in tickets}
    with transaction.atomic():
        # In the order of their keys, so that two such changes never wait for each other.
        for pk in sorted(each):
            lock(each[pk])
        for ticket in each.values():
            check(actor, verb, ticket)
        now = timezone.now()
        changes = {pk: Change(ticket, actor=actor, now=now) for pk, ticket in each.items()}
        yield [changes[ticket.pk] for ticket in tickets]
        for change in changes.values():
            change.finish()


def _values(ticket: Ticket) -> dict[str, Any]:
    return {field.attname: getattr(ticket, field.attname) for field in ticket._meta.concrete_fields}


def _copy(source: Ticket, target: Ticket) -> None:
    for field in source._meta.concrete_fields:
        setattr(target, field.attname, getattr(source, field.attname))
