"""The page of one ticket."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..inbox.current import CurrentList, standing_links
from ..inbox.live import live_context
from ..inbox.preferences import preferences_of
from .composer import REPLY, ComposerForm
from .lookup import TicketMixin
from .neighbours import Neighbours, neighbours_of
from .page import TicketPage
from .sending import send


class TicketView(TicketMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_escalated/admin/ticket/ticket.html"
    header_icon = "mail"

    def get_page_title(self) -> str:
        return f"{self.ticket.reference} {self.ticket.subject}"

    def get_breadcrumbs_items(self):
        inbox = {"url": self.list_url, "label": _("Inbox")}
        here = {"url": "", "label": self.ticket.reference}
        return [*self.breadcrumbs_items, inbox, here]

    @cached_property
    def current_list(self) -> CurrentList:
        return CurrentList(self.request, preferences_of(self.request.user))

    @property
    def list_url(self) -> str:
        query = self.request.GET.copy()
        query.pop("images", None)
        url = reverse("wagtail_escalated_admin:inbox")
        return f"{url}?{query.urlencode()}" if query else url

    @cached_property
    def page(self) -> TicketPage:
        return TicketPage(self.ticket, self.request, may_work=self.may_work)

    @cached_property
    def form(self) -> ComposerForm:
        return ComposerForm(site=self.ticket.site, initial=self.ticket.draft or {"kind": REPLY})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Send what was written. What was not accepted stays in the composer."""
        if not self.may_work:
            return self.http_method_not_allowed(request)
        self.form = ComposerForm(request.POST, request.FILES, site=self.ticket.site)
        outcome = send(self.ticket, self.form, request)
        if outcome is not None:
            return outcome
        context = self.get_context_data(**kwargs)
        return self.render_to_response(context, status=409 if self.form.is_held else 422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "ticket": self.ticket,
            "page": self.page,
            "form": self.form,
            "may_work": self.may_work,
            "media": self.form.media if self.may_work else "",
            "live": live_context(self.page.now),
            "goto": standing_links(),
            "list_query": self.request.GET.urlencode(),
            "list_url": self.list_url,
            "history_url": reverse(
                "wagtail_escalated_admin:ticket_history", args=[self.ticket.reference]
            ),
            "neighbours": neighbours_of(self.ticket, self.current_list)
            if self.request.GET
            else Neighbours(),
        }


class TicketPartsView(TicketView):
    """The same page's moving parts alone, for a page that is open."""

    template_name = "wagtail_escalated/admin/ticket/parts.html"
    http_method_names = ["get", "head", "options"]
