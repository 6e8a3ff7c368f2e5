"""What the composer offers while somebody writes: canned responses, articles, colleagues."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views import View

from wagtail_escalated.actions.canned import count_use, filled_in, responses_for
from wagtail_escalated.articles import get_article, restricted_articles, search_articles
from wagtail_escalated.models import AgentProfile, Ticket
from wagtail_escalated.sanitize import html_from_text, text_from_html

from .lookup import TicketMixin

MOST = 8


class SuggestView(TicketMixin, View):
    """``?what=canned|article|text|person&q=…`` → ``{"results": [{"id", "title", "hint", "html"}]}``.

    An article has a ``warning``, too: the customer may not be among those who can read it. Its text is long: it is offered without ``html`` and comes with ``?what=text&id=…``.
    """

    writes = True

    def get(self, request: HttpRequest) -> JsonResponse:
        offer = OFFERS.get(request.GET.get("what", ""))
        query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
        chosen = request.GET.get("id", "")
        if chosen.isdigit() and request.GET.get("what") == "text":
            results = text_of_article(int(chosen), self.ticket, request.user)
        else:
            results = offer(query, self.ticket, request.user) if offer else []
        return JsonResponse({"results": results})

    def post(self, request: HttpRequest) -> JsonResponse:
        """A canned response was used."""
        used = request.POST.get("id", "")
        response = responses_for(request.user).filter(pk=used).first() if used.isdigit() else None
        if response is not None:
            count_use(response)
        return JsonResponse({})


def canned(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "title": row.title,
            "hint": row.folder or row.shortcut,
            "html": html_from_text(filled_in(row.body, ticket=ticket, user=user)),
        }
        for row in responses_for(user, search=query)[:MOST]
    ]


def articles(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    hits = search_articles(
        query or ticket.subject, user=user, site=ticket.site, limit=MOST, source=""
    )
    restricted = restricted_articles(hit.id for hit in hits)
    return [
        {
            "id": hit.id,
            "title": hit.title,
            "hint": hit.excerpt[:120],
            "warning": _("Private: not everybody can open it") if hit.id in restricted else "",
            "html": f'<a href="{escape(absolute(hit.url, ticket))}">{escape(hit.title)}</a>',
        }
        for hit in hits
    ]


def texts(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    return [{**hit, "html": None} for hit in articles(query, ticket, user)]


def text_of_article(pk: int, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    """What the article says, as its reader's mail can show it, and where it stands."""
    article = get_article(pk, user=user, site=ticket.site) if pk < 2**31 else None
    if article is None:
        return []
    link = f'<p><a href="{escape(absolute(article.url, ticket))}">{escape(article.title)}</a></p>'
    html = html_from_text(text_from_html(article.html)) + link
    return [{"id": article.id, "title": article.title, "hint": "", "html": html}]


def absolute(url: str, ticket: Ticket) -> str:
    return url if url.startswith(("http://", "https://")) else ticket.site.root_url + url


def people(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    agents = AgentProfile.objects.filter(active=True, user__is_active=True).select_related("user")
    found = [
        {"id": str(agent.user.pk), "title": str(agent), "hint": "", "html": escape(f"@{agent}")}
        for agent in agents[:500]
        if query.casefold() in str(agent).casefold() and agent.user != user
    ]
    return found[:MOST]


OFFERS = {"canned": canned, "article": articles, "text": texts, "person": people}
