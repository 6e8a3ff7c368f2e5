"""What a list says of a ticket in a word: never by colour alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import Priority, Status, Ticket

#: How each status looks: ``todo`` is ours to do, ``wait`` somebody else's, ``hot`` in trouble, ``done`` over.
STATUS_TONES = {
    Status.OPEN: "todo",
    Status.REOPENED: "todo",
    Status.WAITING_ON_AGENT: "todo",
    Status.IN_PROGRESS: "active",
    Status.WAITING_ON_CUSTOMER: "wait",
    Status.ESCALATED: "hot",
    Status.RESOLVED: "done",
    Status.CLOSED: "done",
}
PRIORITY_ICONS = {
    Priority.LOW: "esc-priority-low",
    Priority.MEDIUM: "esc-priority-medium",
    Priority.HIGH: "esc-priority-high",
    Priority.URGENT: "esc-priority-urgent",
    Priority.CRITICAL: "esc-priority-critical",
}


class Chip(NamedTuple):
    """``tone`` chooses colours, ``icon`` a picture, ``text`` says it."""

    tone: str
    text: str
    icon: str = ""
    #: The same at more length, for a tooltip.
    title: str = ""


def status_chip(ticket: Ticket) -> Chip:
    status = Status(ticket.status)
    return Chip(STATUS_TONES[status], str(status.label))


def priority_chip(ticket: Ticket) -> Chip:
    priority = Priority(ticket.priority)
    return Chip(priority.slug, str(priority.label), PRIORITY_ICONS[priority])


def sla_chip(ticket: Ticket, now: datetime) -> Chip | None:
    """How much time the next promise leaves; ``None`` where there is none."""
    if not ticket.is_open:
        return None
    if ticket.sla_paused:
        return Chip("paused", _("paused"), "esc-pause")
    if ticket.next_due_at is None:
        return Chip("late", _("missed"), "warning") if ticket.sla_breached else None
    left = ticket.next_due_at - now
    if left < timedelta(0):
        return Chip("late", _("late %(time)s") % {"time": short_span(-left)}, "warning")
    soon = left <= timedelta(minutes=desk_settings.SLA["WARNING_MINUTES"])
    text = _("%(time)s left") % {"time": short_span(left)}
    return Chip("soon" if soon else "ok", text, "time")


def short_span(span: timedelta) -> str:
    """``"12 min"``, ``"2 h"``, ``"3 d"``: the largest unit, rounded down, at least a minute."""
    minutes = max(int(span.total_seconds() // 60), 1)
    if minutes < 60:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}
    days = hours // 24
    return ngettext("%(count)d d", "%(count)d d", days) % {"count": days}


def age(at: datetime, now: datetime) -> str:
    """How long ago, in a word."""
    if now - at < timedelta(minutes=1):
        return pgettext("age of a message", "now")
    return short_span(now - at)
