"""Who works on a ticket: by hand, automatically, and many at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actions.availability import is_away
from wagtail_escalated.actions.bulk import BulkResult, run_bulk
from wagtail_escalated.actions.calendars import current_version
from wagtail_escalated.actions.change import Change, changing
from wagtail_escalated.actions.status import move_if_allowed
from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.exceptions import NotAnAgent
from wagtail_escalated.hours import elapsed
from wagtail_escalated.models import AgentProfile, EventKind, Status, Ticket
from wagtail_escalated.permissions import agent_profile, agents_of, is_agent


def assign(ticket: Ticket, agent: Any, *, actor: Any, now: datetime | None = None) -> Ticket:
    """Give a ticket to an agent (a profile or a user). An ``open`` one becomes ``in_progress``.

    Raises ``NotAnAgent`` for somebody who is none of the ticket's department.
    """
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        profile = _agent_for(ticket, agent)
        if ticket.assignee_id != profile.pk:
            write_assignment(change, profile)
    return ticket


def unassign(ticket: Ticket, *, actor: Any, now: datetime | None = None) -> Ticket:
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.assignee_id is not None:
            write_assignment(change, None)
    return ticket


def auto_assign(ticket: Ticket, *, actor: Any, now: datetime | None = None) -> Ticket:
    """Give a ticket to the agent of its department with the fewest open ones, in turn where they tie.

    Agents at their limit, away, or outside their working hours are left out; without any it stays unassigned.
    """
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        assign_automatically(change)
    return ticket


def bulk_assign(tickets: Iterable[Ticket], agent: Any, *, actor: Any) -> BulkResult:
    """Assign many; what fails is named with its reason and the rest is done. One undo for the whole."""
    return run_bulk(tickets, lambda ticket: assign(ticket, agent, actor=actor), actor=actor)


def assign_automatically(change: Change) -> AgentProfile | None:
    """Within a change: choose under a lock on the department's agents, so that nobody is overfilled."""
    ticket = change.ticket
    if ticket.department_id is None or ticket.assignee_id is not None:
        return None
    candidates = _lock_candidates(ticket.department_id)
    chosen = next((agent for agent in _by_load(candidates) if _is_free(agent, change.now)), None)
    if chosen is not None:
        # Rotation: who was given one last comes last among equals, in whichever process.
        AgentProfile.objects.filter(pk=chosen.pk).update(last_assigned_at=timezone.now())
        write_assignment(change, chosen, automatic=True)
    return chosen


def write_assignment(change: Change, profile: AgentProfile | None, **data: Any) -> None:
    """Set the assignee within a change."""
    ticket, before = change.ticket, change.ticket.assignee
    ticket.assignee = profile
    change.record(
        EventKind.ASSIGNED,
        before=before.pk if before else None,
        after=profile.pk if profile else None,
        before_name=str(before) if before else "",
        after_name=str(profile) if profile else "",
        **data,
    )
    if profile is not None and ticket.status == Status.OPEN:
        move_if_allowed(change, Status.IN_PROGRESS, automatic=True)


def _agent_for(ticket: Ticket, agent: Any) -> AgentProfile:
    profile = agent if isinstance(agent, AgentProfile) else agent_profile(agent)
    if profile is None or not profile.active or not is_agent(profile.user):
        raise NotAnAgent(_("%(person)s is not an agent.") % {"person": profile or agent})
    if not agents_of(ticket.department_id).filter(pk=profile.pk).exists():
        raise NotAnAgent(
            _("%(person)s is not an agent of the department %(department)s.")
            % {"person": profile, "department": ticket.department}
        )
    return profile


def _lock_candidates(department_id: int) -> list[int]:
    agents = AgentProfile.objects.filter(
        active=True, user__is_active=True, memberships__department=department_id
    )
    return list(
        agents.order_by("pk").select_for_update(of=_lockable()).values_list("pk", flat=True)
    )


def _lockable() -> tuple[str, ...]:
    """Lock the profiles alone where the database can say so (MariaDB cannot)."""
    return ("self",) if transaction.get_connection().features.has_select_for_update_of else ()


def _by_load(candidates: list[int]) -> Iterable[AgentProfile]:
    load = Count("tickets", filter=Q(tickets__is_open=True))
    return (
        AgentProfile.objects.filter(pk__in=candidates)
        .annotate(open_tickets=load)
        .select_related("user", "working_hours")
        .order_by("open_tickets", F("last_assigned_at").asc(nulls_first=True), "pk")
    )


def _is_free(agent: Any, now: datetime) -> bool:
    """``agent``: a profile of ``_by_load``, which counted its open tickets."""
    full = agent.max_open_tickets is not None and agent.open_tickets >= agent.max_open_tickets
    return not is_away(agent, now) and not full and _is_at_work(agent, now) and is_agent(agent.user)


def _is_at_work(agent: AgentProfile, now: datetime) -> bool:
    if agent.working_hours is None:
        return True
    calendar = calendar_of(current_version(agent.working_hours))
    return elapsed(calendar, now, now + timedelta(seconds=1)) > timedelta()
