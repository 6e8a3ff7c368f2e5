"""What an agent does to a ticket beside writing: each a name in the URL, a call of an action, and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_escalated import custom_values
from wagtail_escalated.actions import assignment, following, incidents, tickets
from wagtail_escalated.actions.contacts import contact_for_address
from wagtail_escalated.actions.snooze_times import read_moment
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import (
    AgentProfile,
    Contact,
    Department,
    Priority,
    Status,
    Tag,
    Ticket,
    TicketType,
)

from .lookup import find_ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form says, and who sent it."""

    user: Any
    data: QueryDict

    def get(self, name: str) -> str:
        return self.data.get(name, "").strip()


Change = Callable[[Ticket, Asked], str]


def assign(ticket: Ticket, asked: Asked) -> str:
    """To ``agent`` (the key of a profile, or ``me``); to nobody where it is empty."""
    wanted = asked.get("agent")
    if not wanted:
        tickets_assignee = ticket.assignee
        assignment.unassign(ticket, actor=asked.user)
        return _("No longer assigned to %(agent)s.") % {"agent": tickets_assignee or _("anybody")}
    agent = asked.user if wanted == "me" else _row(AgentProfile, wanted)
    assignment.assign(ticket, agent, actor=asked.user)
    return _("Assigned to %(agent)s.") % {"agent": ticket.assignee}


def assign_automatically(ticket: Ticket, asked: Asked) -> str:
    assignment.auto_assign(ticket, actor=asked.user)
    if ticket.assignee is None:
        return _("Nobody is free to take it.")
    return _("Assigned to %(agent)s.") % {"agent": ticket.assignee}


def status(ticket: Ticket, asked: Asked) -> str:
    tickets.set_status(ticket, asked.get("status"), actor=asked.user)
    said = _("Status: %(status)s.") % {"status": Status(ticket.status).label}
    left = _open_incidents(ticket, asked.user)
    return f"{said} {left}" if left else said


def _open_incidents(ticket: Ticket, user: Any) -> str:
    if ticket.type != TicketType.PROBLEM or ticket.is_open:
        return ""
    count = incidents.open_incidents(ticket, actor=user).count()
    if not count:
        return ""
    left = ngettext(
        "%(count)d incident of it is still open.",
        "%(count)d incidents of it are still open.",
        count,
    )
    return left % {"count": count}


def priority(ticket: Ticket, asked: Asked) -> str:
    tickets.set_priority(ticket, asked.get("priority"), actor=asked.user)
    return _("Priority: %(priority)s.") % {"priority": Priority(ticket.priority).label}


def type_(ticket: Ticket, asked: Asked) -> str:
    tickets.set_type(ticket, asked.get("type"), actor=asked.user)
    return _("Type: %(type)s.") % {"type": ticket.get_type_display()}


def department(ticket: Ticket, asked: Asked) -> str:
    wanted = asked.get("department")
    target = _row(Department, wanted) if wanted else None
    tickets.set_department(ticket, target, actor=asked.user)
    return _("Moved to %(department)s.") % {"department": target or _("no department")}


def subject(ticket: Ticket, asked: Asked) -> str:
    tickets.set_subject(ticket, asked.get("subject"), actor=asked.user)
    return _("Subject changed.")


def requester(ticket: Ticket, asked: Asked) -> str:
    address = asked.get("address")
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidTicket("address", _("This does not look like an email address.")) from None
    contact = contact_for_address(address)
    tickets.set_requester(ticket, contact, actor=asked.user)
    return _("The requester is now %(requester)s.") % {"requester": contact}


def tag(ticket: Ticket, asked: Asked) -> str:
    names = [name for name in asked.get("tags").split(",") if name.strip()]
    tickets.add_tags(ticket, names, actor=asked.user)
    return _("Tagged: %(tags)s.") % {"tags": ", ".join(name.strip() for name in names)}


def untag(ticket: Ticket, asked: Asked) -> str:
    row = _row(Tag, asked.get("tag"))
    tickets.remove_tags(ticket, [row], actor=asked.user)
    return _("The tag %(tag)s is removed.") % {"tag": row}


