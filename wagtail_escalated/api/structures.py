"""What rules and policies keep as one structure: conditions and actions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.custom import KnownCustomFields
from wagtail_escalated.conditions.structure import Errors


@extend_schema_field({"type": "object", "additionalProperties": True})
class StructureField(serializers.Field):
    """Stored as it is sent once it was checked, which the whole row is needed for."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError(_("Send an object."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class CustomFieldConditions(StructureField):
    """Conditions on custom fields alone, each called ``cf-<key>``."""

    def to_internal_value(self, data: Any) -> Any:
        sent = super().to_internal_value(data)
        cleaned, errors = structure.clean(sent, KnownCustomFields())
        if errors.at:
            raise ValidationError(told(errors))
        return cleaned


def told(errors: Errors) -> list[str]:
    """A sentence for each wrong row, behind its place: ``0.2`` is the third of the first group."""
    return [f"{place}: {why}" if place else why for place, why in errors.at.items()]


def checked(name: str, answer: tuple[dict[str, Any], Errors]) -> dict[str, Any]:
    """What was cleaned, or the field's errors."""
    cleaned, errors = answer
    if errors.at:
        raise ValidationError({name: told(errors)})
    return cleaned
