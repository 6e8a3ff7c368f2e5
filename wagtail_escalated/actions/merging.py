"""Merge: two conversations become one, and can be taken apart again within the hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import Change, changing_all
from wagtail_escalated.actions.snoozing import clear_snooze
from wagtail_escalated.actions.status import may_move, move
from wagtail_escalated.actions.taking_back import SNOOZE, STATUS, kept, take_back_move
from wagtail_escalated.exceptions import MergeNotAllowed, UndoExpired
from wagtail_escalated.models import (
    Attachment,
    CopiedContact,
    EventKind,
    Note,
    Reply,
    Status,
    Ticket,
    TicketEvent,
)

UNMERGE_WITHIN = timedelta(hours=1)


def merged_into(ticket: Ticket) -> list[Ticket]:
    """The tickets merged into this one, and those merged into them before."""
    merged = list(ticket.merged_from.select_related("requester"))
    return merged + [earlier for one in merged for earlier in merged_into(one)]


def merge(
    ticket: Ticket, into: Ticket, *, actor: Any, different_requesters: bool = False
) -> Ticket:
    """Merge ``ticket`` into ``into``, which then shows both conversations; returns ``into``.

    ``ticket`` is closed and leads there, and letters to it arrive there. The right to work is needed on both.
    Raises ``MergeNotAllowed`` for the same ticket, one merged already, a cycle, or different requesters
    unless ``different_requesters`` says that this is meant.
    """
    if ticket.pk == into.pk:
        raise MergeNotAllowed(_("A ticket cannot be merged into itself."))
    with changing_all(ticket, into, actor=actor, verb="work") as (change, into_change):
        _check(ticket, into, different_requesters)
        moved = _move_messages(ticket, into)
        clear_snooze(change)
        _close(change)
        ticket.merged_into = into
        change.record(EventKind.MERGED, into=into.pk, into_reference=into.reference)
        into_change.record(
            EventKind.MERGED,
            merged=ticket.reference,
            merged_pk=ticket.pk,
            was=kept(change.before, STATUS + SNOOZE),
            copied=_copy_people(ticket, into),
            **moved,
        )
        _count_messages(ticket)
        _count_messages(into)
    return into


def unmerge(ticket: Ticket, *, actor: Any) -> Ticket:
    """Take a merged ticket out again, with what belonged to it; returns it. Within an hour of merging."""
    return take_apart(ticket, actor=actor, within=UNMERGE_WITHIN)


def take_apart(
    ticket: Ticket, *, actor: Any, within: timedelta | None = None, as_it_was: bool = True
) -> Ticket:
    """``unmerge`` without its limit; with ``as_it_was`` the ticket gets its status and its snooze back."""
    into = ticket.merged_into
    if into is None:
        raise MergeNotAllowed(_("%(reference)s is not merged.") % {"reference": ticket.reference})
    # Its messages are where the conversation goes on: ``into`` may have been merged, too.
    holder = merged_target(into)
    with changing_all(ticket, into, holder, actor=actor, verb="work") as changes:
        change, into_change, holder_change = changes
        _refuse_what_moved_on(ticket, into, holder)
        event = _merge_event(ticket, into)
        if within is not None and (event is None or event.created_at < change.now - within):
            raise UndoExpired(_("A merge can be undone within an hour."))
        if event is not None:
            _move_back(event, ticket, holder)
            # Whom the merge put into Cc has no business there any more.
            into.copied.filter(contact__in=event.data["copied"]).delete()
        ticket.merged_into = None
        for one in {ticket.pk: ticket, into.pk: into, holder.pk: holder}.values():
            _count_messages(one)
        merged_as = ticket.status
        if as_it_was and event is not None:
            take_back_move(change, _entries_of(ticket, event), event.data["was"])
        until = ticket.snoozed_until
        change.record(
            EventKind.UNMERGED,
            other=into.reference,
            before=merged_as,
            after=ticket.status,
            snoozed_until=until.isoformat() if until else None,
        )
        into_change.record(EventKind.UNMERGED, other=ticket.reference)
        holder_change.touch_customer()
    return ticket


def merged_target(ticket: Ticket) -> Ticket:
    """Where a ticket's conversation goes on: itself, or what it was merged into, however often."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def _check(ticket: Ticket, into: Ticket, different_requesters: bool) -> None:
    if ticket.merged_into_id is not None or into.merged_into_id is not None:
        merged = ticket if ticket.merged_into_id is not None else into
        raise MergeNotAllowed(
            _("%(reference)s is merged already.") % {"reference": merged.reference}
        )
    if ticket.requester_id != into.requester_id and not different_requesters:
        raise MergeNotAllowed(
            _("%(one)s and %(other)s were asked by different people.")
            % {"one": ticket.reference, "other": into.reference}
        )


