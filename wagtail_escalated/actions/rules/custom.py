"""Custom fields among the actions: one for each that is active, to say what a ticket has in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions.custom_fields import set_field
from wagtail_escalated.field_conditions import PREFIX
from wagtail_escalated.models import CustomField, FieldType, Ticket

from .catalogue import Doing, RuleAction, register_family

KINDS = {
    FieldType.TEXT: "line",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.CHOICE: "choice",
    FieldType.SEVERAL: "choices",
    FieldType.YES_NO: "choice",
}


def actions() -> Iterator[RuleAction]:
    for field in CustomField.objects.filter(active=True).prefetch_related("choices"):
        label = _("Set “%(field)s”") % {"field": field.name}
        # The name of a field may have a per cent sign, which the sentence must not read.
        sentence = label.replace("%", "%%") + ": %(value)s"
        yield RuleAction(
            PREFIX + field.key,
            label,
            sentence,
            partial(_set, field.key),
            KINDS[FieldType(field.type)],
            choices=_choices(field),
            lowest=0,
            highest=10**9,
        )


def _set(key: str, ticket: Ticket, value: Any, doing: Doing) -> None:
    set_field(ticket, key, value, actor=doing.actor)


def _choices(field: CustomField) -> tuple[tuple[str, str], ...]:
    if field.type == FieldType.YES_NO:
        return (("true", _("Yes")), ("false", _("No")))
    return tuple((choice.key, choice.label) for choice in field.choices.all())


register_family(actions)
