"""What conditions may ask about. ``register`` adds a field; nothing else has to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wagtail_escalated import filters
from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.filters import TicketFilter
from wagtail_escalated.hours import CalendarError, latest_start
from wagtail_escalated.models import CalendarVersion, SLAClock, normalise_address

#: Operator → what stands between field and value.
OPERATORS: dict[str, Promise] = {
    "is": _("is"),
    "is_not": _("is not"),
    "any": _("has any of"),
    "all": _("has all of"),
    "none": _("has none of"),
    "contains": _("contains"),
    "contains_not": _("does not contain"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "from_day": _("is on or after"),
    "to_day": _("is on or before"),
    "yes": _("is true"),
    "no": _("is not true"),
    "empty": _("is empty"),
    "filled": _("is not empty"),
}
CHOICE, TAGS, WORDS = ("is", "is_not"), ("any", "all", "none"), ("contains", "contains_not")
TEXT = (*WORDS, *CHOICE)
NUMBER, FLAG = ("at_least", "at_most"), ("yes", "no")
DAY, EMPTY = ("from_day", "to_day"), ("empty", "filled")
#: Operators that need no value, and those that say the opposite of another.
WITHOUT_VALUE = frozenset(FLAG + EMPTY)
NEGATED = {"is_not": "is", "contains_not": "contains", "no": "yes", "filled": "empty"}
A_YEAR_OF_HOURS = 366 * 24


@dataclass(frozen=True, slots=True)
class Asked:
    """A leaf whose value was checked: keys, a text, a number, or nothing."""

    operator: str
    value: Any
    now: datetime


@dataclass(frozen=True, slots=True)
class ConditionField:
    """``query`` answers the positive operator; those of ``NEGATED`` are its opposite."""

    name: str
    label: Promise | str
    operators: tuple[str, ...]
    query: Callable[[Asked], Q]
    #: The name in ``known.VOCABULARIES`` of what may be chosen.
    vocabulary: str = ""
    #: What may be chosen where it is this field's own: key and name.
    choices: tuple[tuple[str, str], ...] = ()
    #: For numbers.
    unit: Promise | str = ""
    lowest: int = 0
    highest: int = A_YEAR_OF_HOURS
    #: How many digits may stand behind the point.
    places: int = 0

    @property
    def value_kind(self) -> str:
        """``choices``, ``text``, ``number``, ``date`` or ``none``."""
        if self.vocabulary or self.choices:
            return "choices"
        compares = set(self.operators) - set(EMPTY)
        kinds = {"date": DAY, "none": FLAG, "number": NUMBER}
        found = (kind for kind, operators in kinds.items() if compares == set(operators))
        return next(found, "text")


def _filtered(name: str) -> Callable[[Asked], Q]:
    """What a saved view's filter of this name holds."""
    return lambda asked: filters.query_of(
        _only(filters.from_json({name: asked.value})), now=asked.now
    )


def _only(wanted: TicketFilter) -> TicketFilter:
    # A saved view leaves spam out unless told otherwise; so does each rule, for all its conditions at once.
    return replace(wanted, spam=None)


def _tagged(asked: Asked) -> Q:
    wanted = filters.from_json({f"tags_{asked.operator}": asked.value})
    return filters.query_of(_only(wanted), now=asked.now)


def _text_in(*columns: str) -> Callable[[Asked], Q]:
    """Whatever the case. A column behind a key that may be missing is empty where it is."""

    def query(asked: Asked) -> Q:
        if asked.operator == "empty":
            return Q(**{f"{columns[0]}__isnull": True})
        found, lookup = Q(), "iexact" if asked.operator == "is" else "icontains"
        for column in columns:
            found |= Q(**{f"{column}__{lookup}": asked.value})
        return found

    return query


def _from_address(asked: Asked) -> Q:
    address = normalise_address(asked.value)
    if address.startswith("@"):
        return Q(requester__address__endswith=address)
    return Q(requester__address=address)


def _hours_since(column: str) -> Callable[[Asked], Q]:
    """At least so many hours ago: at or before that moment. What never happened is neither."""

    def query(asked: Asked) -> Q:
        moment = asked.now - timedelta(hours=asked.value)
        before = "lte" if asked.operator == "at_least" else "gte"
        return Q(**{f"{column}__{before}": moment})

    return query


def _minutes_left(asked: Asked) -> Q:
    """Until the next deadline, as the clock on the wall counts; a deadline that passed has none left."""
    moment = asked.now + timedelta(minutes=asked.value)
    if asked.operator == "at_most":
        return Q(is_open=True, sla_paused=False, next_due_at__lte=moment)
    return Q(is_open=True, sla_paused=False, next_due_at__gte=moment)


def _percent_used(asked: Asked) -> Q:
    """Of a promise's target, as its clock counts; the promise furthest on counts."""
    if asked.operator == "at_least":
        return Q(is_open=True, pk__in=_used(asked, beyond=timedelta()))
    return Q(is_open=True) & ~Q(pk__in=_used(asked, beyond=timedelta(microseconds=1)))


