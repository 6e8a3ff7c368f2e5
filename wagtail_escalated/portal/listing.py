"""My tickets: filtered and searched in what a customer may read."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from wagtail_escalated.models import user_address
from wagtail_escalated.permissions import tickets_for, user_contact

from .pages import page

PER_PAGE = 20
STATES = {"open": _("In progress"), "solved": _("Solved"), "": _("All")}


@never_cache
@login_required
def my_tickets(request: HttpRequest) -> HttpResponse:
    mine = tickets_for(request.user, "view_as_customer").filter(merged_into=None)
    wanted = request.GET.get("state", "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = search(in_state(mine, wanted), query)
    rows = found.select_related("requester").order_by("-last_message_at", "-pk")
    return page(
        request,
        "tickets",
        {
            "tickets": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
            "contact": user_contact(request.user),
            "address": user_address(request.user),
            "states": STATES.items(),
            "state": wanted,
            "query": query,
            "any": bool(query or wanted) or mine.exists(),
        },
    )


def in_state(tickets, state: str):
    if state == "open":
        return tickets.filter(is_open=True)
    return tickets.filter(is_open=False) if state == "solved" else tickets


def search(tickets, query: str):
    """In reference, subject, question and the answers that have left the desk."""
    if not query:
        return tickets
    left = Q(replies__visible_at=None) | Q(replies__visible_at__lte=timezone.now())
    answered = tickets.filter(left, replies__body__icontains=query).values("pk")
    return tickets.filter(
        Q(reference__icontains=query)
        | Q(subject__icontains=query)
        | Q(description__icontains=query)
        | Q(pk__in=answered)
    )
