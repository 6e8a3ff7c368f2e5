"""What the side of a ticket shows a moment later, or only when somebody looks: fetched, or opened as a page."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.views.generic import TemplateView

from wagtail_escalated.articles import (
    restricted_articles,
    search_articles,
    stale_citations,
    trail_of,
)
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.ticket_search import similar_to

from .lookup import TicketMixin
from .page import TicketPage

MOST = 5


class AboutView(TicketMixin, TemplateView):
    """``more``, ``articles`` or ``choices``."""

    def get_template_names(self):
        return [f"wagtail_escalated/admin/ticket/about_{self.kwargs['what']}.html"]

    def get_context_data(self, what: str, **kwargs: Any) -> dict[str, Any]:
        part = PARTS.get(what)
        if part is None:
            raise Http404
        return super().get_context_data(
            ticket=self.ticket,
            page=TicketPage(self.ticket, self.request, may_work=self.may_work),
            may_work=self.may_work,
            list_query=self.request.GET.urlencode(),
            **part(self.ticket, self.request.user),
            **kwargs,
        )


def _more(ticket: Any, user: Any) -> dict[str, Any]:
    visible = tickets_for(user, "view_internal").filter(requester=ticket.requester_id)
    earlier = list(visible.exclude(pk=ticket.pk).order_by("-created_at", "-pk")[: MOST + 1])
    return {
        "earlier": earlier[:MOST],
        "has_more": len(earlier) > MOST,
        "trail": trail_of(ticket),
        "zone": ticket.requester.time_zone,
        "now": timezone.now(),
        "articles_changed": stale_citations(ticket, user=user),
    }


def _articles(ticket: Any, user: Any) -> dict[str, Any]:
    articles = search_articles(ticket.subject, user=user, site=ticket.site, limit=MOST, source="")
    similar = similar_to(ticket, tickets_for(user, "view_internal"), limit=MOST)
    restricted = restricted_articles(hit.id for hit in articles)
    return {"articles": articles, "restricted": restricted, "similar": similar}


def _choices(ticket: Any, user: Any) -> dict[str, Any]:
    return {}


PARTS = {"more": _more, "articles": _articles, "choices": _choices}
