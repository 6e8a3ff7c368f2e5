"""What can be done with many tickets: a name and a value, as ``BulkRun`` keeps them, as a function of one ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from wagtail_escalated.actions import assignment, tickets
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.actions.snooze_times import read_moment
from wagtail_escalated.models import AgentProfile, Department, Ticket
from wagtail_escalated.permissions import is_manager

Action = Callable[[Ticket], Any]
#: Between the names of tags.
SEPARATOR = "\n"


def action_of(what: str, value: str, user: Any) -> Action | None:
    """``None`` where there is no such thing to do, or not for this user."""
    found = CHOICES.get(what)
    return found(value, user) if found else None


def _assign(value: str, user: Any) -> Action | None:
    """To an agent by key, to ``me``, or to nobody."""
    if not value:
        return lambda ticket: assignment.unassign(ticket, actor=user)
    agents = AgentProfile.objects.select_related("user")
    agent = user if value == "me" else _row(agents, value)
    return agent and (lambda ticket: assignment.assign(ticket, agent, actor=user))


def _status(value: str, user: Any) -> Action:
    return lambda ticket: tickets.set_status(ticket, value, actor=user)


def _priority(value: str, user: Any) -> Action:
    return lambda ticket: tickets.set_priority(ticket, value, actor=user)


def _department(value: str, user: Any) -> Action | None:
    """By key, or out of all of them."""
    department = _row(Department.objects.all(), value) if value else None
    if value and department is None:
        return None
    return lambda ticket: tickets.set_department(ticket, department, actor=user)


def _snooze(value: str, user: Any) -> Action:
    """A moment, or the name of one (``tomorrow``) in the zone that is active then."""

    def snooze(ticket: Ticket) -> Ticket:
        zone = timezone.get_current_timezone_name()
        until = read_moment(value, now=timezone.now(), zone=zone)
        return tickets.snooze(ticket, until, actor=user)

    return snooze


def _tag(value: str, user: Any) -> Action:
    names = [name for name in value.split(SEPARATOR) if name.strip()]
    return lambda ticket: tickets.add_tags(ticket, names, actor=user)


def _spam(value: str, user: Any) -> Action:
    return lambda ticket: tickets.mark_spam(ticket, actor=user, spam=value != "no")


def _macro(value: str, user: Any) -> Action | None:
    macro = _row(macros.macros_for(user), value)
    return macros.Click(macro, user, timezone.now()) if macro else None


def _delete(value: str, user: Any) -> Action | None:
    return (lambda ticket: tickets.delete(ticket, actor=user)) if is_manager(user) else None


CHOICES: dict[str, Callable[[str, Any], Action | None]] = {
    "assign": _assign,
    "status": _status,
    "priority": _priority,
    "department": _department,
    "snooze": _snooze,
    "tag": _tag,
    "spam": _spam,
    "macro": _macro,
    "delete": _delete,
}


def _row(rows: Any, key: str) -> Any:
    return rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
