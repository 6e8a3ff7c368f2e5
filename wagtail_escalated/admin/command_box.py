"""The box of Ctrl K: a ticket, a view or an article by a few letters of it. And the list of all keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from wagtail_escalated.articles import search_articles
from wagtail_escalated.permissions import tickets_for, works_inside
from wagtail_escalated.ticket_search import by_relevance, matching

from .inbox.current import CurrentList, standing_links
from .inbox.preferences import preferences_of
from .inbox.views import InboxAccessMixin

MOST = 6


class CommandsView(InboxAccessMixin, View):
    """``?q=…`` → ``{"results": [{"kind", "title", "hint", "url"}]}``, only what this agent may see."""

    def get(self, request: HttpRequest) -> JsonResponse:
        query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
        request.GET = request.GET.copy()
        request.GET.pop("q", None)
        results = [*_views(query, request), *_tickets(query, request.user)]
        if query:
            results += _articles(query, request)
        return JsonResponse({"results": results})


class KeysView(InboxAccessMixin, WagtailAdminTemplateMixin, TemplateView):
    """What stands behind "?": a dialog of the page that fetches it, and a page of its own."""

    page_title = gettext_lazy("Keys of the support desk")
    header_icon = "keyboard"

    def get_template_names(self):
        is_fetched = self.request.headers.get("X-Requested-With") == "fetch"
        return [f"wagtail_escalated/admin/{'keys_dialog' if is_fetched else 'keys'}.html"]

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(goto=standing_links(), **kwargs)


def _views(query: str, request: HttpRequest) -> list[dict[str, Any]]:
    inbox = reverse("wagtail_escalated_admin:inbox")
    views = CurrentList(request, preferences_of(request.user)).views.values()
    return [
        {"kind": _("View"), "title": view.label, "hint": "", "url": f"{inbox}?{view.query}"}
        for view in views
        if query.casefold() in view.label.casefold()
    ][:MOST]


def _tickets(query: str, user: Any) -> list[dict[str, Any]]:
    tickets = tickets_for(user, "view_internal")
    if query:
        tickets = by_relevance(matching(tickets, query, with_notes=works_inside(user)), query)
    else:
        tickets = tickets.filter(is_open=True).order_by("-last_message_at", "-pk")
    return [
        {
            "kind": _("Ticket"),
            "title": ticket.subject,
            "hint": ticket.reference,
            "url": reverse("wagtail_escalated_admin:ticket", args=[ticket.reference]),
        }
        for ticket in tickets[:MOST]
    ]


def _articles(query: str, request: HttpRequest) -> list[dict[str, Any]]:
    site = Site.find_for_request(request)
    hits = search_articles(query, user=request.user, site=site, limit=MOST, source="")
    return [{"kind": _("Article"), "title": hit.title, "hint": "", "url": hit.url} for hit in hits]


def command_urls():
    return [
        path("commands/", CommandsView.as_view(), name="commands"),
        path("keys/", KeysView.as_view(), name="keys"),
    ]
