"""Replies and notes: what they change, and when an agent's reply leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated import events
from wagtail_escalated.actions import attachments as files
from wagtail_escalated.actions import sla
from wagtail_escalated.actions.change import Change, changing, lock
from wagtail_escalated.actions.creation import (
    clean_body,
    copy_to,
    new_ticket,
    open_ticket,
    preview_of,
)
from wagtail_escalated.actions.linking import write_link
from wagtail_escalated.actions.snoozing import clear_snooze, put_aside
from wagtail_escalated.actions.status import known_status, move, move_if_allowed
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import StaleTicket
from wagtail_escalated.models import (
    Channel,
    Contact,
    EventKind,
    LinkKind,
    Note,
    Reply,
    Status,
    Ticket,
    display_name,
)
from wagtail_escalated.permissions import can


def reply(
    ticket: Ticket,
    *,
    body: str | MessageBody,
    actor: Any,
    attachments: Sequence[Any] = (),
    cc: Sequence[str] = (),
    status: str | None = None,
    channel: str | None = None,
    proved: bool = True,
    last_seen: int | None = None,
    snooze_until: datetime | None = None,
    now: datetime | None = None,
) -> Reply | Ticket:
    """Answer a ticket, as an agent or as somebody who takes part in it.

    ``status`` is where an agent moves it with the reply; without it ``open`` and ``reopened`` become
    ``in_progress``. A customer's reply wakes, reopens or hands back the ticket; to one closed longer ago than
    ``REOPEN_WINDOW_DAYS`` it opens a new, linked ``Ticket``, which is returned instead of the ``Reply``.
    ``last_seen`` is the key of the newest reply the writer has seen: a newer one raises ``StaleTicket``.
    ``snooze_until`` puts the ticket aside with an agent's reply. ``offer_unsend`` takes all of it back.
    """
    body = clean_body(body, "body")
    wanted = known_status(status) if status else None
    prepared = files.prepare(attachments)
    with changing(ticket, actor=actor, verb="reply", now=now) as change:
        as_agent = writes_as_agent(actor, ticket)
        if not as_agent and _is_over(ticket, change.now):
            return _open_follow_up(change, body, prepared, channel, proved)
        _refuse_unseen(ticket, actor, last_seen)
        row = _write_reply(change, body, prepared, channel, as_agent=as_agent, proved=proved)
        copied = copy_to(ticket, cc) if cc else []
        change.record(EventKind.REPLIED, reply=row, copied=[contact.pk for contact in copied])
        _move_after_reply(change, wanted if as_agent else None, as_agent=as_agent)
        if snooze_until is not None and as_agent:
            put_aside(change, snooze_until)
        sla.on_public_reply(ticket, by_agent=as_agent and actor is not SYSTEM, now=change.now)
        row.ticket_before = change.before
    return row


def add_note(
    ticket: Ticket,
    *,
    body: str | MessageBody,
    actor: Any,
    attachments: Sequence[Any] = (),
    mentions: Sequence[Any] = (),
    now: datetime | None = None,
) -> Note:
    """Write what only agents may read. ``mentions`` are users; each hears of it."""
    body = clean_body(body, "body")
    prepared = files.prepare(attachments)
    with changing(ticket, actor=actor, verb="note", now=now) as change:
        return write_note(change, body, prepared, mentions)


def write_note(
    change: Change,
    body: MessageBody,
    prepared: Sequence[files.Prepared],
    mentions: Sequence[Any] = (),
) -> Note:
    """A note within a change."""
    ticket = change.ticket
    note = Note.objects.create(
        ticket=ticket,
        body=body.text,
        body_html=body.html,
        author_user=None if _has_no_account(change.actor) else change.actor,
        author_name=_name(change.actor),
        created_at=change.now,
    )
    files.attach(prepared, ticket, note=note)
    if mentions:
        note.mentions.add(*mentions)
    ticket.note_count += 1
    change.record(EventKind.NOTED, note=note, mentions=[str(user.pk) for user in mentions])
    return note


def writes_as_agent(actor: Any, ticket: Ticket) -> bool:
    """Whether a reply by this actor is the desk's answer: they work on it and did not ask themselves."""
    if isinstance(actor, Contact):
        return False
    if actor is SYSTEM:
        return True
    return ticket.requester.user_id != actor.pk and can(actor, "work", ticket)


def release_due(now: datetime | None = None) -> int:
    """Let replies leave whose undo window is over: customers are told to look. Returns how many."""
    now = now or timezone.now()
    due = Reply.objects.filter(visible_at__lte=now).order_by("visible_at").select_related("ticket")
    return sum(_release(row, now) for row in due[:500])


