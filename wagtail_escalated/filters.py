"""Which tickets: one typed, versioned structure for inbox, saved views, counts, exports, rules and API.

A ``TicketFilter`` is read from a query string (``from_query``) or from a stored view (``from_json``), and turned
into a queryset by ``apply``. Several values of one field mean *any of them*; several fields mean *all of them*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wagtail_escalated import field_conditions
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.field_conditions import FieldCondition
from wagtail_escalated.models import (
    PRIORITY_NAMES,
    Channel,
    Follower,
    Priority,
    Status,
    Ticket,
    TicketType,
    normalise_address,
)
from wagtail_escalated.permissions import agent_profile, works_inside
from wagtail_escalated.ticket_search import matching

VERSION = 1
ME, NOBODY, NONE = "me", "nobody", "none"
SLA_STATES = ("breached", "due_soon", "running", "paused", "none")
MAX_SEARCH_LENGTH = 200

#: What ``ordering`` may name (with ``-`` for descending), and the columns behind it.
ORDERINGS: dict[str, str] = {
    "reference": "reference",
    "subject": "subject",
    "requester": "requester__name",
    "assignee": "assignee",
    "department": "department__name",
    "status": "status",
    "priority": "priority",
    "type": "type",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "last_message_at": "last_message_at",
    "next_due_at": "next_due_at",
}
DEFAULT_ORDERING = "-last_message_at"


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Empty fields do not narrow. Names are the contract's; keys are primary keys."""

    status: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    #: Keys of departments, or ``"none"``.
    department: tuple[str, ...] = ()
    #: Keys of agent profiles, ``"me"`` or ``"nobody"``.
    assignee: tuple[str, ...] = ()
    #: Keys of tags.
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    #: An address, or the key of a contact.
    requester: str = ""
    sla: tuple[str, ...] = ()
    open: bool | None = None
    snoozed: bool | None = None
    spam: bool | None = False
    #: Whether it was shown that the requester wrote it: by a login, or by the mail's signature.
    proved: bool | None = None
    #: Only what the reader follows, or is mentioned in.
    following: bool = False
    mentions: bool = False
    #: Dates in the reader's zone, both ends included.
    created_from: date | None = None
    created_to: date | None = None
    updated_from: date | None = None
    updated_to: date | None = None
    search: str = ""
    #: Custom fields; each condition has to hold.
    custom: tuple[FieldCondition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As stored in a saved view: only what differs from the empty filter, and the version."""
        data: dict[str, Any] = {"version": VERSION}
        for name, value in self._set_fields().items():
            data[name] = _plain(value)
        data.pop("custom", None)
        for condition in self.custom:
            data[condition.parameter] = list(condition.values)
        return data

    def to_query(self) -> str:
        """As a query string; ``from_query`` reads it back."""
        pairs = [
            (name, _as_text(item))
            for name, value in self._set_fields().items()
            if name != "custom"
            for item in (value if isinstance(value, tuple) else (value,))
        ]
        pairs += [(one.parameter, item) for one in self.custom for item in one.values]
        return urlencode(pairs)

    def _set_fields(self) -> dict[str, Any]:
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    @property
    def is_empty(self) -> bool:
        return not self._set_fields()


def from_query(query: Any) -> TicketFilter:
    """From ``request.GET``. What is unknown or malformed is left out, so that any URL shows a list."""
    raw = {name: query.getlist(name) for name in query if _is_known(name)}
    return _read(raw)


def from_json(data: Mapping[str, Any]) -> TicketFilter:
    """From a stored view or a rule. What this version does not know is left out."""
    raw = {
        name: value if isinstance(value, list) else [value]
        for name, value in data.items()
        if _is_known(name)
    }
    return _read(raw)


def apply(
    tickets: QuerySet[Ticket],
    wanted: TicketFilter,
    *,
    user: Any = None,
    zone: str = "UTC",
    now: datetime | None = None,
) -> QuerySet[Ticket]:
    """Narrow a queryset, which should come from ``tickets_for``. ``user`` is who *me* is."""
    tickets = tickets.filter(query_of(wanted, user=user, zone=zone, now=now))
    tickets = field_conditions.apply(tickets, wanted.custom)
    if not wanted.search:
        return tickets
    # What a note says must not be guessed from what a search finds.
    return matching(tickets, wanted.search, with_notes=works_inside(user))


def query_of(
    wanted: TicketFilter, *, user: Any = None, zone: str = "UTC", now: datetime | None = None
) -> Q:
    """All of a filter but its search and its custom fields, for ``apply`` and for the conditions of rules."""
    now = now or timezone.now()
    query = _of_choices(wanted) & _of_people(wanted, user) & _of_times(wanted, zone)
    return query & _of_states(wanted, now) & _of_tags(wanted)


def ordered(tickets: QuerySet[Ticket], ordering: str) -> QuerySet[Ticket]:
    """In one of ``ORDERINGS``, tickets without the value last, ties by key. Unknown: the default."""
    name = ordering.removeprefix("-")
    if name not in ORDERINGS:
        ordering, name = DEFAULT_ORDERING, DEFAULT_ORDERING.removeprefix("-")
    column = F(ORDERINGS[name])
    nullable = name in ("next_due_at", "assignee", "department")
    if ordering.startswith("-"):
        return tickets.order_by(column.desc(nulls_last=True) if nullable else column.desc(), "-pk")
    return tickets.order_by(column.asc(nulls_last=True) if nullable else column.asc(), "pk")


def _of_choices(wanted: TicketFilter) -> Q:
    query = Q()
    if wanted.status:
        query &= Q(status__in=wanted.status)
    if wanted.priority:
        query &= Q(priority__in=[Priority.from_name(name) for name in wanted.priority])
    if wanted.type:
        query &= Q(type__in=wanted.type)
    if wanted.channel:
        query &= Q(channel__in=wanted.channel)
    if wanted.department:
        query &= _keys_or_none("department", wanted.department, NONE)
    return query


def _of_people(wanted: TicketFilter, user: Any) -> Q:
    query = Q()
    if wanted.assignee:
        query &= _of_assignee(wanted.assignee, user)
    if wanted.requester:
        query &= _of_requester(wanted.requester)
    if wanted.following:
        query &= Q(pk__in=Follower.objects.filter(user=user).values("ticket_id"))
    if wanted.mentions:
        query &= Q(pk__in=Ticket.objects.filter(notes__mentions=user).values("pk"))
    return query


def _of_assignee(values: tuple[str, ...], user: Any) -> Q:
    query = _keys_or_none("assignee", tuple(v for v in values if v != ME), NOBODY)
    if ME in values:
        profile = agent_profile(user) if user is not None else None
        mine = Q(assignee=profile) if profile else Q(pk__in=[])
        query = query | mine if len(values) > 1 else mine
    return query


def _of_requester(value: str) -> Q:
    if value.isdigit():
        return Q(requester_id=int(value))
    return Q(requester__address=normalise_address(value))


def _of_states(wanted: TicketFilter, now: datetime) -> Q:
    query = Q()
    if wanted.open is not None:
        query &= Q(is_open=wanted.open)
    if wanted.snoozed is not None:
        query &= Q(snoozed_until__isnull=not wanted.snoozed)
    if wanted.spam is not None:
        query &= Q(is_spam=wanted.spam)
    if wanted.proved is not None:
        query &= Q(proved=wanted.proved)
    if wanted.sla:
        states = _sla_states(now)
        any_of = Q()
        for state in wanted.sla:
            any_of |= states[state]
        query &= any_of
    return query


def _sla_states(now: datetime) -> dict[str, Q]:
    soon = now + timedelta(minutes=desk_settings.SLA["WARNING_MINUTES"])
    running = Q(is_open=True, sla_paused=False, next_due_at__isnull=False)
    return {
        "breached": Q(sla_breached=True) | (Q(is_open=True) & Q(next_due_at__lt=now)),
        "due_soon": running & Q(next_due_at__gte=now, next_due_at__lte=soon),
        "running": running & Q(next_due_at__gte=now),
        "paused": Q(is_open=True, sla_paused=True),
        "none": Q(is_open=True, sla_paused=False, next_due_at=None),
    }


def _of_times(wanted: TicketFilter, zone: str) -> Q:
    query = Q()
    for column in ("created", "updated"):
        first, last = getattr(wanted, f"{column}_from"), getattr(wanted, f"{column}_to")
        if first:
            query &= Q(**{f"{column}_at__gte": _midnight(first, zone)})
        if last:
            query &= Q(**{f"{column}_at__lt": _midnight(last + timedelta(days=1), zone)})
    return query


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _of_tags(wanted: TicketFilter) -> Q:
    through = Ticket.tags.through.objects
    query = Q()
    if wanted.tags_any:
        query &= Q(pk__in=through.filter(tag_id__in=wanted.tags_any).values("ticket_id"))
    for tag in wanted.tags_all:
        query &= Q(pk__in=through.filter(tag_id=tag).values("ticket_id"))
    if wanted.tags_none:
        query &= ~Q(pk__in=through.filter(tag_id__in=wanted.tags_none).values("ticket_id"))
    return query


def _keys_or_none(column: str, values: tuple[str, ...], none: str) -> Q:
    keys = [int(value) for value in values if value != none]
    query = Q(**{f"{column}_id__in": keys})
    return query | Q(**{f"{column}__isnull": True}) if none in values else query


# Reading: each field's reader takes the list of raw values and answers the field's value, or ``None``.


def _choices(allowed: Any) -> Any:
    allowed = frozenset(allowed)
    return lambda raw: tuple(dict.fromkeys(v for v in raw if v in allowed)) or None


def _keys(*words: str) -> Any:
    def read(raw: list[Any]) -> tuple[str, ...] | None:
        texts = [str(value) for value in raw]
        return tuple(dict.fromkeys(t for t in texts if t in words or _is_key(t))) or None

    return read


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _text(raw: list[Any]) -> str | None:
    text = " ".join(str(raw[-1]).replace("\x00", "").split())[:MAX_SEARCH_LENGTH] if raw else ""
    return text or None


def _flag(raw: list[Any]) -> bool | None:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return words.get(str(raw[-1]).lower()) if raw else None


def _date(raw: list[Any]) -> date | None:
    try:
        day = date.fromisoformat(str(raw[-1]))
    except (ValueError, IndexError):
        return None
    return day if 1900 <= day.year <= 2500 else None


READERS: dict[str, Any] = {
    "status": _choices(Status.values),
    "priority": _choices(PRIORITY_NAMES),
    "type": _choices(TicketType.values),
    "channel": _choices(Channel.values),
    "department": _keys(NONE),
    "assignee": _keys(ME, NOBODY),
    "tags_any": _keys(),
    "tags_all": _keys(),
    "tags_none": _keys(),
    "requester": _text,
    "sla": _choices(SLA_STATES),
    "open": _flag,
    "snoozed": _flag,
    "spam": _flag,
    "proved": _flag,
    "following": _flag,
    "mentions": _flag,
    "created_from": _date,
    "created_to": _date,
    "updated_from": _date,
    "updated_to": _date,
    "search": _text,
}


def _read(raw: Mapping[str, list[Any]]) -> TicketFilter:
    values = {name: READERS[name](items) for name, items in raw.items() if name in READERS}
    given = {name: value for name, value in values.items() if value is not None}
    return replace(TicketFilter(), **given, custom=field_conditions.read_all(raw))


def _is_known(name: str) -> bool:
    return name in READERS or field_conditions.is_parameter(name)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
