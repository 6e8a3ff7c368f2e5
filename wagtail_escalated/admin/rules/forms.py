"""The forms of the three kinds of rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import Panel

from wagtail_escalated.actions.canned import VARIABLES
from wagtail_escalated.actions.rules.checking import known_to, problems
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.models import STARTING_KINDS, Department, EventKind
from wagtail_escalated.permissions import is_manager

from .fields import ActionsField, ConditionsField

CONDITIONS_HELP = gettext_lazy("Without any, the rule is for every ticket but spam.")
ACTIONS_HELP = gettext_lazy("Done in this order; where one cannot be done, none is.")


class RuleForm(WagtailAdminModelForm):
    conditions = ConditionsField(
        label=gettext_lazy("Conditions"), required=False, help_text=CONDITIONS_HELP
    )
    actions = ActionsField(label=gettext_lazy("Actions"), help_text=ACTIONS_HELP)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = self._known()
        self.fields["actions"].widget.kind = self.instance.kind
        for name in ("conditions", "actions"):
            self.fields[name].bind_to(known)

    def _known(self) -> Known:
        return Known()


class MacroForm(RuleForm):
    shared = forms.BooleanField(
        label=gettext_lazy("Shared"),
        required=False,
        help_text=gettext_lazy("Other agents use it too. Otherwise it is yours alone."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("shared", bool(self.instance.pk) and self.instance.owner_id is None)
        if not is_manager(self.for_user):
            self.fields["shared"].disabled = True
            self.fields["shared"].help_text = _("Managers share macros.")
            own = Department.objects.filter(memberships__agent__user=self.for_user)
            self.fields["department"].queryset = own

    def _known(self) -> Known:
        if self.is_bound:
            shared = bool(self.data.get("shared")) and is_manager(self.for_user)
        else:
            shared = bool(self.instance.pk) and self.instance.owner_id is None
        return Known(None if shared else self.instance.owner or self.for_user)

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["shared"]:
            self.instance.owner = None
        elif self.instance.owner_id is None:
            self.instance.owner = self.for_user
        return super().save(commit)


class WorkflowForm(RuleForm):
    events = forms.MultipleChoiceField(
        label=gettext_lazy("When this happens"),
        choices=[(kind.value, kind.label) for kind in EventKind if kind in STARTING_KINDS],
        widget=forms.CheckboxSelectMultiple,
    )


class AutomationForm(RuleForm):
    pass


class RulePanel(Panel):
    """Why a rule is broken, what it would change now, and the variables of its texts."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated/admin/rules/panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            rule = self.instance
            broken = problems(rule, known_to(rule)) if rule.pk else []
            slug = f"escalated_{rule.kind}s"
            return {
                **super().get_context_data(parent_context),
                "broken": broken,
                "rule": rule,
                "preview_url": reverse(f"{slug}:preview"),
                "log_url": reverse(f"{slug}:log", args=[rule.pk]) if rule.pk else "",
                "variables": [(name, meaning) for name, (meaning, _f) in VARIABLES.items()],
            }

        class Media:
            css = {"all": ["wagtail_escalated/admin/rules.css"]}
            js = ["wagtail_escalated/admin/preview.js"]
