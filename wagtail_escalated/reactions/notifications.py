"""The reaction to history rows: each agent concerned is told once, by the ways they chose.

Quiet for whoever has the ticket open: the bell counts it as read, and no mail is written. What is
written may be written again: a notification and a mail are unique per person and event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from wagtail_escalated.actions import outbound
from wagtail_escalated.actions.notifications import Choices
from wagtail_escalated.models import (
    NoticeChannel,
    NoticeKind,
    Notification,
    OutboundEmail,
    TicketEvent,
    user_address,
)
from wagtail_escalated.reactions.notifications_people import Concern, concerns
from wagtail_escalated.realtime import presence

MAILS: dict[str, str] = {
    NoticeKind.CREATED: "agent_created",
    NoticeKind.ASSIGNED: "agent_assigned",
    NoticeKind.CUSTOMER_REPLY: "agent_replied",
    NoticeKind.AGENT_REPLY: "agent_replied",
    NoticeKind.NOTE: "note",
    NoticeKind.MENTION: "note",
    NoticeKind.STATUS: "agent_status",
    NoticeKind.RATED: "agent_rated",
    NoticeKind.WOKEN: "agent_woken",
    NoticeKind.SLA_WARNING: "agent_sla_warning",
    NoticeKind.SLA_BREACHED: "agent_sla_breached",
    NoticeKind.MAIL_FAILED: "agent_mail_failed",
}


@dataclass(slots=True)
class _Told:
    """What is going to be written for some events."""

    now: datetime
    notifications: list[Notification] = field(default_factory=list)
    mails: list[OutboundEmail] = field(default_factory=list)


def notify(events: Sequence[TicketEvent], *, now: datetime | None = None) -> None:
    """As many queries for one event as for a thousand."""
    concerned = [
        (event, people)
        for event, people in concerns([event for event in events if not event.ticket.is_spam])
        if people
    ]
    if not concerned:
        return
    told = _Told(now or timezone.now())
    choices = Choices({one.user.pk for _event, people in concerned for one in people})
    looking = _who_is_looking(concerned, told.now)
    for event, people in concerned:
        _tell(event, people, choices, looking, told)
    Notification.objects.bulk_create(told.notifications, ignore_conflicts=True)
    outbound.queue(told.mails)


def _tell(
    event: TicketEvent,
    people: Sequence[Concern],
    choices: Choices,
    looking: set[tuple[int, str]],
    told: _Told,
) -> None:
    recipients = []
    for one in people:
        quiet = (event.ticket_id, str(one.user.pk)) in looking
        told.notifications += _notification(event, one, choices, quiet, told.now)
        if not quiet and choices.wants(one.user.pk, one.kinds, NoticeChannel.MAIL):
            recipients.append(_recipient(one))
    told.mails += outbound.rows_to(recipients, event, now=told.now)


def _notification(
    event: TicketEvent, one: Concern, choices: Choices, quiet: bool, now: datetime
) -> Iterator[Notification]:
    in_bell = choices.wants(one.user.pk, one.kinds, NoticeChannel.BELL)
    in_digest = not quiet and choices.wants(one.user.pk, one.kinds, NoticeChannel.DIGEST)
    if in_bell or in_digest:
        yield Notification(
            user=one.user,
            event=event,
            kind=one.kinds[0],
            in_bell=in_bell,
            in_digest=in_digest,
            created_at=event.created_at,
            read_at=now if quiet else None,
        )


def _recipient(one: Concern) -> outbound.Recipient:
    data: dict[str, Any] = {"mentioned": True} if NoticeKind.MENTION in one.kinds else {}
    return outbound.Recipient(user_address(one.user), MAILS[one.kinds[0]], user=one.user, data=data)


def _who_is_looking(
    concerned: Sequence[tuple[TicketEvent, Sequence[Concern]]], now: datetime
) -> set[tuple[int, str]]:
    present = presence.at({event.ticket_id for event, _people in concerned}, now=now)
    return {(ticket, key) for ticket, people in present.items() for key, _name, _state in people}
