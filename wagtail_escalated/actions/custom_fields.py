"""A desk's own fields: what a ticket says in them, and which of them must be filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated import custom_values
from wagtail_escalated.actions import sla
from wagtail_escalated.actions.change import Change, changing
from wagtail_escalated.actions.sla_policies import fields_that_decide
from wagtail_escalated.custom_values import Value
from wagtail_escalated.exceptions import FieldsMissing, InvalidFieldValue
from wagtail_escalated.models import (
    CustomField,
    CustomFieldValue,
    Department,
    EventKind,
    Ticket,
)

#: Plain texts by the field's primary key as text: as JSON keeps it.
PlainValues = dict[str, list[str]]


def set_field(
    ticket: Ticket, key: str, value: Any, *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Say what a ticket has in a field; ``None`` or an empty text takes the value away."""
    return set_fields(ticket, {key: value}, actor=actor, now=now)


def set_fields(
    ticket: Ticket, values: Mapping[str, Any], *, actor: Any, now: datetime | None = None
) -> Ticket:
    """Several fields by their keys, all or none; each that changes has its own row in the history.

    Raises ``InvalidFieldValue`` for a field that is unknown, switched off or of another department, and for a
    value that is none of its type.
    """
    with changing(ticket, actor=actor, verb="work", now=now) as change:
        fields = _fields_named(values, ticket.department_id)
        for key, raw in values.items():
            field = _checked(fields, key)
            value = custom_values.read(field, raw)
            if value is not None and not field.belongs:
                raise InvalidFieldValue(
                    key, _("Tickets of this department have no field “%(name)s”.") % {"name": field}
                )
            _set(change, field, value)
    return ticket


def read_submitted(
    department: Department | None, given: Mapping[str, Any], *, by_customer: bool
) -> list[tuple[CustomField, Value]]:
    """The values of a new ticket by their fields' keys. What a customer is not asked for is ignored.

    Raises ``InvalidFieldValue`` where one is wrong, or missing although it is required.
    """
    fields = CustomField.objects.for_department(department.pk if department else None)
    if by_customer:
        fields = fields.asked_of_customers()
    by_key = {field.key: field for field in fields.prefetch_related("choices")}
    if not by_customer:
        for key in given:
            _checked(by_key, key)
    read = [(field, custom_values.read(field, given.get(key))) for key, field in by_key.items()]
    for field, value in read:
        if value is None and field.required_to_submit:
            raise InvalidFieldValue(field.key, _("Fill in “%(name)s”.") % {"name": field.name})
    return [(field, value) for field, value in read if value is not None]


def write_first(ticket: Ticket, values: Iterable[tuple[CustomField, Value]]) -> None:
    """The values that a new ticket begins with; its first row in the history tells of them all."""
    rows = [row for field, value in values for row in custom_values.rows_for(ticket, field, value)]
    if rows:
        CustomFieldValue.objects.bulk_create(rows)


def values_of(ticket: Ticket) -> list[tuple[CustomField, Value]]:
    """Every value of a ticket, for another that begins with the same ones."""
    rows = CustomFieldValue.objects.of(ticket).select_related("field", "choice")
    by_field: dict[CustomField, list[CustomFieldValue]] = {}
    for row in rows:
        by_field.setdefault(row.field, []).append(row)
    return [(field, custom_values.value_of(field, found)) for field, found in by_field.items()]


def check_filled_in(ticket: Ticket) -> None:
    """Raises ``FieldsMissing`` with those that must have a value before the ticket is resolved."""
    there = CustomFieldValue.objects.filter(ticket=ticket).values("field")
    needed = CustomField.objects.for_department(ticket.department_id).filter(
        required_to_resolve=True
    )
    missing = list(needed.exclude(pk__in=there).values_list("name", "key"))
    if missing:
        raise FieldsMissing([name for name, _key in missing], [key for _name, key in missing])


def plain_values(ticket: Ticket) -> PlainValues:
    """What ``put_back`` gives back. One query."""
    return plain_values_of([ticket.pk]).get(ticket.pk, {})


def plain_values_of(tickets: Collection[int]) -> dict[int, PlainValues]:
    """The same of many, by their keys, in one query; those without values are left out."""
    found: dict[int, PlainValues] = {}
    rows = CustomFieldValue.objects.filter(ticket__in=tickets)
    for ticket, field, text in rows.order_by("pk").values_list("ticket", "field", "plain"):
        found.setdefault(ticket, {}).setdefault(str(field), []).append(text)
    return found


def put_back(change: Change, before: PlainValues) -> bool:
    """Give a ticket the values back that it had. Whether that may change its SLA policy.

    What can no longer be, as the field or the answer is gone, stays as it is.
    """
    now = plain_values(change.ticket)
    keys = {int(key) for key in {*before, *now} if before.get(key) != now.get(key)}
    if not keys:
        return False
    fields = CustomField.objects.filter(pk__in=keys).prefetch_related("choices")
    for field in fields:
        try:
            value = _read_plain(field, before.get(str(field.pk), []))
        except InvalidFieldValue:
            continue
        _store(change.ticket, field, value, field.values.filter(ticket=change.ticket))
        if field.visible_to_customers:
            change.touch_customer()
    return not fields_that_decide().isdisjoint(field.key for field in fields)


def tickets_with(field: CustomField) -> int:
    """How many tickets have a value of the field."""
    return field.values.values("ticket").distinct().count()


def _fields_named(keys: Iterable[str], department_pk: int | None) -> dict[str, CustomField]:
    fields = CustomField.objects.annotate_belonging(department_pk).filter(key__in=list(keys))
    return {field.key: field for field in fields.prefetch_related("choices")}


def _checked(fields: Mapping[str, CustomField], key: str) -> CustomField:
    if key not in fields:
        raise InvalidFieldValue(key, _("There is no field “%(key)s”.") % {"key": key[:80]})
    return fields[key]


def _read_plain(field: CustomField, texts: Sequence[str]) -> Value | None:
    return custom_values.read(field, texts if field.has_choices else "".join(texts))


def _set(change: Change, field: CustomField, value: Value | None) -> None:
    there = list(CustomFieldValue.objects.of(change.ticket).filter(field=field))
    before = custom_values.value_of(field, there)
    if custom_values.plain(field, before) == custom_values.plain(field, value):
        return
    _store(change.ticket, field, value, there)
    change.record(
        EventKind.FIELD,
        key=field.key,
        name=field.name,
        type=field.type,
        before=_told(field, before),
        after=_told(field, value),
    )
    if field.visible_to_customers:
        change.touch_customer()
    if field.key in fields_that_decide():
        sla.recompute(change.ticket, now=change.now)


def _store(
    ticket: Ticket, field: CustomField, value: Value | None, there: Sequence[CustomFieldValue]
) -> None:
    """Instead of the rows that are ``there``."""
    rows = custom_values.rows_for(ticket, field, value)
    if there:
        CustomFieldValue.objects.filter(pk__in=[row.pk for row in there]).delete()
    if rows:
        CustomFieldValue.objects.bulk_create(rows)


def _told(field: CustomField, value: Value | None) -> list[str]:
    """For the history: answers as they were called then, anything else as a plain text."""
    if field.has_choices:
        return [choice.label for choice in value or ()]
    return custom_values.plain(field, value)
