"""What can be done with many tickets: the choice of the inbox's form as a function of one ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import is_manager

from ..ticket.changes import CHANGES, Asked

#: The name of an action → the field of its form that the value goes to.
VALUES = {
    "assign": "agent",
    "status": "status",
    "priority": "priority",
    "department": "department",
    "snooze": "until",
    "tag": "tags",
    "spam": "spam",
}


def action_of(what: str, value: str, user: Any) -> Callable[[Ticket], Any] | None:
    """``None`` where there is no such thing to do, or not for this user."""
    if what == "macro" and value.isdecimal():
        macro = macros.macros_for(user).filter(pk=int(value)).first()
        return macros.Click(macro, user, timezone.now()) if macro else None
    if what == "delete" and is_manager(user):
        return lambda ticket: tickets.delete(ticket, actor=user)
    if what in VALUES:
        asked = Asked(user, _form(VALUES[what], value))
        return lambda ticket: CHANGES[what](ticket, asked)
    return None


def _form(field: str, value: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data[field] = value
    return data
