"""The columns of the inbox: their headings, and the rows beneath."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column

from wagtail_escalated.models import CustomField, Ticket

from ..many_urls import urls_below
from .cells import cells_of, snoozed_chip
from .custom_fields import with_values

LABELS = {
    "requester": gettext_lazy("Requester"),
    "assignee": gettext_lazy("Assignee"),
    "department": gettext_lazy("Department"),
    "priority": gettext_lazy("Priority"),
    "status": gettext_lazy("Status"),
    "type": gettext_lazy("Type"),
    "tags": gettext_lazy("Tags"),
    "sla": gettext_lazy("SLA"),
    "created_at": gettext_lazy("Created"),
    "last_message_at": gettext_lazy("Last"),
}
SORT_KEYS = {"sla": "next_due_at", "tags": None}


def columns_named(names: Iterable[str], custom: Mapping[str, CustomField]) -> list[Column]:
    """The subject comes first always; a click on a heading sorts. ``custom`` are fields by their columns."""
    subject = Column(
        "subject", label=gettext_lazy("Ticket"), sort_key="subject", classname="esc-col-subject"
    )
    others = [
        Column(name, label=custom[name].name, classname="esc-col-custom")
        if name in custom
        else Column(
            name,
            label=LABELS[name],
            sort_key=SORT_KEYS.get(name, name),
            classname=f"esc-col-{name.replace('_', '-')}",
        )
        for name in names
    ]
    return [subject, *others]


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket as a row shows it; nothing in it asks the database."""

    ticket: Ticket
    reference: str
    version: int
    url: str
    select_label: str
    unread: bool
    snoozed: SafeString | str
    #: With the words of a search marked, where something is searched for.
    subject: SafeString | str
    preview: SafeString | str
    #: Whether the desk wrote what ``preview`` shows.
    by_us: bool
    cells: Sequence[SafeString]


#: From so many replies and notes on, a ticket opens at its newest message.
LONG = 4


def _at_the_newest(ticket: Ticket) -> str:
    return "#newest" if ticket.reply_count + ticket.note_count >= LONG else ""


def for_rows(
    tickets: QuerySet[Ticket], *, user: Any, with_tags: bool, with_custom: bool
) -> QuerySet[Ticket]:
    """With all that rows show, in one query, and one more for tags and custom fields where they are shown."""
    tickets = tickets.select_related("requester", "assignee__user", "department").annotate(
        mark=FilteredRelation("read_marks", condition=Q(read_marks__user=user)),
        read_version=F("mark__version"),
    )
    if with_custom:
        tickets = with_values(tickets)
    return tickets.prefetch_related("tags") if with_tags else tickets


def rows_of(
    tickets: Sequence[Ticket],
    names: tuple[str, ...],
    custom: Mapping[str, CustomField],
    *,
    now: datetime,
    list_query: str = "",
) -> list[Row]:
    """With the columns ``names``, of which ``custom`` are fields. ``tickets`` came through ``for_rows``."""
    url_of, query = urls_below("ticket"), f"?{list_query}" if list_query else ""
    select = _("Select %(reference)s")
    return [
        Row(
            ticket=ticket,
            reference=ticket.reference,
            version=ticket.version,
            url=f"{url_of(ticket.reference)}{query}{_at_the_newest(ticket)}",
            select_label=select % {"reference": ticket.reference},
            unread=(ticket.read_version or 0) < ticket.version,
            snoozed=snoozed_chip(ticket),
            subject=ticket.subject,
            preview=ticket.last_message_preview,
            by_us=not ticket.last_message_by_customer,
            cells=cells_of(ticket, names, custom, now),
        )
        for ticket in tickets
    ]
