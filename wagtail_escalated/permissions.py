"""The one table of rights: which role may do what, and which tickets a role reaches.

Lists, single objects, sockets and exports all start from ``tickets_for(actor, verb)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from wagtail.models import Site

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    AgentProfile,
    Contact,
    CopiedContact,
    DeskSettings,
    Follower,
    Ticket,
)

APP = "wagtail_escalated"
VIEW_TICKETS = f"{APP}.view_tickets"
WORK_TICKETS = f"{APP}.work_tickets"
MANAGE_DESK = f"{APP}.manage_desk"
ACCESS_ADMIN = "wagtailadmin.access_admin"

MANAGER, AGENT, READER = "manager", "agent", "reader"
REQUESTER, COLLEAGUE, COPIED = "requester", "colleague", "copied"

INSIDE = frozenset({MANAGER, AGENT, READER})
OUTSIDE = frozenset({REQUESTER, COLLEAGUE, COPIED})

#: verb → the roles that may. A customer's verbs and an agent's meet only where both stand here.
RULES: dict[str, frozenset[str]] = {
    "view": frozenset({MANAGER, AGENT, READER, REQUESTER, COLLEAGUE}),
    "view_internal": frozenset({MANAGER, AGENT, READER}),
    "view_as_customer": frozenset({REQUESTER, COLLEAGUE}),
    "reply": frozenset({MANAGER, AGENT, REQUESTER, COLLEAGUE, COPIED}),
    "reply_as_customer": frozenset({REQUESTER, COLLEAGUE, COPIED}),
    "note": frozenset({MANAGER, AGENT}),
    "work": frozenset({MANAGER, AGENT}),
    "manage": frozenset({MANAGER}),
    "close": frozenset({MANAGER, AGENT, REQUESTER}),
    "reopen": frozenset({MANAGER, AGENT, REQUESTER}),
    "rate": frozenset({REQUESTER}),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is to the desk, before any ticket is looked at."""

    roles: frozenset[str]
    user: Any = None
    profile: AgentProfile | None = None
    contact: Contact | None = None
    #: Few tickets are looked at: departments are asked for in the same query, which is slow among many.
    of_few: bool = False

    @property
    def works_inside(self) -> bool:
        return bool(self.roles & INSIDE)


def standing_of(actor: Any, among: frozenset[str] = INSIDE | OUTSIDE) -> Standing:
    """The roles of a user, contact or ``SYSTEM``. Anonymous and inactive users have none.

    What only other roles than ``among`` would need is not asked of the database.
    """
    if actor is SYSTEM:
        return Standing(frozenset({MANAGER}))
    if isinstance(actor, Contact):
        return Standing(_customer_roles(actor), contact=actor)
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return Standing(frozenset())
    profile = agent_profile(actor)
    contact = user_contact(actor) if among & OUTSIDE else None
    roles = _inside_roles(actor, profile) | _customer_roles(contact)
    return Standing(roles, user=actor, profile=profile, contact=contact)


def _customer_roles(contact: Contact | None) -> frozenset[str]:
    if contact is None:
        return frozenset()
    roles = {REQUESTER, COPIED}
    if contact.organisation_id:
        roles.add(COLLEAGUE)
    return frozenset(roles)


def _inside_roles(user: Any, profile: AgentProfile | None) -> frozenset[str]:
    roles = set()
    if is_manager(user):
        roles.add(MANAGER)
    if profile is not None and user.has_perm(ACCESS_ADMIN):
        if _passes("AGENT_CHECK", user, WORK_TICKETS):
            roles.add(AGENT)
        elif user.has_perm(VIEW_TICKETS):
            roles.add(READER)
    return frozenset(roles)


def _passes(setting: str, user: Any, permission: str) -> bool:
    check = desk_settings.user_check(setting)
    return bool(check(user)) if check else user.has_perm(permission)


def agent_profile(user: Any) -> AgentProfile | None:
    """The user's active profile, if they have one."""
    profile = getattr(user, "escalated_agent", None)
    return profile if profile is not None and profile.active else None


def user_contact(user: Any) -> Contact | None:
    return getattr(user, "escalated_contact", None)


