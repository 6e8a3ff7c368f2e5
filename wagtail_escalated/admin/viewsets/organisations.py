"""Organisations: companies whose people belong together."""

from django import forms
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.models import Contact, Organisation
from wagtail_escalated.models.contacts import mail_domain


class DomainsField(forms.CharField):
    """A list of domains, one a line, in ASCII."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        written = super().to_python(value).replace(",", " ").split()
        return list(dict.fromkeys(map(mail_domain, written)))

    def has_changed(self, initial, data):
        return self.prepare_value(initial or []) != (data or "")


class OrganisationForm(WagtailAdminModelForm):
    domains = DomainsField(
        label=gettext_lazy("Mail domains"),
        required=False,
        help_text=gettext_lazy(
            "One a line, such as example.com. People who write from there belong to it."
        ),
    )


class OrganisationIndexView(scoped.IndexView):
    def get_base_queryset(self):
        people = count_of(Contact, "organisation")
        return super().get_base_queryset().annotate(people=people)


class DomainsColumn(Column):
    def get_value(self, organisation):
        return ", ".join(organisation.domains)


class OrganisationViewSet(DeskViewSet):
    model = Organisation
    slug = "organisations"
    icon = "site"
    index_view_class = OrganisationIndexView
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("domains"),
            FieldPanel("shares_tickets"),
            FieldPanel("notes"),
        ],
        base_form_class=OrganisationForm,
    )
    list_display = [
        "name",
        DomainsColumn("domains", label=gettext_lazy("Mail domains")),
        Column("people", label=gettext_lazy("People"), sort_key="people"),
        BooleanColumn("shares_tickets", label=gettext_lazy("Share tickets")),
    ]
    search_fields = ["name", "notes"]
    list_export = ["name", "domains", "people", "shares_tickets"]
    export_headings = {"people": gettext_lazy("People")}
