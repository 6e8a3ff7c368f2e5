"""SLA policies: promises as a table of priorities and metrics, and the tickets that they are for."""

from __future__ import annotations

from django import forms
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import BooleanColumn, Column

from wagtail_escalated.actions.sla_reach import Reach
from wagtail_escalated.actions.sla_what_if import PolicyTerms
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.rules.fields import ConditionsField, ConditionsWidget
from wagtail_escalated.admin.sla_targets import cell_fields, cells, names_of, target_rows
from wagtail_escalated.admin.sla_what_if import NewPolicyReplayView, ReplayPanel, WhatIfViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.conditions.custom import KnownCustomFields
from wagtail_escalated.models import (
    OPEN_STATUSES,
    Metric,
    Priority,
    SLAPolicy,
    SLATarget,
    Status,
    Ticket,
    TicketType,
)
from wagtail_escalated.models.sla import default_pause_statuses, known_steps


class PercentsField(forms.CharField):
    """Numbers between commas or blanks, as a list; in which order they are written does not count."""

    def __init__(self):
        column = SLAPolicy._meta.get_field("warn_at")
        super().__init__(
            label=capfirst(column.verbose_name), help_text=column.help_text, required=False
        )

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value):
        words = (value or "").replace("%", " ").replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 5 for word in words):
            raise forms.ValidationError(_("Write whole numbers with commas between them."))
        return sorted({int(word) for word in words})

    def validate(self, value):
        known_steps(value)


class FieldsWidget(ConditionsWidget):
    @property
    def texts(self):
        return {"everything": str(_("Custom fields do not matter."))}


class FieldsField(ConditionsField):
    widget = FieldsWidget


# Declared with the class, so that a panel can say that it renders them.
TargetFields = type("TargetFields", (WagtailAdminModelForm,), cell_fields())


