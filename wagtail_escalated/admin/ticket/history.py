"""All that happened to a ticket, with filters; and the ticket on paper."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.models import EventKind

from . import sentences
from .conversation import Happening, conversation
from .lookup import TicketMixin
from .operations import ticket_url

#: Through which door something came, for people.
DOORS = {
    "admin": _("Admin"),
    "api": _("API"),
    "mail": _("Mail"),
    "portal": _("Portal"),
    "web": _("Web"),
    "widget": _("Widget"),
}


class HistoryView(TicketMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_escalated/admin/ticket/history.html"
    page_title = _("History")
    header_icon = "history"
    page_size = 100

    def get_breadcrumbs_items(self):
        ticket = {"url": ticket_url(self.ticket.reference), "label": self.ticket.reference}
        return [*self.breadcrumbs_items, ticket, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind = self.request.GET.get("kind", "")
        events = self.ticket.events.order_by("-created_at", "-pk")
        if kind in EventKind.values:
            events = events.filter(kind=kind)
        page = Paginator(events, self.page_size).get_page(self.request.GET.get("p"))
        rows = [
            (
                Happening(
                    sentences.icon(event),
                    sentences.who(event),
                    sentences.sentence(event),
                    event.created_at,
                ),
                DOORS.get(event.door, event.door),
            )
            for event in page
        ]
        return super().get_context_data(
            ticket=self.ticket, rows=rows, page=page, kinds=EventKind.choices, kind=kind, **kwargs
        )


class PrintView(TicketMixin, TemplateView):
    """Without the notes unless they are asked for: a print often goes to the customer."""

    template_name = "wagtail_escalated/admin/ticket/print.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        with_notes = "notes" in self.request.GET
        messages = [
            row
            for row in conversation(self.ticket)
            if row.is_message and (with_notes or not row.is_note)
        ]
        return super().get_context_data(
            ticket=self.ticket,
            messages=messages,
            with_notes=with_notes,
            now=timezone.now(),
            **kwargs,
        )
