"""Contacts: the people who ask. Agents read about those whose tickets they may see."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.models import Contact, Ticket


class ContactIndexView(scoped.IndexView):
    def get_base_queryset(self):
        contacts = super().get_base_queryset().select_related("organisation")
        return contacts.annotate(
            open_tickets=count_of(Ticket, "requester", is_open=True),
            organisation_name=F("organisation__name"),
        )


class ContactInspectView(scoped.InspectView):
    def get_proved_at_display_value(self):
        return self.object.proved_at or _("Not yet")


class ContactViewSet(DeskViewSet):
    model = Contact
    slug = "contacts"
    icon = "mail"
    index_view_class = ContactIndexView
    inspect_view_class = ContactInspectView
    inspect_view_enabled = True
    inspect_view_fields = [
        "name",
        "address",
        "organisation",
        "locale",
        "time_zone",
        "proved_at",
        "created_at",
    ]
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("name"), FieldPanel("address")]),
            FieldPanel("organisation"),
            FieldRowPanel([FieldPanel("locale"), FieldPanel("time_zone")]),
        ]
    )
    list_display = [
        "name",
        "address",
        "organisation",
        Column("open_tickets", label=_("Open tickets"), sort_key="open_tickets"),
        DateColumn("created_at", label=_("Since"), sort_key="created_at"),
    ]
    search_fields = ["name", "address"]
    list_export = ["name", "address", "organisation_name", "created_at"]
    export_headings = {"organisation_name": _("Organisation")}