class SLAPolicyForm(TargetFields):
    is_default = forms.BooleanField(
        label=_("Default policy"),
        required=False,
        help_text=_("For tickets that no other policy is for. There is one at most."),
    )
    pause_statuses = forms.MultipleChoiceField(
        label=_("The clock stops while"),
        choices=[(s.value, s.label) for s in Status if s.value in OPEN_STATUSES],
        # A field of a form's own does not take over the model's default.
        initial=default_pause_statuses,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("It always stops while a ticket is snoozed."),
    )
    warn_at = PercentsField()
    for_types = forms.MultipleChoiceField(
        label=_("Types"),
        choices=TicketType.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    for_fields = FieldsField(label=_("Custom fields"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["for_fields"].bind_to(KnownCustomFields())
        targets = self._targets() if self.instance.pk else {}
        self.initial["is_default"] = self.instance.is_default
        if self.instance.pk:
            for priority, metric in cells():
                self._fill_cell(priority, metric, targets.get((priority, metric)))

    def _targets(self) -> dict[tuple[int, str], SLATarget]:
        return {(target.priority, target.metric): target for target in self.instance.targets.all()}

    def _fill_cell(self, priority: Priority, metric: Metric, target: SLATarget | None) -> None:
        duration, business = names_of(priority, metric)
        self.initial[duration] = target.minutes if target else None
        self.initial[business] = target.business_time if target else True

    def terms(self) -> PolicyTerms:
        """What the valid form asks and promises, saved or not."""
        chosen = self.cleaned_data
        reach = Reach(
            policy=self.instance.pk,
            name=chosen["name"],
            active=chosen["active"],
            is_default=chosen["is_default"],
            sort_order=chosen["sort_order"],
            departments=[row.pk for row in chosen["for_departments"]],
            tags=[row.pk for row in chosen["for_tags"]],
            types=chosen["for_types"],
            domains=chosen["for_domains"].split(),
            fields=chosen["for_fields"],
        )
        targets = [
            (priority.value, metric.value, minutes, business)
            for priority, metric in cells()
            for minutes, business in [[chosen[name] for name in names_of(priority, metric)]]
            if minutes
        ]
        return PolicyTerms(reach, targets, chosen["pause_statuses"])

    def clean_is_default(self):
        wanted = self.cleaned_data["is_default"]
        if wanted:
            others = SLAPolicy.objects.filter(default_key=True).exclude(pk=self.instance.pk)
            if others.exists():
                raise forms.ValidationError(
                    _("Another policy is the default one already: %(name)s."),
                    params={"name": others.get()},
                )
        return wanted

    def _post_clean(self):
        self.instance.default_key = self.cleaned_data.get("is_default") or None
        super()._post_clean()

    def save(self, commit=True):
        existing = self._targets() if self.instance.pk else {}
        self.instance.targets = [
            self._target(existing, priority, metric)
            for priority, metric in cells()
            if self.cleaned_data[names_of(priority, metric)[0]]
        ]
        return super().save(commit)

    def _target(self, existing, priority, metric):
        target = existing.get((priority, metric)) or SLATarget(priority=priority, metric=metric)
        duration, business = names_of(priority, metric)
        target.minutes = self.cleaned_data[duration]
        target.business_time = self.cleaned_data[business]
        return target


class TargetsPanel(Panel):
    """The form's cells as a table, each with a name of its own for who cannot see it."""

    def get_form_options(self):
        return {"fields": list(cell_fields())}

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated/admin/sla_targets_panel.html"

        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            context["metrics"] = list(Metric)
            context["rows"] = target_rows(self.form)
            return context


class SLAPolicyIndexView(scoped.IndexView):
    def get_base_queryset(self):
        policies = super().get_base_queryset().select_related("business_hours")
        return policies.annotate(
            open_tickets=count_of(Ticket, "clocks__policy", is_open=True, clocks__round=1)
        )


class SLAPolicyViewSet(WhatIfViewSet):
    model = SLAPolicy
    slug = "sla-policies"
    icon = "time"
    index_view_class = SLAPolicyIndexView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("description"),
                    FieldPanel("active"),
                    FieldPanel("is_default"),
                ],
                heading=_("SLA policy"),
            ),
            TargetsPanel(
                heading=_("Targets"),
                help_text=_("Write 30m, 4h or 1d 2h; a day has 24 hours. Empty promises nothing."),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("business_hours"),
                    FieldPanel("pause_statuses"),
                    FieldPanel("warn_at"),
                ],
                heading=_("Clock"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("sort_order"),
                    FieldPanel("for_departments", widget=forms.CheckboxSelectMultiple),
                    FieldPanel("for_types"),
                    FieldPanel("for_tags", widget=forms.CheckboxSelectMultiple),
                    FieldPanel("for_domains"),
                    FieldPanel("for_fields"),
                ],
                heading=_("For which tickets"),
                help_text=_(
                    "A ticket must meet each condition that is set. Without any, the policy is for"
                    " the departments that name it, or for all if it is the default."
                ),
            ),
            ReplayPanel(
                "escalated_sla_policies:what_if",
                "escalated_sla_policies:what_if_new",
                heading=_("What if"),
            ),
        ],
        base_form_class=SLAPolicyForm,
    )
    list_display = [
        "name",
        "business_hours",
        BooleanColumn("is_default", label=_("Default")),
        BooleanColumn("active", label=_("Active"), sort_key="active"),
        Column("open_tickets", label=_("Open tickets")),
    ]
    list_filter = ["active"]
    search_fields = ["name", "description"]
    copy_view_enabled = False

    @property
    def what_if_new_view(self):
        return self.construct_view(
            NewPolicyReplayView,
            edit_handler=self._edit_handler,
            add_url_name=self.get_url_name("add"),
        )

    def get_urlpatterns(self):
        new = path("what-if/", self.what_if_new_view, name="what_if_new")
        return [*super().get_urlpatterns(), new]
