"""What the composer offers while somebody writes: canned responses, articles, colleagues."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, JsonResponse
from django.utils.html import escape
from django.views import View

from wagtail_escalated.articles import search_articles
from wagtail_escalated.models import AgentProfile, CannedResponse, Ticket, display_name
from wagtail_escalated.permissions import agent_profile
from wagtail_escalated.sanitize import html_from_text

from .lookup import TicketMixin

MOST = 8
_VARIABLE = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")


class SuggestView(TicketMixin, View):
    """``?what=canned|article|person&q=…`` → ``{"results": [{"id", "title", "hint", "html"}]}``."""

    writes = True

    def get(self, request: HttpRequest) -> JsonResponse:
        offer = OFFERS.get(request.GET.get("what", ""))
        query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
        results = offer(query, self.ticket, request.user) if offer else []
        return JsonResponse({"results": results})

    def post(self, request: HttpRequest) -> JsonResponse:
        """A canned response was used."""
        used = request.POST.get("id", "")
        if used.isdigit():
            responses_for(request.user).filter(pk=used).update(use_count=F("use_count") + 1)
        return JsonResponse({})


def responses_for(user: Any):
    """Their own and the shared ones of their departments."""
    profile = agent_profile(user)
    departments = profile.memberships.values("department_id") if profile else []
    shared = Q(owner=None) & (Q(department=None) | Q(department__in=departments))
    return CannedResponse.objects.filter(shared | Q(owner=user))


def canned(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    found = responses_for(user)
    for word in query.split():
        found = found.filter(
            Q(title__icontains=word)
            | Q(shortcut__istartswith=word)
            | Q(folder__icontains=word)
            | Q(body__icontains=word)
        )
    return [
        {
            "id": row.pk,
            "title": row.title,
            "hint": row.folder or row.shortcut,
            "html": html_from_text(filled_in(row.body, ticket, user)),
        }
        for row in found.order_by("-use_count", "title")[:MOST]
    ]


def filled_in(text: str, ticket: Ticket, user: Any) -> str:
    """Plain text with its variables; an unknown one stays as it is (saving refuses it)."""
    values = variables(ticket, user)
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def variables(ticket: Ticket, user: Any) -> dict[str, str]:
    return {
        "ticket.reference": ticket.reference,
        "ticket.subject": ticket.subject,
        "ticket.status": str(ticket.public_status_label),
        "ticket.department": str(ticket.department or ""),
        "requester.name": str(ticket.requester),
        "requester.first_name": ticket.requester.first_name or str(ticket.requester),
        "requester.email": ticket.requester.address,
        "agent.name": display_name(user),
        "agent.first_name": display_name(user).split()[0],
    }


def articles(query: str, ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    hits = search_articles(
        query or ticket.subject, user=user, site=ticket.site, limit=MOST, source=""
    )
    return [
        {
            "id": hit.id,
            "title": hit.title,
            "hint": hit.excerpt[:120],
            "html": f'<a href="{escape(absolute(hit.url, ticket))}">{escape(hit.title)}</a>',
        }
        for hit in hits
    ]


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


OFFERS = {"canned": canned, "article": articles, "person": people}
