"""Canned responses: a closed list of variables, checked when saving and filled in for a ticket.

This is no template language: nothing but the names below is ever looked up, and what is filled in is not looked
at again, so neither a customer's name nor a colleague's text can reach anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_escalated.models import (
    CannedResponse,
    DeskSettings,
    Status,
    Ticket,
    display_name,
)
from wagtail_escalated.permissions import agent_profile, is_manager, works_inside

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_ANY_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)

#: name → what it stands for, and how it is found.
VARIABLES: dict[str, tuple[Promise, Callable[[Ticket, Any], str]]] = {
    "ticket.reference": (_("reference of the ticket"), lambda ticket, user: ticket.reference),
    "ticket.subject": (_("subject of the ticket"), lambda ticket, user: ticket.subject),
    "ticket.status": (
        _("status as the customer reads it"),
        lambda ticket, user: str(Status(ticket.status).public_label),
    ),
    "requester.name": (_("name of the requester"), lambda ticket, user: str(ticket.requester)),
    "requester.first_name": (
        _("first name of the requester"),
        lambda ticket, user: ticket.requester.first_name or str(ticket.requester),
    ),
    "requester.email": (
        _("email address of the requester"),
        lambda ticket, user: ticket.requester.address,
    ),
    "department.name": (
        _("name of the department"),
        lambda ticket, user: str(ticket.department or ""),
    ),
    "agent.name": (_("your own name"), lambda ticket, user: _name(ticket, user)),
    "agent.first_name": (
        _("your own first name"),
        lambda ticket, user: _name(ticket, user).split()[0] if user else _name(ticket, user),
    ),
}


def _name(ticket: Ticket, user: Any) -> str:
    """Of who writes; where the desk writes by itself (``None``), its department's or its own."""
    if user is not None:
        return display_name(user)
    department = ticket.department
    if department is not None:
        return department.sender_name or department.name
    return DeskSettings.for_site(ticket.site).name or gettext("Support")


def unknown_variables(text: str) -> list[str]:
    """What is written like a variable and is none, each once, in order."""
    names = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    return list(dict.fromkeys([*names, *_ANY_TAG.findall(text)]))


def filled_in(text: str, *, ticket: Ticket, user: Any) -> str:
    """Plain text with the variables' values; whoever shows it as HTML escapes it.

    ``user``: who writes; ``None`` where the desk writes by itself.
    """

    def value(match: re.Match[str]) -> str:
        variable = VARIABLES.get(match.group(1))
        return variable[1](ticket, user) if variable else match.group(0)

    return _VARIABLE.sub(value, text)


def responses_for(user: Any, *, search: str = "") -> QuerySet[CannedResponse]:
    """An agent's own responses and those shared with them, the most used first."""
    if not works_inside(user):
        return CannedResponse.objects.none()
    responses = CannedResponse.objects.filter(Q(owner=user) | _shared_with(user))
    for word in search.split()[:10]:
        responses = responses.filter(
            Q(title__icontains=word)
            | Q(shortcut__icontains=word)
            | Q(folder__icontains=word)
            | Q(body__icontains=word)
        )
    return responses.order_by("-use_count", "title")


def _shared_with(user: Any) -> Q:
    shared = Q(owner=None)
    if is_manager(user):
        return shared
    profile = agent_profile(user)
    departments = profile.memberships.values("department_id") if profile else []
    return shared & (Q(department=None) | Q(department__in=departments))


def count_use(response: CannedResponse) -> None:
    CannedResponse.objects.filter(pk=response.pk).update(use_count=F("use_count") + 1)
