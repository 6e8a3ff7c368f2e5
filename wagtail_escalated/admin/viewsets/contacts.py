"""Contacts: the people who ask. Agents read about those whose tickets they may see."""

from urllib.parse import urlencode

from django.db.models import F
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import Button

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.contact_privacy import EraseContactView, ExportContactView
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.models import Contact, Ticket
from wagtail_escalated.permissions import is_manager


class ContactIndexView(scoped.IndexView):
    def get_base_queryset(self):
        contacts = super().get_base_queryset().select_related("organisation")
        return contacts.annotate(
            open_tickets=count_of(Ticket, "requester", is_open=True),
            organisation_name=F("organisation__name"),
        )

    def get_list_more_buttons(self, instance):
        return [*super().get_list_more_buttons(instance), *buttons_of(instance, self.request.user)]


def buttons_of(contact, user):
    """Their tickets, and what somebody may ask for: a copy of all that is kept, or that none of it is."""
    inbox = (
        f"{reverse('wagtail_escalated_admin:inbox')}?{urlencode({'requester': contact.address})}"
    )
    tickets = Button(_("Tickets"), url=inbox, icon_name="list-ul", priority=5)
    if not is_manager(user):
        return [tickets]
    export, erase = (
        reverse(f"escalated_contacts:{name}", args=[contact.pk])
        for name in ("export_data", "erase")
    )
    return [
        tickets,
        Button(_("Download what is kept"), url=export, icon_name="download", priority=40),
        Button(_("Erase"), url=erase, icon_name="bin", priority=50),
    ]


class ContactInspectView(scoped.InspectView):
    def get_proved_at_display_value(self):
        return self.object.proved_at or _("Not yet")

    @cached_property
    def header_more_buttons(self):
        return [*super().header_more_buttons, *buttons_of(self.object, self.request.user)]


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

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("erase/<int:pk>/", EraseContactView.as_view(), name="erase"),
            path("export-data/<int:pk>/", ExportContactView.as_view(), name="export_data"),
        ]
