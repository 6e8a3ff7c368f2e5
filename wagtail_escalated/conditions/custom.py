"""Custom fields among the conditions: one for each that is active, asked as saved views ask."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from wagtail_escalated import field_conditions
from wagtail_escalated.field_conditions import ANY, CONTAINS, FROM, IS, PREFIX, TO, FieldCondition
from wagtail_escalated.models import CustomField, FieldType
from wagtail_escalated.models.custom_fields import NO_VALUE

from .fields import CHOICE, DAY, FLAG, NUMBER, TEXT, Asked, ConditionField, Family, register_family
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
}
OPERATORS_OF = {
    FieldType.TEXT: TEXT,
    FieldType.NUMBER: NUMBER,
    FieldType.DATE: DAY,
    FieldType.CHOICE: CHOICE,
    FieldType.SEVERAL: CHOICE,
    FieldType.YES_NO: FLAG,
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
    texts = ("true",) if asked.operator == "yes" else tuple(map(str, values))
    key = name.removeprefix(PREFIX)
    return field_conditions.query_of(FieldCondition(key, ASKED_AS[asked.operator], texts))


def _choices(field: CustomField) -> tuple[tuple[str, str], ...]:
    if not field.has_choices:
        return ()
    return (
        (NO_VALUE, _("Nothing")),
        *((choice.key, choice.label) for choice in field.choices.all()),
    )


register_family(Family(PREFIX, fields, query))