def _close(change: Change) -> None:
    if change.ticket.status != Status.CLOSED:
        if may_move(change.ticket, Status.CLOSED):
            move(change, Status.CLOSED, merged=True)
        else:
            move(change, Status.RESOLVED, merged=True)


def _move_messages(ticket: Ticket, into: Ticket) -> dict[str, Any]:
    """The messages go over; their keys are kept in the history, for taking the merge back.

    The first text of the merged ticket stays with it and is shown from there.
    """
    replies = list(ticket.replies.values_list("pk", flat=True))
    notes = list(ticket.notes.values_list("pk", flat=True))
    Reply.objects.filter(pk__in=replies).update(ticket=into)
    Note.objects.filter(pk__in=notes).update(ticket=into)
    Attachment.objects.filter(reply__in=replies).update(ticket=into)
    Attachment.objects.filter(note__in=notes).update(ticket=into)
    return {"replies": replies, "notes": notes}


def _refuse_what_moved_on(ticket: Ticket, into: Ticket, holder: Ticket) -> None:
    """Under the locks: somebody else may have taken it out or merged on since it was read."""
    if ticket.merged_into_id != into.pk or holder.merged_into_id is not None:
        raise MergeNotAllowed(
            _("%(reference)s has been merged or taken out meanwhile.")
            % {"reference": ticket.reference}
        )


def _move_back(event: TicketEvent, ticket: Ticket, holder: Ticket) -> None:
    """What of it is still there: a message of a ticket that was taken out before went with that one."""
    there = holder.replies.filter(pk__in=event.data["replies"])
    replies = list(there.values_list("pk", flat=True))
    notes = list(holder.notes.filter(pk__in=event.data["notes"]).values_list("pk", flat=True))
    Reply.objects.filter(pk__in=replies).update(ticket=ticket)
    Note.objects.filter(pk__in=notes).update(ticket=ticket)
    Attachment.objects.filter(reply__in=replies).update(ticket=ticket)
    Attachment.objects.filter(note__in=notes).update(ticket=ticket)


def _merge_event(ticket: Ticket, into: Ticket) -> TicketEvent | None:
    events = into.events.filter(kind=EventKind.MERGED, data__merged_pk=ticket.pk)
    return events.order_by("-created_at", "-pk").first()


def _entries_of(ticket: Ticket, merged: TicketEvent) -> list[TicketEvent]:
    """What the same change wrote into the history of the ticket that went away."""
    return list(ticket.events.filter(created_at=merged.created_at))


def _count_messages(ticket: Ticket) -> None:
    ticket.reply_count = ticket.replies.count()
    ticket.note_count = ticket.notes.count()
    latest = ticket.replies.order_by("-created_at", "-pk").first()
    text = latest.body if latest is not None else ticket.description
    ticket.last_message_at = max(
        latest.created_at if latest else ticket.created_at, ticket.created_at
    )
    ticket.last_message_preview = " ".join(text[:600].split())[:200]
    ticket.last_message_by_customer = latest is None or not latest.by_agent


def _copy_people(ticket: Ticket, into: Ticket) -> list[int]:
    """They take part in what it was merged into; returns those that did not before."""
    people = dict(ticket.copied.values_list("contact_id", "by_choice"))
    people[ticket.requester_id] = False
    people.pop(into.requester_id, None)
    there = set(into.copied.values_list("contact_id", flat=True))
    CopiedContact.objects.bulk_create(
        [
            CopiedContact(ticket=into, contact_id=contact, by_choice=by_choice)
            for contact, by_choice in people.items()
        ],
        ignore_conflicts=True,
    )
    return [contact for contact in people if contact not in there]
