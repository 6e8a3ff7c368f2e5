"""``macros/preview/``, ``workflows/preview/`` and ``automations/preview/``: what a rule would change now."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.rules.checking import clean_actions
from wagtail_escalated.actions.rules.previewing import COUNTED, FIRST, preview
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.models import Automation, Macro, Rule, Workflow

from . import callers
from .base import DeskView
from .describing import describe
from .structures import StructureField, checked


class TryRuleSent(serializers.Serializer):
    """As a rule has them."""

    conditions = StructureField(required=False)
    actions = StructureField()


class TrialJSON(serializers.Serializer):
    ticket = serializers.CharField(source="ticket.reference")
    subject = serializers.CharField(source="ticket.subject")
    done = serializers.ListField(
        child=serializers.DictField(), source="deeds", help_text="As in the log of a rule."
    )
    reason = serializers.CharField(help_text="Why nothing would be done with it; else empty.")


class PreviewJSON(serializers.Serializer):
    count = serializers.IntegerField(help_text="Tickets that meet the conditions.")
    capped = serializers.BooleanField(help_text=f"There are more than {COUNTED}.")
    first = TrialJSON(many=True, help_text=f"The newest {FIRST}, tried out and put back.")


class TryRule(DeskView):
    model: type[Rule] = Macro
    serializer_class = TryRuleSent

    def tried(self) -> Response:
        """Macros act for who clicks, and know what that person knows; the others act for the desk."""
        sent, actor = self.sent(), self.caller.actor
        by_click = self.model is Macro
        known = Known(actor if by_click else None)
        rule = self.model(
            conditions=checked("conditions", structure.clean(sent.get("conditions", {}), known)),
            actions=checked("actions", clean_actions(sent["actions"], self.model.kind, known)),
        )
        found = preview(rule, self.caller.tickets("work"), actor=actor if by_click else SYSTEM)
        return Response(PreviewJSON(found).data)


def tries(model_: type[Rule], plural: str, allowed: Any) -> type[TryRule]:
    class TryThis(TryRule):
        model = model_
        permission_classes = [callers.HasScope, allowed]

        @describe(
            operation_id=f"{plural}_preview",
            description="The tickets that such a rule would change now, and with the newest what exactly. Nothing is stored.",
            request=TryRuleSent,
            responses={200: PreviewJSON},
        )
        def post(self, request: Request) -> Response:
            return self.tried()

    TryThis.__name__ = f"Try{model_.__name__}"
    return TryThis


TryMacro = tries(Macro, "macros", callers.Works)
TryWorkflow = tries(Workflow, "workflows", callers.Manages)
TryAutomation = tries(Automation, "automations", callers.Manages)
