"""Custom fields in the inbox: as filters, as what narrows the list, and as columns of an export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.coreutils import multigetattr

from wagtail_escalated import custom_values, field_conditions
from wagtail_escalated.field_conditions import (
    ANY,
    CONTAINS,
    EMPTY,
    FROM,
    IS,
    TO,
    FieldCondition,
)
from wagtail_escalated.filters import TicketFilter
from wagtail_escalated.models import CustomField, CustomFieldValue, FieldType, Ticket
from wagtail_escalated.models.custom_fields import NO_VALUE
from wagtail_escalated.permissions import agent_profile, is_manager

from .controls import FilterField, Option, Pill, query_without


def fields_for(user: Any) -> QuerySet[CustomField]:
    """The active fields of the departments whose tickets the user sees, with their choices."""
    fields = CustomField.objects.filter(active=True).prefetch_related("choices")
    if is_manager(user):
        return fields
    profile = agent_profile(user)
    chosen = CustomField.departments.through.objects.filter(customfield=OuterRef("pk"))
    own = chosen.filter(department__memberships__agent=profile)
    return fields.filter(~Exists(chosen) | Exists(own))


def custom_filter_fields(wanted: TicketFilter, user: Any) -> list[FilterField]:
    """In two queries, however many fields there are."""
    said = {condition.parameter: condition.values for condition in wanted.custom}
    return [control for field in fields_for(user) for control in _controls(field, said)]


def _controls(field: CustomField, said: dict[str, tuple[str, ...]]) -> list[FilterField]:
    name = field_conditions.PREFIX + field.key
    if field.has_choices:
        chosen = said.get(name, ())
        choices = [(choice.key, choice.label) for choice in field.choices.all()]
        options = [Option(k, t, k in chosen) for k, t in [(NO_VALUE, _("None")), *choices]]
        return [FilterField(name, field.name, "many", options)]
    if field.type == FieldType.YES_NO:
        return [_yes_no(f"{name}-{IS}", field, said)]
    if field.type == FieldType.TEXT:
        name = f"{name}-{CONTAINS}"
        return [FilterField(name, field.name, "text", value="".join(said.get(name, ())))]
    kind = "date" if field.type == FieldType.DATE else "number"
    return [
        FilterField(
            f"{name}-{end}",
            _label(field.name, end),
            kind,
            value="".join(said.get(f"{name}-{end}", ())),
        )
        for end in (FROM, TO)
    ]


def _yes_no(name: str, field: CustomField, said: dict[str, tuple[str, ...]]) -> FilterField:
    chosen = "".join(said.get(name, ()))
    flags = [("", _("Any")), ("true", _("Yes")), ("false", _("No"))]
    return FilterField(name, field.name, "one", [Option(k, t, k == chosen) for k, t in flags])


def _label(name: str, operator: str) -> str:
    if operator == FROM:
        return _("%(field)s from") % {"field": name}
    return _("%(field)s until") % {"field": name} if operator == TO else name


def custom_pills(wanted: TicketFilter, query: QueryDict) -> list[Pill]:
    """One for each value that is asked for; a field that is gone is told by its key."""
    if not wanted.custom:
        return []
    keys = [condition.key for condition in wanted.custom]
    fields = CustomField.objects.filter(key__in=keys).prefetch_related("choices")
    by_key = {field.key: field for field in fields}
    return [
        Pill(
            condition.parameter,
            _name_of(condition, by_key),
            _value_text(condition, value, by_key.get(condition.key)),
            query_without(query, condition.parameter, value, condition.values),
        )
        for condition in wanted.custom
        for value in condition.values
    ]


def _name_of(condition: FieldCondition, by_key: dict[str, CustomField]) -> str:
    field = by_key.get(condition.key)
    if field is None:
        return _("%(key)s (there is no such field)") % {"key": condition.key}
    return _label(field.name, condition.operator)


def _value_text(condition: FieldCondition, value: str, field: CustomField | None) -> str:
    if condition.operator == EMPTY:
        return _("is empty") if value == "true" else _("is not empty")
    if condition.operator == IS:
        return _("Yes") if value == "true" else _("No")
    if condition.operator == ANY:
        labels = {c.key: c.label for c in field.choices.all()} if field else {}
        return labels.get(value, _("None") if value == NO_VALUE else value)
    day = parse_date(value) if field is not None and field.type == FieldType.DATE else None
    return date_format(day, "SHORT_DATE_FORMAT") if day else value


class FieldsExportMixin:
    """A column of the export for each field, under a name that no attribute of a ticket has."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.custom_columns: dict[str, CustomField] = {}
        if self.is_export:
            fields = {f"custom_field:{field.key}": field for field in fields_for(request.user)}
            names = {column: field.name for column, field in fields.items()}
            self.custom_columns = fields
            self.list_export = [*self.list_export, *fields]
            self.export_headings = {**self.export_headings, **names}

    def to_row_dict(self, item: Ticket) -> dict[str, Any]:
        own = [name for name in self.list_export if name not in self.custom_columns]
        row = {name: multigetattr(item, name) for name in own}
        custom = {name: exported(item, field) for name, field in self.custom_columns.items()}
        return row | custom


def with_values(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """All values of all rows, in one query more."""
    values = CustomFieldValue.objects.select_related("choice")
    return tickets.prefetch_related(Prefetch("custom_values", queryset=values))


def exported(ticket: Ticket, field: CustomField) -> Any:
    """A number and a date as such, so that a spreadsheet can count with them."""
    rows: Iterable[CustomFieldValue] = ticket.custom_values.all()
    value = custom_values.value_of(field, [row for row in rows if row.field_id == field.pk])
    if field.type in (FieldType.NUMBER, FieldType.DATE):
        return value
    return custom_values.shown(field, value)
