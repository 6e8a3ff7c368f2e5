"""The values of custom fields at a ticket, read and written by the keys of their fields."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from wagtail_escalated import custom_values
from wagtail_escalated.models import CustomField, CustomFieldValue, Ticket

from .joined import SEPARATOR, WITHIN, TextsOfRow

PUBLIC, INNER = "1", "0"
#: Whether a customer sees the field.
SEEN = f"CASE WHEN field.visible_to_customers AND field.active THEN '{PUBLIC}' ELSE '{INNER}' END"
VALUE_SCHEMA = {
    "oneOf": [
        {"type": "string"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "null"},
    ]
}
VALUES_SCHEMA = {
    "type": "object",
    "additionalProperties": VALUE_SCHEMA,
    "description": "By the keys of `custom-fields/`: a text, a number, a date as `2026-05-01`, true or false, "
    "the key of an answer, or a list of such keys.",
}


def with_custom_fields(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Each with ``field_texts``: all its values in one text, so that a list needs no further query."""
    return tickets.annotate(
        field_texts=TextsOfRow(
            "pk",
            parts=("field.key", "field.type", SEEN, "value.plain"),
            tables="{values} value JOIN {fields} field ON field.id = value.field_id",
            key="value.ticket_id",
            models={"values": CustomFieldValue, "fields": CustomField},
        )
    )


def custom_fields_of(ticket: Ticket, *, inside: bool) -> dict[str, Any]:
    """What ``with_custom_fields`` read, by key; for a customer what they are shown."""
    texts: dict[tuple[str, str], list[str]] = {}
    for row in filter(None, (getattr(ticket, "field_texts", None) or "").split(SEPARATOR)):
        key, type_, seen, text = row.split(WITHIN, 3)
        if inside or seen == PUBLIC:
            texts.setdefault((key, type_), []).append(text)
    return {
        key: custom_values.as_json(type_, sorted(found))
        for (key, type_), found in sorted(texts.items())
    }


@extend_schema_field(VALUES_SCHEMA)
class ValuesField(serializers.Field):
    """An object of values by key. What they mean is the action's to say, which knows the fields."""

    default_error_messages = {
        "invalid": gettext_lazy("Send an object: the values by the keys of their fields."),
        "value": gettext_lazy("Send a text, a number, true, false, null or a list of texts."),
        "many": gettext_lazy("Those are too many fields."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > 200:
            self.fail("many")
        for key, value in data.items():
            items = value if isinstance(value, list) else [value]
            plain = (str,) if isinstance(value, list) else (str, int, float, bool, type(None))
            if len(items) > 200 or not all(isinstance(item, plain) for item in items):
                self.fail("value")
            if not all(_is_text(item) for item in (key, *items) if isinstance(item, str)):
                self.fail("value")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _is_text(text: str) -> bool:
    try:
        return len(text.encode()) < 10_000
    except UnicodeEncodeError:
        return False
