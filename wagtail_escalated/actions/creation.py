"""A new ticket, through any door."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_escalated.actions import attachments as files
from wagtail_escalated.actions import custom_fields, sla
from wagtail_escalated.actions.assignment import assign_automatically
from wagtail_escalated.actions.change import Change
from wagtail_escalated.actions.contacts import as_contact, contact_for_address
from wagtail_escalated.actions.properties import known_priority, known_type, tags_named
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.batches import remembered
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import (
    SUBJECT_LENGTH,
    Channel,
    Contact,
    CopiedContact,
    CustomField,
    Department,
    EventKind,
    Ticket,
    TicketType,
)
from wagtail_escalated.permissions import AGENT, MANAGER, standing_of

MAX_BODY_LENGTH = 1_000_000
PREVIEW_LENGTH = 200


def create(
    *,
    subject: str,
    description: str | MessageBody,
    requester: Any,
    actor: Any,
    priority: str | None = None,
    type: str | None = None,
    department: Department | None = None,
    tags: Sequence[str] = (),
    channel: str | None = None,
    site: Site | None = None,
    attachments: Sequence[Any] = (),
    cc: Sequence[str] = (),
    fields: Mapping[str, Any] | None = None,
    proved: bool = False,
    now: datetime | None = None,
) -> Ticket:
    """Open a ticket for a requester (a ``Contact`` or a user).

    ``fields`` are custom fields by their keys; a door that cannot ask for them, as mail, gives ``None``: then
    none is required. ``proved`` says that it was shown that the requester wrote this (a login, a signed letter).
    Raises ``InvalidTicket`` with the field, ``AttachmentRejected``, and ``PermissionDenied`` where somebody who works
    on no tickets writes in another's name.
    """
    contact = as_contact(requester)
    _check_actor(actor, contact)
    ticket = _new(
        subject=clean_subject(subject),
        body=clean_body(description, "description"),
        requester=contact,
        priority=known_priority(priority or desk_settings.DEFAULT_PRIORITY),
        type=known_type(type or TicketType.QUESTION),
        department=department,
        channel=_channel(channel, actor, contact),
        site=site or site_of(department),
        proved=proved,
        now=now or timezone.now(),
    )
    values = _values(fields, department, actor)
    prepared = files.prepare(attachments)
    return open_ticket(ticket, actor=actor, prepared=prepared, tags=tags, cc=cc, values=values)


def open_ticket(
    ticket: Ticket,
    *,
    actor: Any,
    prepared: Sequence[files.Prepared] = (),
    tags: Sequence[str] = (),
    cc: Sequence[str] = (),
    values: Iterable[tuple[CustomField, Any]] = (),
    **data: Any,
) -> Ticket:
    """Store a ticket that ``_new`` built, with all that belongs to its beginning, in one transaction."""
    while True:
        ticket.reference = new_reference(ticket.created_at)
        try:
            return _open(
                ticket, actor=actor, prepared=prepared, tags=tags, cc=cc, values=values, data=data
            )
        except _NotStored as failure:
            if not Ticket.objects.filter(reference=ticket.reference).exists():
                raise failure.cause from None


class _NotStored(Exception):
    """The row was refused, as when another ticket has its reference; nothing else was written."""

    def __init__(self, cause: IntegrityError):
        self.cause = cause
        super().__init__(str(cause))


def _open(
    ticket: Ticket,
    *,
    actor: Any,
    prepared: Sequence[files.Prepared],
    tags: Sequence[str],
    cc: Sequence[str],
    values: Iterable[tuple[CustomField, Any]],
    data: Mapping[str, Any],
) -> Ticket:
    with transaction.atomic():
        _insert(ticket)
        files.attach(prepared, ticket)
        change = Change(ticket, actor=actor, now=ticket.created_at)
        named = tags_named(tags)
        if named:
            ticket.tags.add(*named)
        copy_to(ticket, cc)
        custom_fields.write_first(ticket, values)
        change.record(EventKind.CREATED, channel=ticket.channel, **data)
        sla.start_clocks(ticket, now=ticket.created_at)
        if ticket.department and ticket.department.auto_assign:
            assign_automatically(change)
        # The row is new: its first version is the one just written.
        ticket.version = ticket.public_version = 0
        change.finish()
    return ticket


def _new(*, body: MessageBody, now: datetime, **fields: Any) -> Ticket:
    return Ticket(
        description=body.text,
        description_html=body.html,
        description_quoted=body.quoted_text,
        description_quoted_html=body.quoted_html,
        created_at=now,
        updated_at=now,
        public_updated_at=now,
        status_changed_at=now,
        last_message_at=now,
        last_message_preview=preview_of(body.text),
        **fields,
    )


new_ticket = _new


def _values(
    fields: Mapping[str, Any] | None, department: Department | None, actor: Any
) -> list[tuple[CustomField, Any]]:
    if fields is None:
        return []
    works = bool(standing_of(actor).roles & {AGENT, MANAGER})
    return custom_fields.read_submitted(department, fields, by_customer=not works)


def _check_actor(actor: Any, contact: Contact) -> None:
    if actor is SYSTEM or actor == contact:
        return
    standing = standing_of(actor)
    if standing.roles & {AGENT, MANAGER}:
        return
    user_writes_own = standing.user is not None and contact.user_id in (None, standing.user.pk)
    if not (user_writes_own and as_contact(standing.user) == contact):
        raise PermissionDenied


def _channel(channel: str | None, actor: Any, contact: Contact) -> str:
    if channel:
        return Channel(channel).value
    by_agent = bool(standing_of(actor).roles & {AGENT, MANAGER}) and actor is not SYSTEM
    return Channel.AGENT if by_agent and contact.user_id != actor.pk else Channel.WEB


def site_of(department: Department | None) -> Site:
    """The department's site, else the default one, else the first."""
    if department is not None and department.site_id:
        return department.site
    site = remembered(
        "default site", lambda: Site.objects.order_by("-is_default_site", "pk").first()
    )
    if site is None:
        raise InvalidTicket("site", _("There is no Wagtail site yet."))
    return site


