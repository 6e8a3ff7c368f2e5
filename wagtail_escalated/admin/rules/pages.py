"""What a rule would change now, and what it did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from wagtail_escalated import tasks
from wagtail_escalated.actions.rules.applying import Deed
from wagtail_escalated.actions.rules.catalogue import actions_in
from wagtail_escalated.actions.rules.checking import known_to, problems
from wagtail_escalated.actions.rules.previewing import preview
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.admin.policies import policy_for
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.models import Automation, Macro, Rule, RuleOutcome
from wagtail_escalated.permissions import tickets_for

from .fields import ActionsField, ConditionsField

SHOWN_RUNS, SHOWN_OUTCOMES = 50, 20


class PreviewView(View):
    """POST the form's rows: the tickets that the rule would change now. Nothing is stored."""

    model: type[Rule] = Macro

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy_for(self.model).user_has_permission(request.user, "add"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown({"problem": _("Say what the rule does.")})

    def post(self, request: HttpRequest) -> HttpResponse:
        by_click = self.model is Macro
        known = Known(request.user if by_click else None)
        rule, wrong = self._rule(known)
        if wrong:
            return self._shown({"problem": _("Mend what is marked first."), "wrong": wrong})
        actor = request.user if by_click else SYSTEM
        found = preview(rule, tickets_for(request.user, "work"), actor=actor)
        trials = [(trial, told(trial.deeds, known)) for trial in found.first]
        return self._shown({"found": found, "trials": trials, "rule": rule})

    def _rule(self, known: Known) -> tuple[Rule, list[str]]:
        rule, wrong = self.model(), []
        for name, field in (
            ("conditions", ConditionsField(required=False)),
            ("actions", ActionsField(kind=self.model.kind)),
        ):
            field.bind_to(known)
            try:
                setattr(rule, name, field.clean(self.request.POST.get(name, "")))
            except ValidationError as error:
                wrong += list(field.widget.errors_at.values()) or error.messages
        return rule, wrong

    def _shown(self, context: dict[str, Any]) -> HttpResponse:
        return render(self.request, "wagtail_escalated/admin/rules/preview.html", context)


def told(deeds: Iterable[Deed], known: Known) -> list[dict[str, Any]]:
    """The deeds of a log or a preview as sentences."""
    sentences, actions = [], actions_in(known)
    for deed in deeds:
        action = actions.get(deed["action"])
        text = action.tell(deed.get("value"), known) if action else str(deed["action"])
        sentences.append({"text": text, "changed": deed.get("changed", True)})
    return sentences


class LogView(DeskPage):
    """The runs of one rule, the newest first; runs an automation now, and switches a rule on and off."""

    model: type[Rule] = Macro
    template_name = "wagtail_escalated/admin/rules/log.html"
    header_icon = "history"

    @staticmethod
    def allowed(user: Any) -> bool:
        return True  # each kind of rule asks its policy, below

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        policy = policy_for(self.model)
        rows = policy.instances_user_has_any_permission_for(request.user, ["change"])
        self.rule = get_object_or_404(rows, pk=kwargs["pk"])
        self.known = known_to(self.rule)
        self.slug = f"escalated_{self.rule.kind}s"

    def get_page_title(self) -> str:
        return self.rule.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        plural = self.model._meta.verbose_name_plural
        index = {"url": reverse(f"{self.slug}:index"), "label": str(plural).capitalize()}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.rule.name}]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        match request.POST.get("do"):
            case "run" if isinstance(self.rule, Automation):
                if problems(self.rule, self.known):
                    messages.error(request, _("It is broken and does nothing."))
                else:
                    tasks.enqueue("run_automation", pk, str(request.user.pk))
                    messages.success(request, _("It runs. What it does stands here in a moment."))
            case "switch":
                self.rule.active = not self.rule.active
                self.rule.save(update_fields=["active"])
                on = self.rule.active
                messages.success(request, _("It is on.") if on else _("It is off."))
        return redirect(f"{self.slug}:log", pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            rule=self.rule,
            broken=problems(self.rule, self.known),
            conditions=structure.sentences(self.rule.conditions or {}, self.known),
            match=(self.rule.conditions or {}).get("match", "all"),
            actions=told(self.rule.actions.get("actions", []), self.known),
            runs=self._runs(),
            is_automation=isinstance(self.rule, Automation),
            edit_url=reverse(f"{self.slug}:edit", args=[self.rule.pk]),
            **kwargs,
        )

    def _runs(self) -> list[dict[str, Any]]:
        visible = tickets_for(self.request.user, "view_internal").values("pk")
        outcomes = RuleOutcome.objects.filter(ticket__in=visible).select_related("ticket")
        runs = self.rule.runs.select_related("user", "event").prefetch_related(
            Prefetch("outcomes", queryset=outcomes)
        )
        return [self._run(run) for run in runs[:SHOWN_RUNS]]

    def _run(self, run: Any) -> dict[str, Any]:
        outcomes = list(run.outcomes.all())
        return {
            "run": run,
            "outcomes": [(one, told(one.done, self.known)) for one in outcomes[:SHOWN_OUTCOMES]],
            "more": max(0, len(outcomes) - SHOWN_OUTCOMES),
        }