def is_agent(user: Any) -> bool:
    """Whether the user works on tickets: an active profile, access to the admin, and ``AGENT_CHECK``."""
    return AGENT in standing_of(user, INSIDE).roles


def is_manager(user: Any) -> bool:
    """Whether the user manages the desk: access to the admin and ``ADMIN_CHECK``."""
    return bool(
        getattr(user, "is_active", False)
        and user.has_perm(ACCESS_ADMIN)
        and _passes("ADMIN_CHECK", user, MANAGE_DESK)
    )


def sites_with_settings(user: Any) -> QuerySet[Site]:
    """The sites whose settings of the desk this user may change, by Wagtail's right to them: of all, or of some."""
    if not (getattr(user, "is_active", False) and user.has_perm(ACCESS_ADMIN)):
        return Site.objects.none()
    return DeskSettings.get_permission_policy().sites_user_has_permission_for(user, "change")


def works_inside(user: Any) -> bool:
    """Whether the desk's pages in the admin are for this user at all."""
    # A manager is known without a query; every page of the admin asks for its menu.
    return is_manager(user) or standing_of(user, INSIDE).works_inside


def _of_agent(standing: Standing) -> Q:
    """Their departments' tickets, those of none, and those assigned to or followed by them."""
    departments = standing.profile.memberships.values_list("department_id", flat=True)
    if not standing.of_few:
        departments = list(departments)
    followed = Follower.objects.filter(user=standing.user).values("ticket_id")
    return (
        Q(department=None)
        | Q(department_id__in=departments)
        | Q(assignee=standing.profile)
        | Q(pk__in=followed)
    )


def _of_requester(standing: Standing) -> Q:
    return Q(requester=standing.contact)


def _of_colleague(standing: Standing) -> Q:
    return Q(
        requester__organisation_id=standing.contact.organisation_id,
        requester__organisation__shares_tickets=True,
    )


def _of_copied(standing: Standing) -> Q:
    copied = CopiedContact.objects.filter(contact=standing.contact, by_choice=False)
    return Q(pk__in=copied.values("ticket_id"))


REACH: dict[str, Callable[[Standing], Q]] = {
    AGENT: _of_agent,
    READER: _of_agent,
    REQUESTER: _of_requester,
    COLLEAGUE: _of_colleague,
    COPIED: _of_copied,
}


def reach(standing: Standing, verb: str) -> Q | None:
    """The tickets a standing reaches with a verb; ``None`` for no ticket at all, ``Q()`` for all."""
    roles = standing.roles & RULES[verb]
    if not roles:
        return None
    if MANAGER in roles:
        return Q()
    query = Q()
    for role in sorted(roles):
        query |= REACH[role](standing)
    return query


def tickets_for(actor: Any, verb: str, *, of_few: bool = False) -> QuerySet[Ticket]:
    """The tickets on which ``actor`` may do ``verb`` (a key of ``RULES``).

    ``of_few``: only a few of them will be looked at, so their departments need no query of their own.
    """
    query = reach(replace(standing_of(actor, RULES[verb]), of_few=of_few), verb)
    return Ticket.objects.none() if query is None else Ticket.objects.filter(query)


def can(actor: Any, verb: str, ticket: Ticket) -> bool:
    standing = standing_of(actor, RULES[verb])
    if MANAGER in standing.roles & RULES[verb]:
        return True
    query = reach(replace(standing, of_few=True), verb)
    return query is not None and Ticket.objects.filter(query, pk=ticket.pk).exists()


def check(actor: Any, verb: str, ticket: Ticket) -> None:
    """Raises ``PermissionDenied`` where ``actor`` may not do ``verb`` on the ticket."""
    if not can(actor, verb, ticket):
        raise PermissionDenied


def agents_of(department: Any) -> QuerySet[AgentProfile]:
    """The active agents to whom a ticket of the department (or its key; ``None``: of none) may go.

    ``AGENT_CHECK`` is asked of the one chosen, as it is Python and cannot be a query.
    """
    agents = AgentProfile.objects.filter(active=True, user__is_active=True).select_related("user")
    return agents.filter(memberships__department=department) if department else agents