def field(ticket: Ticket, asked: Asked) -> str:
    """``key`` names a custom field; each ``value`` is one of its answers, or the value itself."""
    key = asked.get("key")
    values = [value for value in asked.data.getlist("value") if value.strip()]
    given = values if len(values) > 1 else "".join(values)
    tickets.set_field(ticket, key, given, actor=asked.user)
    said = {row.field.key: row for row in custom_values.of_ticket(ticket)}.get(key)
    if said is None:  # a value from a department it was in before
        return _("The field is empty.")
    return _("%(field)s: %(value)s.") % {"field": said.field, "value": said.text or _("empty")}


def snooze(ticket: Ticket, asked: Asked) -> str:
    zone = timezone.get_current_timezone_name()
    until = read_moment(asked.get("until"), now=timezone.now(), zone=zone)
    tickets.snooze(ticket, until, actor=asked.user)
    moment = date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")
    return _("Snoozed until %(moment)s.") % {"moment": moment}


def unsnooze(ticket: Ticket, asked: Asked) -> str:
    tickets.unsnooze(ticket, actor=asked.user)
    return _("It is back.")


def follow(ticket: Ticket, asked: Asked) -> str:
    user = _user(asked.get("user")) if asked.get("user") else asked.user
    tickets.follow(ticket, actor=asked.user, user=user)
    return _("Follows this ticket from now on.") if user != asked.user else _("You follow it.")


def unfollow(ticket: Ticket, asked: Asked) -> str:
    user = _user(asked.get("user")) if asked.get("user") else asked.user
    tickets.unfollow(ticket, actor=asked.user, user=user)
    return _("No longer follows this ticket.")


def uncopy(ticket: Ticket, asked: Asked) -> str:
    """``contact`` is the key of somebody in Cc."""
    contact = _row(Contact, asked.get("contact"))
    following.remove_copy(ticket, contact, actor=asked.user)
    return _("%(person)s is no longer in copy.") % {"person": contact}


def spam(ticket: Ticket, asked: Asked) -> str:
    is_spam = asked.get("spam") != "no"
    tickets.mark_spam(ticket, actor=asked.user, spam=is_spam)
    return _("Marked as spam.") if is_spam else _("It is not spam.")


def link(ticket: Ticket, asked: Asked) -> str:
    other = find_ticket(asked.user, asked.get("other"))
    tickets.link(ticket, other, asked.get("kind"), actor=asked.user)
    return _("Linked with %(reference)s.") % {"reference": other.reference}


def unlink(ticket: Ticket, asked: Asked) -> str:
    other = find_ticket(asked.user, asked.get("other"))
    tickets.unlink(ticket, other, asked.get("kind"), actor=asked.user)
    return _("The link to %(reference)s is removed.") % {"reference": other.reference}


CHANGES: dict[str, Change] = {
    "assign": assign,
    "auto-assign": assign_automatically,
    "status": status,
    "priority": priority,
    "type": type_,
    "department": department,
    "subject": subject,
    "requester": requester,
    "tag": tag,
    "untag": untag,
    "field": field,
    "snooze": snooze,
    "unsnooze": unsnooze,
    "follow": follow,
    "unfollow": unfollow,
    "uncopy": uncopy,
    "spam": spam,
    "link": link,
    "unlink": unlink,
}
#: What a snapshot of the properties gives back.
UNDOABLE = frozenset(
    {"assign", "auto-assign", "status", "priority", "type", "department", "tag", "untag", "field"}
    | {"snooze", "unsnooze", "spam"}
)
#: What somebody who only reads may do.
FOR_READERS = frozenset({"follow", "unfollow"})


def _row(model: Any, key: str) -> Any:
    row = model.objects.filter(pk=key).first() if key.isdigit() else None
    if row is None:
        raise Http404
    return row


def _user(key: str) -> Any:
    try:
        user = get_user_model()._default_manager.filter(pk=key).first()
    except (ValueError, ValidationError):
        user = None
    if user is None:
        raise Http404
    return user
