"""``macros/``: each agent's own, and those shared with them. They are run at ``tickets/<reference>/macro/``."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from wagtail_escalated.actions.rules.checking import clean_actions
from wagtail_escalated.actions.rules.macros import macros_for
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.models import Macro

from .configuration import OwnAndShared, both
from .fields import Truth
from .model_json import RowJSON
from .structures import StructureField, checked


class MacroJSON(RowJSON):
    conditions = StructureField(required=False)
    actions = StructureField()
    shared = Truth(required=False, help_text="Shared ones are the managers'.")

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
            data["conditions"] = checked("conditions", structure.clean(data["conditions"], known))
        if "actions" in data:
            data["actions"] = checked("actions", clean_actions(data["actions"], "macro", known))
        return data


class Macros(OwnAndShared):
    names = ("macro", "macros")
    searched = ("name", "description")
    serializer_class = MacroJSON

    def rows(self) -> QuerySet[Macro]:
        seen = macros_for(self.caller.actor).order_by().values("pk")
        return Macro.objects.filter(Q(pk__in=seen)).order_by("pk")


BOTH = both(Macros)
