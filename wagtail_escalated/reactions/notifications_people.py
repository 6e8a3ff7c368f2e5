"""Whom an event concerns: looked up for thousands of tickets in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from wagtail_escalated.models import (
    AgentProfile,
    DepartmentMembership,
    EventKind,
    Follower,
    NoticeKind,
    Status,
    TicketEvent,
    normalise_address,
    user_address,
)

#: A change of the status that comes with one of these says nothing new.
SAYS_IT_ALL = frozenset(
    {EventKind.CREATED, EventKind.REPLIED, EventKind.ASSIGNED, EventKind.MERGED, EventKind.RATED}
)
OF_A_DEPARTMENT = frozenset(
    {EventKind.CREATED, EventKind.REPLIED, EventKind.SLA_WARNING, EventKind.SLA_BREACHED}
)


@dataclass(frozen=True, slots=True)
class Concern:
    """A person and why they hear of it, the nearest reason first."""

    user: Any
    kinds: tuple[str, ...]


def concerns(events: Sequence[TicketEvent]) -> list[tuple[TicketEvent, list[Concern]]]:
    """Who hears of each event: nobody of what they did themselves, and each person once."""
    told = [
        event
        for event in events
        if event.kind in REASONS and not _is_told_by_another(event, events)
    ]
    around = _Around(told)
    return [
        (event, _without_the_actor(event, REASONS[event.kind](event, around))) for event in told
    ]


class _Around:
    """The people around the tickets of some events."""

    def __init__(self, events: Sequence[TicketEvent]):
        tickets = {event.ticket for event in events}
        free = {
            event.ticket.department_id
            for event in events
            if event.kind in OF_A_DEPARTMENT
            and event.ticket.assignee_id is None
            and event.ticket.department_id is not None
        }
        self._assignees = _assignees({ticket.assignee_id for ticket in tickets} - {None})
        self._followers = _followers({ticket.pk for ticket in tickets}) if tickets else {}
        self._members = _members(free) if free else {}
        self._mentioned = _mentioned(events)

    def department(self, event: TicketEvent) -> list[Any]:
        """Where nobody has the ticket: everybody of its department."""
        ticket = event.ticket
        return [] if ticket.assignee_id else self._members.get(ticket.department_id, [])

    def assignee(self, event: TicketEvent) -> list[Any]:
        found = self._assignees.get(event.ticket.assignee_id)
        return [found] if found is not None else []

    def interested(self, event: TicketEvent) -> list[Any]:
        return [*self.assignee(event), *self._followers.get(event.ticket_id, [])]

    def mentioned(self, event: TicketEvent) -> list[Any]:
        keys = {str(key) for key in event.data.get("mentions", [])}
        return [user for key, user in self._mentioned.items() if key in keys]


Reasons = Iterable[tuple[Any, str]]


def _created(event: TicketEvent, around: _Around) -> Reasons:
    if "split_from" not in event.data:
        yield from ((user, NoticeKind.CREATED) for user in around.department(event))


def _replied(event: TicketEvent, around: _Around) -> Reasons:
    if event.reply is None:  # taken back meanwhile
        return
    kind = NoticeKind.AGENT_REPLY if event.reply.by_agent else NoticeKind.CUSTOMER_REPLY
    yield from ((user, kind) for user in around.interested(event))
    if not event.reply.by_agent:
        yield from ((user, kind) for user in around.department(event))


def _noted(event: TicketEvent, around: _Around) -> Reasons:
    yield from ((user, NoticeKind.MENTION) for user in around.mentioned(event))
    yield from ((user, NoticeKind.NOTE) for user in around.interested(event))


def _assigned(event: TicketEvent, around: _Around) -> Reasons:
    if str(event.data.get("after")) == str(event.ticket.assignee_id):  # and not to another since
        yield from ((user, NoticeKind.ASSIGNED) for user in around.assignee(event))


def _woken(event: TicketEvent, around: _Around) -> Reasons:
    if event.actor_user_id is None and event.actor_contact_id is None:
        yield from ((user, NoticeKind.WOKEN) for user in around.interested(event))


def _moved(event: TicketEvent, around: _Around) -> Reasons:
    """That the desk closes what was resolved long ago is no news."""
    by_itself = event.actor_user_id is None and event.actor_contact_id is None
    if not (by_itself and event.data.get("after") == Status.CLOSED):
        yield from ((user, NoticeKind.STATUS) for user in around.interested(event))


def _to_the_interested(kind: NoticeKind) -> Callable[[TicketEvent, _Around], Reasons]:
    return lambda event, around: ((user, kind) for user in around.interested(event))


def _late(event: TicketEvent, around: _Around) -> Reasons:
    kind = NoticeKind(event.kind)
    yield from ((user, kind) for user in around.interested(event))
    yield from ((user, kind) for user in around.department(event))


REASONS: dict[str, Callable[[TicketEvent, _Around], Reasons]] = {
    EventKind.CREATED: _created,
    EventKind.REPLIED: _replied,
    EventKind.NOTED: _noted,
    EventKind.ASSIGNED: _assigned,
    EventKind.STATUS: _moved,
    EventKind.RATED: _to_the_interested(NoticeKind.RATED),
    EventKind.WOKEN: _woken,
    EventKind.SLA_WARNING: _late,
    EventKind.SLA_BREACHED: _late,
    EventKind.MAIL_FAILED: _to_the_interested(NoticeKind.MAIL_FAILED),
}


def _is_told_by_another(event: TicketEvent, events: Sequence[TicketEvent]) -> bool:
    return event.kind == EventKind.STATUS and any(
        other.kind in SAYS_IT_ALL
        and other.ticket_id == event.ticket_id
        and other.created_at == event.created_at
        for other in events
    )


def _without_the_actor(event: TicketEvent, reasons: Reasons) -> list[Concern]:
    users: dict[Any, Any] = {}
    kinds: dict[Any, list[str]] = defaultdict(list)
    for user, kind in reasons:
        if not _did_it(event, user):
            users[user.pk] = user
            kinds[user.pk].append(kind)
    return [Concern(user, tuple(dict.fromkeys(kinds[pk]))) for pk, user in users.items()]


def _did_it(event: TicketEvent, user: Any) -> bool:
    if event.actor_user_id is not None:
        return event.actor_user_id == user.pk
    contact = event.actor_contact
    if contact is None:
        return False
    return contact.user_id == user.pk or contact.address == normalise_address(user_address(user))


def _assignees(pks: set[Any]) -> dict[Any, Any]:
    rows = AgentProfile.objects.filter(pk__in=pks, active=True, user__is_active=True)
    return {row.pk: row.user for row in rows.select_related("user")} if pks else {}


def _followers(tickets: set[int]) -> dict[int, list[Any]]:
    """Managers may follow without being agents; an agent who was switched off hears nothing."""
    rows = Follower.objects.filter(ticket__in=tickets, user__is_active=True)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.select_related("user__escalated_agent").order_by("pk"):
        profile = getattr(row.user, "escalated_agent", None)
        if profile is None or profile.active:
            found[row.ticket_id].append(row.user)
    return found


def _members(departments: set[int]) -> dict[int, list[Any]]:
    rows = DepartmentMembership.objects.filter(
        department__in=departments, agent__active=True, agent__user__is_active=True
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.select_related("agent__user").order_by("agent_id"):
        found[row.department_id].append(row.agent.user)
    return found


def _mentioned(events: Sequence[TicketEvent]) -> dict[str, Any]:
    pks = {key for event in events for key in event.data.get("mentions", [])}
    users = get_user_model().objects.filter(pk__in=pks, is_active=True) if pks else []
    return {str(user.pk): user for user in users}
