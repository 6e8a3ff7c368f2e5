"""Conditions on custom fields, as a part of a ``TicketFilter``: ``cf-<key>`` and what is asked of it.

``cf-device=laptop``: any of these answers (``none``: no value). ``cf-order-contains=4711``,
``cf-order-equals=4711``: text. ``cf-urgent-is=true``: yes or no. ``cf-cost-from=3``, ``cf-cost-to=9``: a number,
or a date as ``2026-05-01``. ``cf-order-empty=true``: no value, ``false``: any value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db.models import Exists, Q, QuerySet

from wagtail_escalated.models import CustomField, CustomFieldValue, Ticket
from wagtail_escalated.models.custom_fields import KEY_LENGTH, NO_VALUE, TEXT_LENGTH

PREFIX = "cf-"
ANY, CONTAINS, EQUALS, IS, FROM, TO = "any", "contains", "equals", "is", "from", "to"
EMPTY = "empty"
PARAMETER = re.compile(
    rf"{PREFIX}([a-z][a-z0-9_]{{0,{KEY_LENGTH - 1}}})(?:-(contains|equals|is|from|to|empty))?"
)
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
MOST = 50


class FieldCondition(NamedTuple):
    key: str
    #: ``any``, ``contains``, ``equals``, ``is``, ``from``, ``to`` or ``empty``.
    operator: str
    values: tuple[str, ...]

    @property
    def parameter(self) -> str:
        return PREFIX + self.key + ("" if self.operator == ANY else f"-{self.operator}")


def is_parameter(name: str) -> bool:
    return name.startswith(PREFIX)


def read(name: str, raw: Iterable[Any]) -> FieldCondition | None:
    """A parameter and its values; ``None`` where they say nothing that can be asked."""
    match = PARAMETER.fullmatch(name)
    if match is None:
        return None
    key, operator = match[1], match[2] or ANY
    values = tuple(dict.fromkeys(filter(None, (_READERS[operator](v) for v in raw))))[:MOST]
    if operator != ANY:
        values = values[-1:]
    return FieldCondition(key, operator, values) if values else None


def read_all(raw: Mapping[str, Iterable[Any]]) -> tuple[FieldCondition, ...]:
    """The conditions among some parameters, in one order whatever theirs is."""
    found = (read(name, values) for name, values in sorted(raw.items()) if is_parameter(name))
    return tuple(condition for condition in found if condition is not None)


def apply(tickets: QuerySet[Ticket], conditions: Iterable[FieldCondition]) -> QuerySet[Ticket]:
    """Those that meet each of them. A condition on a field that is gone holds for no ticket."""
    for condition in conditions:
        tickets = tickets.filter(query_of(condition))
    return tickets


def query_of(condition: FieldCondition) -> Q:
    """One condition, for a query that joins several of them its own way."""
    values = CustomFieldValue.objects.filter(field__key=condition.key)
    if condition.operator == EMPTY:
        return _without(values, condition.key) if condition.values[0] == "true" else _among(values)
    if condition.operator != ANY:
        return _among(values.filter(_asked(condition)))
    wanted = [key for key in condition.values if key != NO_VALUE]
    query = _among(values.filter(choice__key__in=wanted)) if wanted else Q(pk__in=[])
    if NO_VALUE in condition.values:
        query |= _without(values, condition.key)
    return query


def _without(values: QuerySet[CustomFieldValue], key: str) -> Q:
    """A field that is gone has no empty values."""
    return ~_among(values) & Q(Exists(CustomField.objects.filter(key=key)))


def _among(values: QuerySet[CustomFieldValue]) -> Q:
    return Q(pk__in=values.values("ticket"))


def _asked(condition: FieldCondition) -> Q:
    text = condition.values[0]
    if condition.operator == CONTAINS:
        return Q(folded__contains=text.casefold())
    if condition.operator == EQUALS:
        return Q(folded=text.casefold())
    if condition.operator == IS:
        return Q(boolean=text == "true")
    bound = _number_or_date(text)
    column = "number" if isinstance(bound, Decimal) else "date"
    return Q(**{f"{column}__{'gte' if condition.operator == FROM else 'lte'}": bound})


def _number_or_date(text: str) -> Decimal | date:
    try:
        return Decimal(text)
    except InvalidOperation:
        return date.fromisoformat(text)


def _answer(raw: Any) -> str:
    text = str(raw)[: KEY_LENGTH + 1]
    return text if _KEY.match(text) and len(text) <= KEY_LENGTH else ""


def _text(raw: Any) -> str:
    return " ".join(str(raw).replace("\x00", "").split())[:TEXT_LENGTH]


def _flag(raw: Any) -> str:
    words = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false"}
    return (words | {"no": "false"}).get(str(raw).lower(), "")


def _bound(raw: Any) -> str:
    text = str(raw).strip()[:40]
    try:
        bound = _number_or_date(text)
    except ValueError:
        return ""
    if isinstance(bound, Decimal):
        return text if bound.is_finite() and abs(bound) < Decimal(10) ** 11 else ""
    return bound.isoformat()


_READERS = {
    ANY: _answer,
    CONTAINS: _text,
    EQUALS: _text,
    IS: _flag,
    FROM: _bound,
    TO: _bound,
    EMPTY: _flag,
}
