"""Canned responses: each agent's own, and those a manager shares."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column

from wagtail_escalated.actions.canned import VARIABLES, unknown_variables
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.canned_preview import PreviewView, rendered_example
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.models import CannedResponse, Department, display_name
from wagtail_escalated.permissions import is_manager


class CannedResponseForm(WagtailAdminModelForm):
    shared = forms.BooleanField(
        label=gettext_lazy("Shared"),
        required=False,
        help_text=gettext_lazy("Other agents use it too. Otherwise it is yours alone."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.may_share = is_manager(self.for_user)
        self.initial.setdefault("shared", bool(self.instance.pk) and self.instance.owner_id is None)
        if not self.may_share:
            self.fields["shared"].disabled = True
            self.fields["shared"].help_text = _("Managers share responses.")
            self._narrow_departments()

    def _narrow_departments(self):
        own = Department.objects.filter(memberships__agent__user=self.for_user)
        self.fields["department"].queryset = own

    def clean_body(self):
        body = self.cleaned_data["body"]
        if unknown := unknown_variables(body):
            raise ValidationError(
                _("There is no such variable: %(names)s. Known are %(known)s."),
                params={
                    "names": ", ".join(f"“{name}”" for name in unknown),
                    "known": ", ".join(VARIABLES),
                },
            )
        return body

    def save(self, commit=True):
        if self.cleaned_data["shared"]:
            self.instance.owner = None
        elif self.instance.owner_id is None:
            self.instance.owner = self.for_user
        return super().save(commit)


class VariablesPanel(Panel):
    """The closed list, where the text is written, and how it reads filled in."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated/admin/variables_help.html"

        def get_context_data(self, parent_context=None):
            meanings = [(name, meaning) for name, (meaning, _find) in VARIABLES.items()]
            return {
                **super().get_context_data(parent_context),
                "variables": meanings,
                "preview_url": reverse("escalated_canned_responses:preview"),
            }

        class Media:
            css = {"all": ["wagtail_escalated/admin/desk.css"]}
            js = ["wagtail_escalated/admin/preview.js"]


class CannedResponseIndexView(scoped.IndexView):
    def get_base_queryset(self):
        return super().get_base_queryset().select_related("owner", "department")


class CannedResponseInspectView(scoped.InspectView):
    """Below the text as it was written, how it reads at a ticket."""

    def get_fields_context(self):
        rows = []
        for name in self.fields:
            rows.append(self.get_context_for_field(name))
            if name == "body":
                shown = rendered_example(self.object.body, self.request.user)
                rows.append({"label": _("Filled in"), "value": shown, "component": None})
        return rows


class OwnerColumn(Column):
    def get_value(self, response):
        return display_name(response.owner) if response.owner_id else _("Shared")


class CannedResponseViewSet(DeskViewSet):
    model = CannedResponse
    slug = "canned-responses"
    icon = "openquote"
    index_view_class = CannedResponseIndexView
    inspect_view_enabled = True
    inspect_view_class = CannedResponseInspectView
    inspect_view_fields = ["title", "folder", "shortcut", "body", "department", "use_count"]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldRowPanel([FieldPanel("folder"), FieldPanel("shortcut")]),
            FieldPanel("body"),
            VariablesPanel(),
            FieldRowPanel([FieldPanel("shared"), FieldPanel("department")]),
        ],
        base_form_class=CannedResponseForm,
    )
    list_display = [
        "title",
        "folder",
        "shortcut",
        OwnerColumn("owner", label=gettext_lazy("Whose"), sort_key="owner"),
        "department",
        Column("use_count", label=gettext_lazy("Used"), sort_key="use_count"),
    ]
    search_fields = ["title", "folder", "shortcut", "body"]
    list_export = ["title", "folder", "shortcut", "body", "use_count"]

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("preview/", PreviewView.as_view(), name="preview"),
        ]