def clean_subject(subject: str) -> str:
    """One line, not blank, at most 250 characters."""
    cleaned = " ".join(subject.replace("\x00", "").split())
    if not cleaned:
        raise InvalidTicket("subject", _("Say in a few words what it is about."))
    if len(cleaned) > SUBJECT_LENGTH:
        raise InvalidTicket(
            "subject",
            _("The subject is longer than %(limit)s characters.") % {"limit": SUBJECT_LENGTH},
        )
    return cleaned


def clean_body(body: str | MessageBody, field: str) -> MessageBody:
    """A body that is not blank and not longer than a million characters."""
    if isinstance(body, str):
        body = MessageBody.from_text(body)
    if body.is_blank and not body.quoted_text.strip():
        raise InvalidTicket(field, _("Write something first."))
    if max(len(body.text), len(body.html)) > MAX_BODY_LENGTH:
        raise InvalidTicket(field, _("The text is too long."))
    return body


def preview_of(text: str) -> str:
    """The beginning of a message in one line, for lists."""
    return " ".join(text[: PREVIEW_LENGTH * 3].split())[:PREVIEW_LENGTH]


def copy_to(ticket: Ticket, addresses: Sequence[str]) -> list[Contact]:
    """Put addresses into Cc: from now on they get the replies and may answer by mail. Returns who is new there."""
    if not addresses:
        return []
    contacts = [contact_for_address(address) for address in addresses]
    meant = [contact for contact in contacts if contact.pk != ticket.requester_id]
    there = set(ticket.copied.values_list("contact", flat=True))
    CopiedContact.objects.bulk_create(
        [CopiedContact(ticket=ticket, contact=contact) for contact in meant], ignore_conflicts=True
    )
    # Who followed by choice takes part from now on.
    CopiedContact.objects.filter(ticket=ticket, contact__in=meant).update(by_choice=False)
    return [contact for contact in meant if contact.pk not in there]


def _insert(ticket: Ticket) -> None:
    try:
        ticket.save(force_insert=True)
    except IntegrityError as error:
        ticket.pk = None
        raise _NotStored(error) from error


def new_reference(at: datetime) -> str:
    """``ESC-2604-0A1B2C``: prefix, year and month in UTC, six random hexadecimal digits."""
    return f"{desk_settings.REFERENCE_PREFIX}-{at:%y%m}-{secrets.token_hex(3).upper()}"
