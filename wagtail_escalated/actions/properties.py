"""The properties of a ticket: priority, department, type, subject, requester, tags."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _

from wagtail_escalated.actions import sla
from wagtail_escalated.actions.change import changing
from wagtail_escalated.actions.contacts import as_contact
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import Department, EventKind, Priority, Tag, Ticket, TicketType
from wagtail_escalated.models.tags import tag_key
from wagtail_escalated.permissions import agents_of


def known_priority(priority: str | int) -> Priority:
    """``"high"`` or ``2`` → ``Priority.HIGH``; raises ``InvalidTicket``."""
    try:
        return Priority.from_name(priority) if isinstance(priority, str) else Priority(priority)
    except (KeyError, ValueError):
        raise InvalidTicket(
            "priority", _("There is no priority “%(priority)s”.") % {"priority": priority}
        ) from None


def known_type(type_: str) -> TicketType:
    try:
        return TicketType(type_)
    except ValueError:
        raise InvalidTicket("type", _("There is no type “%(type)s”.") % {"type": type_}) from None


def set_priority(
    ticket: Ticket, priority: str | int, *, actor: Any, now: datetime | None = None
) -> Ticket:
    """By name or number. The clocks begin anew with the new targets, their pauses kept."""
    priority = known_priority(priority)
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.priority != priority:
            old, ticket.priority = Priority(ticket.priority), priority.value
            sla.recompute(ticket, now=change.now)
            change.record(EventKind.PRIORITY, before=old.slug, after=priority.slug)
    return ticket


def set_department(
    ticket: Ticket, department: Department | None, *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Move a ticket. An assignee who is no agent of the new department loses it."""
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.department_id == (department.pk if department else None):
            return ticket
        old = ticket.department
        ticket.department = department
        sla.recompute(ticket, now=change.now)
        change.record(
            EventKind.DEPARTMENT,
            before=old.pk if old else None,
            after=department.pk if department else None,
            before_name=str(old) if old else "",
            after_name=str(department) if department else "",
        )
        assignee = ticket.assignee
        if assignee and department and not agents_of(department).filter(pk=assignee.pk).exists():
            ticket.assignee = None
            change.record(
                EventKind.ASSIGNED,
                before=assignee.pk,
                after=None,
                before_name=str(assignee),
                after_name="",
            )
    return ticket


def set_type(ticket: Ticket, type: str, *, actor: Any, now: datetime | None = None) -> Ticket:
    new = known_type(type)
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.type != new:
            old, ticket.type = ticket.type, new.value
            sla.recompute(ticket, now=change.now)
            change.record(EventKind.TYPE, before=old, after=new.value)
    return ticket


def set_subject(ticket: Ticket, subject: str, *, actor: Any, now: datetime | None = None) -> Ticket:
    from wagtail_escalated.actions.creation import clean_subject  # creation uses this module, too

    subject = clean_subject(subject)
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.subject != subject:
            old, ticket.subject = ticket.subject, subject
            change.record(EventKind.SUBJECT, before=old, after=subject)
    return ticket


def set_requester(
    ticket: Ticket, requester: Any, *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Another person asked (a ``Contact`` or a user). The former one no longer sees the ticket."""
    contact = as_contact(requester)
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        if ticket.requester_id != contact.pk:
            old, ticket.requester = ticket.requester, contact
            ticket.guest_links.exclude(contact=contact).delete()
            ticket.copied.filter(contact=contact).delete()
            sla.choose_anew(ticket, now=change.now)
            change.touch_customer()
            change.record(
                EventKind.REQUESTER,
                before=old.pk,
                after=contact.pk,
                before_name=str(old),
                after_name=str(contact),
            )
    return ticket


def add_tags(
    ticket: Ticket, tags: Iterable[Any], *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Names or ``Tag`` rows; a name without a tag makes one. The history names only what was new."""
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        present = set(ticket.tags.values_list("pk", flat=True))
        added = [tag for tag in tags_named(tags) if tag.pk not in present]
        if added:
            ticket.tags.add(*added)
            sla.on_tags_changed(ticket, now=change.now)
            change.record(EventKind.TAGS, added=[tag.name for tag in added], removed=[])
    return ticket


def remove_tags(
    ticket: Ticket, tags: Iterable[Any], *, actor: Any, now: datetime | None = None
) -> Ticket:
    keys = {tag.key if isinstance(tag, Tag) else tag_key(tag) for tag in tags}
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        removed = list(ticket.tags.filter(key__in=keys))
        if removed:
            ticket.tags.remove(*removed)
            sla.on_tags_changed(ticket, now=change.now)
            change.record(EventKind.TAGS, added=[], removed=[tag.name for tag in removed])
    return ticket


def tags_named(tags: Iterable[Any]) -> list[Tag]:
    """``Tag`` rows for names and rows, each once, made where they are missing. Blank names are left out."""
    given: dict[str, Any] = {}
    for tag in tags:
        key = tag.key if isinstance(tag, Tag) else tag_key(tag)
        if key:
            given.setdefault(key, tag)
    _check_length(given)
    found = {tag.key: tag for tag in Tag.objects.filter(key__in=given)} if given else {}
    for key, tag in given.items():
        if key not in found:
            found[key], _created = Tag.objects.get_or_create(
                key=key, defaults={"name": " ".join(str(tag).split())}
            )
    return [found[key] for key in given]


def _check_length(keys: Iterable[str]) -> None:
    limit = cast(int, Tag._meta.get_field("name").max_length)
    if any(len(key) > limit for key in keys):
        raise InvalidTicket("tags", _("A tag has at most %(limit)s characters.") % {"limit": limit})