def _release(row: Reply, now: datetime) -> int:
    with transaction.atomic():
        ticket = lock(row.ticket)
        left = Reply.objects.filter(pk=row.pk, visible_at__lte=now).update(visible_at=None)
        if left:
            ticket.version += 1
            ticket.public_version += 1
            ticket.updated_at = ticket.public_updated_at = now
            ticket.save(
                update_fields=["version", "public_version", "updated_at", "public_updated_at"]
            )
            events.announce(ticket, [])
    return left


def _write_reply(
    change: Change,
    body: MessageBody,
    prepared: Sequence[files.Prepared],
    channel: str | None,
    *,
    as_agent: bool,
    proved: bool,
) -> Reply:
    ticket, actor = change.ticket, change.actor
    channel = channel or (Channel.AGENT if as_agent else Channel.WEB)
    row = Reply.objects.create(
        ticket=ticket,
        body=body.text,
        body_html=body.html,
        quoted=body.quoted_text,
        quoted_html=body.quoted_html,
        author_user=None if _has_no_account(actor) else actor,
        author_contact=_contact_of(actor, ticket, as_agent),
        author_name=_name(actor),
        by_agent=as_agent,
        channel=channel,
        proved=proved,
        created_at=change.now,
        visible_at=_leaves_at(actor, channel, change.now) if as_agent else None,
    )
    files.attach(prepared, ticket, reply=row)
    ticket.reply_count += 1
    ticket.last_message_at = change.now
    ticket.last_message_preview = preview_of(body.text)
    ticket.last_message_by_customer = not as_agent
    if as_agent and actor is not SYSTEM and ticket.first_response_at is None:
        ticket.first_response_at = change.now
    return row


def _leaves_at(actor: Any, channel: str, now: datetime) -> datetime | None:
    seconds = desk_settings.UNDO_SEND_SECONDS
    by_hand = actor is not SYSTEM and channel != Channel.EMAIL
    return now + timedelta(seconds=seconds) if by_hand and seconds else None


def _move_after_reply(change: Change, wanted: Status | None, *, as_agent: bool) -> None:
    ticket = change.ticket
    clear_snooze(change)
    if wanted is not None:
        if wanted != ticket.status:
            move(change, wanted)
    elif as_agent:
        if ticket.status in (Status.OPEN, Status.REOPENED):
            move_if_allowed(change, Status.IN_PROGRESS, automatic=True)
    elif ticket.status == Status.WAITING_ON_CUSTOMER:
        move_if_allowed(change, Status.WAITING_ON_AGENT, automatic=True)
    elif not ticket.is_open:
        move_if_allowed(change, Status.REOPENED, automatic=True)


def _refuse_unseen(ticket: Ticket, actor: Any, last_seen: int | None) -> None:
    if last_seen is None:
        return
    newer = ticket.replies.filter(pk__gt=last_seen)
    if not _has_no_account(actor):
        newer = newer.exclude(author_user=actor)
    if newer.exists():
        raise StaleTicket(
            ticket.version, _("Somebody has replied meanwhile. Read it before you send yours.")
        )


def _is_over(ticket: Ticket, now: datetime) -> bool:
    days = desk_settings.REOPEN_WINDOW_DAYS
    return (
        days is not None
        and ticket.status == Status.CLOSED
        and ticket.closed_at is not None
        and ticket.closed_at < now - timedelta(days=days)
    )


def _open_follow_up(
    change: Change,
    body: MessageBody,
    prepared: Sequence[files.Prepared],
    channel: str | None,
    proved: bool,
) -> Ticket:
    old, actor = change.ticket, change.actor
    author = _contact_of(actor, old, as_agent=False)
    fresh = new_ticket(
        subject=old.subject,
        body=body,
        requester=author,
        priority=old.priority,
        type=old.type,
        department=old.department,
        channel=channel or Channel.WEB,
        site=old.site,
        proved=proved,
        now=change.now,
    )
    open_ticket(fresh, actor=actor, prepared=prepared, follow_up_of=old.reference)
    write_link(change, fresh, old, LinkKind.FOLLOW_UP)
    return fresh


def _contact_of(actor: Any, ticket: Ticket, as_agent: bool) -> Contact | None:
    if as_agent:
        return None
    if isinstance(actor, Contact):
        return actor
    return getattr(actor, "escalated_contact", None) or ticket.requester


def _has_no_account(actor: Any) -> bool:
    return actor is SYSTEM or isinstance(actor, Contact)


def _name(actor: Any) -> str:
    if actor is SYSTEM:
        return ""
    return str(actor) if isinstance(actor, Contact) else display_name(actor)