def _used(asked: Asked, *, beyond: timedelta) -> QuerySet[Any]:
    """Tickets with a promise of which so many per cent are used up.

    All clocks of one calendar and target have reached it that count from one moment or earlier, so the
    calendar is asked once for each such pair and the database does the rest.
    """
    running = SLAClock.objects.filter(met_at=None)
    pairs = set(running.values_list("calendar", "target").order_by().distinct())
    calendars = CalendarVersion.objects.in_bulk({pk for pk, _target in pairs if pk})
    reached = Q(pk__in=[])
    for pk, target in pairs:
        wanted = target * asked.value / 100 + beyond
        far = Q(used__gte=wanted)
        with suppress(CalendarError):  # so much time there never was
            calendar = calendar_of(calendars.get(pk))
            far |= Q(counts_from__lte=latest_start(calendar, asked.now, wanted))
        reached |= Q(calendar=pk, target=target) & far
    return running.filter(reached).values("ticket_id")


def _missed(asked: Asked) -> Q:
    clocks = SLAClock.objects.filter(metric__in=asked.value, breached_at__isnull=False)
    return Q(pk__in=clocks.values("ticket_id"))


def _flag(query: Q) -> Callable[[Asked], Q]:
    return lambda asked: query


def _choice(name: str, label: Promise, vocabulary: str) -> ConditionField:
    return ConditionField(name, label, CHOICE, _filtered(name), vocabulary)


def _hours(name: str, label: Promise, column: str) -> ConditionField:
    return ConditionField(name, label, NUMBER, _hours_since(column), unit=_("hours"))


_FIELDS: dict[str, ConditionField] = {}


def register(*fields: ConditionField) -> None:
    _FIELDS.update({field.name: field for field in fields})


class Family(NamedTuple):
    """Fields that stand in a table. ``query`` needs no look at it: the field's name says enough."""

    prefix: str
    fields: Callable[[], Iterable[ConditionField]]
    query: Callable[[str, Asked], Q]


_families: list[Family] = []


def register_family(family: Family) -> None:
    _families.append(family)


def all_fields() -> dict[str, ConditionField]:
    """By name, in the order in which they are offered."""
    found = dict(_FIELDS)
    for family in _families:
        found.update({field.name: field for field in family.fields()})
    return found


def query_for(name: str) -> Callable[[Asked], Q]:
    """What a field asks, without a query. Raises ``KeyError`` for a field that is not there."""
    for family in _families:
        if name.startswith(family.prefix):
            return partial(family.query, name)
    return _FIELDS[name].query


register(
    _choice("status", _("Status"), "status"),
    _choice("priority", _("Priority"), "priority"),
    _choice("type", _("Type"), "type"),
    _choice("channel", _("Channel"), "channel"),
    _choice("department", _("Department"), "department_or_none"),
    _choice("assignee", _("Assignee"), "agent_or_nobody"),
    ConditionField("tags", _("Tags"), TAGS, _tagged, "tag"),
    _choice("sla", _("SLA"), "sla"),
    ConditionField("sla_missed", _("Missed promise"), CHOICE, _missed, "metric"),
    ConditionField(
        "sla_percent",
        _("Time used of an SLA promise"),
        NUMBER,
        _percent_used,
        unit=_("per cent"),
        highest=1000,
    ),
    ConditionField(
        "minutes_left",
        _("Time to the next deadline"),
        NUMBER,
        _minutes_left,
        unit=_("minutes"),
        highest=A_YEAR_OF_HOURS * 60,
    ),
    ConditionField("subject", _("Subject"), TEXT, _text_in("subject")),
    ConditionField(
        "words", _("Subject or first message"), WORDS, _text_in("subject", "description")
    ),
    ConditionField("requester", _("Address or @domain of the requester"), CHOICE, _from_address),
    ConditionField(
        "organisation",
        _("Organisation"),
        TEXT + EMPTY,
        _text_in("requester__organisation__name"),
    ),
    ConditionField("open", _("Neither resolved nor closed"), FLAG, _flag(Q(is_open=True))),
    ConditionField("snoozed", _("Snoozed"), FLAG, _flag(Q(snoozed_until__isnull=False))),
    ConditionField(
        "customer_wrote_last",
        _("The last message is the customer's"),
        FLAG,
        _flag(Q(last_message_by_customer=True)),
    ),
    ConditionField(
        "answered", _("An agent has answered"), FLAG, _flag(Q(first_response_at__isnull=False))
    ),
    ConditionField("proved", _("The requester is verified"), FLAG, _flag(Q(proved=True))),
    _hours("hours_since_created", _("Time since it was opened"), "created_at"),
    _hours("hours_since_status", _("Time in this status"), "status_changed_at"),
    _hours("hours_since_message", _("Time since the last message"), "last_message_at"),
    _hours("hours_since_update", _("Time since the last change"), "updated_at"),
    ConditionField(
        "replies",
        _("Number of replies"),
        NUMBER,
        lambda asked: Q(
            **{f"reply_count__{'gte' if asked.operator == 'at_least' else 'lte'}": asked.value}
        ),
        unit=_("replies"),
        highest=100_000,
    ),
)
