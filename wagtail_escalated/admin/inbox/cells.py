"""What each column of the inbox shows of a ticket, as HTML.

Written in Python: a hundred rows of eight cells each are most of what the page costs, and a template takes six
times as long for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from wagtail_escalated import custom_values
from wagtail_escalated.models import CustomField, Priority, Ticket

from .chips import age, priority_chip, sla_chip, status_chip


def cells_of(
    ticket: Ticket, names: tuple[str, ...], custom: Mapping[str, CustomField], now: datetime
) -> list[SafeString]:
    """``ticket`` came through ``columns.for_rows``: no cell asks the database."""
    return [
        _custom(ticket, custom[name]) if name in custom else CELLS[name](ticket, now)
        for name in names
    ]


def _custom(ticket: Ticket, field: CustomField) -> SafeString:
    rows = [row for row in ticket.custom_values.all() if row.field_id == field.pk]
    text = custom_values.shown(field, custom_values.value_of(field, rows))
    if not text:
        return format_html('<td class="{}"></td>', "esc-col-custom")
    # On a phone the row is a card without headings: there the cell says its name itself.
    cell = '<td class="esc-col-custom" data-label="{}:"><span dir="auto">{}</span></td>'
    return format_html(cell, field.name, text)


def _requester(ticket: Ticket, now: datetime) -> SafeString:
    return format_html(
        '<td class="esc-col-requester"><span dir="auto">{}</span></td>', ticket.requester
    )


def _assignee(ticket: Ticket, now: datetime) -> SafeString:
    if ticket.assignee is None:
        return format_html(
            '<td class="esc-col-assignee"><span class="esc-none">{}</span></td>', _("nobody")
        )
    return format_html('<td class="esc-col-assignee">{}</td>', ticket.assignee)


def _department(ticket: Ticket, now: datetime) -> SafeString:
    return format_html('<td class="esc-col-department">{}</td>', ticket.department or "–")


def _priority(ticket: Ticket, now: datetime) -> SafeString:
    chip = priority_chip(ticket)
    return format_html(
        '<td class="esc-col-priority"><span class="esc-priority esc-priority--{}" title="{}">'
        '{}<span class="{}">{}</span></span></td>',
        chip.tone,
        chip.text,
        _icon(chip.icon),
        "w-sr-only" if ticket.priority < Priority.HIGH else "",
        chip.text,
    )


def _status(ticket: Ticket, now: datetime) -> SafeString:
    chip = status_chip(ticket)
    return format_html(
        '<td class="esc-col-status"><span class="esc-status esc-status--{}">{}</span></td>',
        chip.tone,
        chip.text,
    )


def _type(ticket: Ticket, now: datetime) -> SafeString:
    return format_html('<td class="esc-col-type">{}</td>', ticket.get_type_display())


#: The colour is a dot with an outline in the colour of the text, which stays readable beside any of them.
TAG = (
    '<span class="esc-tag"><svg class="esc-tag__dot" viewBox="0 0 16 16" aria-hidden="true">'
    '<circle cx="8" cy="8" r="7" fill="{}" stroke="currentColor"/></svg>{}</span>'
)


def _tags(ticket: Ticket, now: datetime) -> SafeString:
    tags = ((tag.colour, tag.name) for tag in ticket.tags.all())
    return format_html('<td class="esc-col-tags">{}</td>', format_html_join("", TAG, tags))


def _sla(ticket: Ticket, now: datetime) -> SafeString:
    chip = sla_chip(ticket, now)
    if chip is None:
        return format_html('<td class="esc-col-sla">{}</td>', "")
    due = ticket.next_due_at
    return format_html(
        '<td class="esc-col-sla"><span class="esc-chip esc-chip--{}" title="{}">{}{}</span></td>',
        chip.tone,
        _moment(due) if due else "",
        _icon(chip.icon),
        chip.text,
    )


def _created(ticket: Ticket, now: datetime) -> SafeString:
    return _time("esc-col-created-at", ticket.created_at, now)


def _last_message(ticket: Ticket, now: datetime) -> SafeString:
    return _time("esc-col-last-message-at", ticket.last_message_at, now)


def _time(column: str, at: datetime, now: datetime) -> SafeString:
    return format_html(
        '<td class="{}"><time datetime="{}" title="{}">{}</time></td>',
        column,
        at.isoformat(),
        _moment(at),
        age(at, now),
    )


def snoozed_chip(ticket: Ticket) -> SafeString | str:
    """“until tomorrow 9:00”; empty for a ticket that is awake."""
    if ticket.snoozed_until is None:
        return ""
    until = date_format(localtime(ticket.snoozed_until), "SHORT_DATETIME_FORMAT")
    return format_html(
        '<span class="esc-chip esc-chip--paused">{}{}</span>',
        _icon("esc-snooze"),
        _("until %(until)s") % {"until": until},
    )


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")


def _icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon icon-{0}" aria-hidden="true"><use href="#icon-{0}"></use></svg>', name
    )


CELLS: dict[str, Callable[[Ticket, datetime], SafeString]] = {
    "requester": _requester,
    "assignee": _assignee,
    "department": _department,
    "priority": _priority,
    "status": _status,
    "type": _type,
    "tags": _tags,
    "sla": _sla,
    "created_at": _created,
    "last_message_at": _last_message,
}
