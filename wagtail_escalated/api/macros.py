"""``macros/``: each agent's own, and those shared with them. They are run at ``tickets/<reference>/macro/``."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.actions.rules.checking import clean_actions
from wagtail_escalated.actions.rules.macros import macros_for
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.conditions.structure import Errors
from wagtail_escalated.models import Macro

from .configuration import OwnAndShared, both
from .model_json import RowJSON


@extend_schema_field({"type": "object", "additionalProperties": True})
class StructureField(serializers.Field):
    """Stored as it is sent once it was checked, which the whole row is needed for."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError(_("Send an object."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class MacroJSON(RowJSON):
    conditions = StructureField(required=False)
    actions = StructureField()
    shared = serializers.BooleanField(required=False, help_text="Shared ones are the managers'.")

    class Meta:
        model = Macro
        fields = [
            "id",
            "name",
            "description",
            "active",
            "conditions",
            "actions",
            "shared",
            "department",
        ]

    def to_representation(self, row: Macro) -> dict[str, Any]:
        row.shared = row.owner_id is None
        return super().to_representation(row)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        row = self.instance
        shared = data.get("shared", row is not None and row.owner_id is None)
        known = Known(None if shared else self.context["view"].caller.actor)
        if "conditions" in data:
            data["conditions"] = _checked("conditions", structure.clean(data["conditions"], known))
        if "actions" in data:
            data["actions"] = _checked("actions", clean_actions(data["actions"], "macro", known))
        return data


def _checked(name: str, answer: tuple[dict[str, Any], Errors]) -> dict[str, Any]:
    cleaned, errors = answer
    if errors.at:
        told = [f"{place}: {why}" if place else why for place, why in errors.at.items()]
        raise ValidationError({name: told})
    return cleaned


class Macros(OwnAndShared):
    names = ("macro", "macros")
    serializer_class = MacroJSON

    def rows(self) -> QuerySet[Macro]:
        seen = macros_for(self.caller.actor).order_by().values("pk")
        return Macro.objects.filter(Q(pk__in=seen)).order_by("pk")


BOTH = both(Macros)
