"""Macros, workflows and automations: forms that show what fits, a preview, a log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import Button

from wagtail_escalated.actions.rules.checking import Problems
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.rules.forms import (
    AutomationForm,
    MacroForm,
    RulePanel,
    WorkflowForm,
)
from wagtail_escalated.admin.rules.pages import LogView, PreviewView
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.models import Automation, EventKind, Macro, Workflow, display_name


class StateColumn(Column):
    """Whether a rule works: on, off, or broken, and then why."""

    def __init__(self, problems: Problems):
        super().__init__("state", label=_("State"), sort_key="active")
        self.problems = problems

    def get_value(self, rule: Any) -> str:
        broken = self.problems.of(rule)
        if broken:
            return _("Broken, does nothing: %(why)s") % {"why": " ".join(broken)}
        return _("On") if rule.active else _("Off")


class RuleIndexView(scoped.IndexView):
    @cached_property
    def columns(self):
        columns = list(super().columns)
        place = next(n for n, column in enumerate(columns) if column.name == "name") + 1
        return [*columns[:place], StateColumn(Problems()), *columns[place:]]

    def get_list_more_buttons(self, instance):
        buttons = super().get_list_more_buttons(instance)
        if self._may("change", instance):
            url = reverse(f"escalated_{instance.kind}s:log", args=[instance.pk])
            buttons.append(Button(_("What it did"), url=url, icon_name="history", priority=15))
        return buttons


class MacroIndexView(RuleIndexView):
    def get_base_queryset(self):
        return super().get_base_queryset().select_related("owner", "department")


class RuleViewSet(DeskViewSet):
    index_view_class = RuleIndexView
    inspect_view_enabled = False
    list_filter = ["active"]
    search_fields = ["name", "description"]
    list_export = ["name", "description", "active"]
    ordering = "sort_order"
    sort_order_field = "sort_order"

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("preview/", PreviewView.as_view(model=self.model), name="preview"),
            path("log/<int:pk>/", LogView.as_view(model=self.model), name="log"),
        ]


class OwnerColumn(Column):
    def get_value(self, macro):
        return display_name(macro.owner) if macro.owner_id else _("Shared")


class MacroViewSet(RuleViewSet):
    model = Macro
    slug = "macros"
    icon = "resubmit"
    index_view_class = MacroIndexView
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("description"),
            FieldRowPanel([FieldPanel("shared"), FieldPanel("department")]),
            FieldPanel("active"),
            FieldPanel("conditions"),
            FieldPanel("actions"),
            RulePanel(),
        ],
        base_form_class=MacroForm,
    )
    list_display = [
        "name",
        OwnerColumn("owner", label=gettext_lazy("Whose"), sort_key="owner"),
        "department",
        Column("use_count", label=gettext_lazy("Used"), sort_key="use_count"),
    ]


class EventsColumn(Column):
    def get_value(self, workflow):
        known = {kind.value: str(kind.label) for kind in EventKind}
        return ", ".join(known.get(kind, kind) for kind in workflow.events)


class WorkflowViewSet(RuleViewSet):
    model = Workflow
    slug = "workflows"
    icon = "tasks"
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("description"),
            FieldPanel("active"),
            FieldPanel("events"),
            FieldPanel("by", widget=forms.Select),
            FieldPanel("conditions"),
            FieldPanel("actions"),
            RulePanel(),
        ],
        base_form_class=WorkflowForm,
    )
    list_display = [
        "name",
        EventsColumn("events", label=gettext_lazy("When")),
    ]


class AutomationViewSet(RuleViewSet):
    model = Automation
    slug = "automations"
    icon = "time"
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("description"),
            FieldPanel("active"),
            FieldPanel("conditions"),
            FieldPanel("actions"),
            RulePanel(),
        ],
        base_form_class=AutomationForm,
    )
    list_display = [
        "name",
        DateColumn("checked_at", label=gettext_lazy("Last looked"), sort_key="checked_at"),
    ]
