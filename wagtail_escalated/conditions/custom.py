"""Custom fields among the conditions: one for each that is active, asked as saved views ask."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from wagtail_escalated import field_conditions
from wagtail_escalated.field_conditions import (
    ANY,
    CONTAINS,
    EMPTY,
    EQUALS,
    FROM,
    IS,
    PREFIX,
    TO,
    FieldCondition,
)
from wagtail_escalated.models import CustomField, FieldType
from wagtail_escalated.models.custom_fields import NO_VALUE

from . import fields as known_fields
from .fields import Asked, ConditionField, Family, register_family
from .known import Known

#: As the conditions of saved views call what is asked here.
ASKED_AS = {
    "is": ANY,
    "contains": CONTAINS,
    "yes": IS,
    "at_least": FROM,
    "at_most": TO,
    "from_day": FROM,
    "to_day": TO,
    "empty": EMPTY,
}
#: That there is no answer is one of the choices where there are some.
OPERATORS_OF = {
    FieldType.TEXT: known_fields.TEXT + known_fields.EMPTY,
    FieldType.NUMBER: known_fields.NUMBER + known_fields.EMPTY,
    FieldType.DATE: known_fields.DAY + known_fields.EMPTY,
    FieldType.CHOICE: known_fields.CHOICE,
    FieldType.SEVERAL: known_fields.CHOICE,
    FieldType.YES_NO: known_fields.FLAG + known_fields.EMPTY,
}
LARGEST, PLACES = 10**9, 4


class KnownCustomFields(Known):
    """For conditions on custom fields alone."""

    @property
    def fields(self) -> dict[str, ConditionField]:
        if self._fields is None:
            self._fields = {field.name: field for field in fields()}
        return self._fields


def fields() -> Iterator[ConditionField]:
    for field in CustomField.objects.filter(active=True).prefetch_related("choices"):
        name = PREFIX + field.key
        yield ConditionField(
            name,
            field.name,
            OPERATORS_OF[FieldType(field.type)],
            lambda asked, name=name: query(name, asked),
            choices=_choices(field),
            lowest=-LARGEST,
            highest=LARGEST,
            places=PLACES,
        )


def query(name: str, asked: Asked) -> Q:
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    bare = asked.operator in known_fields.WITHOUT_VALUE
    texts = ("true",) if bare else tuple(map(str, values))
    operator = ASKED_AS[asked.operator]
    if operator == ANY and not isinstance(asked.value, list):
        operator = EQUALS
    key = name.removeprefix(PREFIX)
    return field_conditions.query_of(FieldCondition(key, operator, texts))


def _choices(field: CustomField) -> tuple[tuple[str, str], ...]:
    if not field.has_choices:
        return ()
    return (
        (NO_VALUE, _("Nothing")),
        *((choice.key, choice.label) for choice in field.choices.all()),
    )


register_family(Family(PREFIX, fields, query))
