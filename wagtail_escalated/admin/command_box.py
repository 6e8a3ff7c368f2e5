"""The box of Ctrl K: a ticket, a view or an article by a few letters of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views import View
from wagtail.models import Site

from wagtail_escalated.articles import search_articles
from wagtail_escalated.permissions import tickets_for, works_inside
from wagtail_escalated.ticket_search import by_relevance, matching

from .inbox.current import CurrentList
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
    return [path("commands/", CommandsView.as_view(), name="commands")]
