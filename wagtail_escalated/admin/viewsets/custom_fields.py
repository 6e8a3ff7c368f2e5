"""Custom fields: what a desk wants to know of its tickets, who fills it in, and when it must be there."""

from __future__ import annotations

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column

from wagtail_escalated.actions.sla_policies import policies_asking
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.inline import StrictInlinePanel
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.models import CustomField, CustomFieldValue
from wagtail_escalated.models.custom_fields import WITH_CHOICES


class CustomFieldForm(WagtailAdminModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Programs, saved views and addresses know the field by it.
        self.fields["key"].disabled = self.instance.pk is not None

    def is_valid(self):
        return super().is_valid() and self._answers_make_sense()

    def _answers_make_sense(self) -> bool:
        rows = [form for form in self.formsets["choices"].forms if form.cleaned_data]
        kept = [form for form in rows if not form.cleaned_data.get("DELETE")]
        has_choices = self.cleaned_data["type"] in WITH_CHOICES
        if has_choices and not kept:
            self.add_error("type", _("Add at least one answer below."))
        elif kept and not has_choices:
            self.add_error("type", _("Only a choice has answers. Remove them, or change the type."))
        self._refuse_same_labels(kept)
        for form in rows:
            if form.cleaned_data.get("DELETE") and form.instance.pk:
                self._refuse_used(form)
        return not self.errors and all(not form.errors for form in rows)

    def _refuse_same_labels(self, forms) -> None:
        seen: set[str] = set()
        for form in forms:
            label = form.cleaned_data["label"].strip().casefold()
            if label in seen:
                form.add_error("label", _("There is such an answer already."))
            seen.add(label)

    def _refuse_used(self, form) -> None:
        answer, name = form.instance, {"answer": form.instance.label}
        used = CustomFieldValue.objects.filter(choice=answer).count()
        if used:
            self.add_error(
                None,
                ngettext(
                    "The answer “%(answer)s” cannot be removed: %(count)d ticket has it.",
                    "The answer “%(answer)s” cannot be removed: %(count)d tickets have it.",
                    used,
                )
                % (name | {"count": used}),
            )
        elif policies_asking(answer.field, [answer.key]):
            self.add_error(
                None,
                _("The answer “%(answer)s” cannot be removed: an SLA policy asks for it.") % name,
            )


class CustomFieldIndexView(scoped.IndexView):
    def get_base_queryset(self):
        fields = super().get_base_queryset().prefetch_related("departments")
        return fields.annotate(value_count=count_of(CustomFieldValue, "field"))


class DepartmentsColumn(Column):
    def get_value(self, instance):
        names = [department.name for department in instance.departments.all()]
        return ", ".join(names) or _("All")


class CustomFieldViewSet(DeskViewSet):
    model = CustomField
    slug = "custom-fields"
    icon = "form"
    index_view_class = CustomFieldIndexView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("type"),
                    FieldPanel("help_text"),
                    FieldPanel("key"),
                    FieldPanel("active"),
                ],
                heading=gettext_lazy("Custom field"),
            ),
            StrictInlinePanel(
                "choices",
                heading=gettext_lazy("Answers"),
                label=gettext_lazy("answer"),
                help_text=gettext_lazy("Of a choice, in the order in which they are offered."),
                panels=[FieldPanel("label")],
            ),
            MultiFieldPanel(
                [FieldPanel("required_to_submit"), FieldPanel("required_to_resolve")],
                heading=gettext_lazy("Must be filled in"),
            ),
            MultiFieldPanel(
                [FieldPanel("filled_in_by_customers"), FieldPanel("visible_to_customers")],
                heading=gettext_lazy("Customers"),
            ),
            FieldPanel("departments", widget=CheckboxSelectMultiple),
        ],
        base_form_class=CustomFieldForm,
    )
    list_display = [
        "name",
        Column("get_type_display", label=gettext_lazy("Type"), sort_key="type"),
        DepartmentsColumn("departments", label=gettext_lazy("Departments")),
        BooleanColumn("required_to_submit", label=gettext_lazy("Required to submit")),
        BooleanColumn("required_to_resolve", label=gettext_lazy("Required to resolve")),
        BooleanColumn("visible_to_customers", label=gettext_lazy("Shown to customers")),
        BooleanColumn("active", label=gettext_lazy("Active"), sort_key="active"),
    ]
    list_filter = ["active", "type"]
    search_fields = ["name", "key", "help_text"]
    list_export = ["name", "key", "type", "value_count", "active"]
    export_headings = {"value_count": gettext_lazy("Values")}
    ordering = "sort_order"
    sort_order_field = "sort_order"
