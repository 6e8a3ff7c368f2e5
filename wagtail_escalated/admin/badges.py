"""Numbers beside the menu's items and on Wagtail's home page: how much waits for this person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wagtail_escalated import filters
from wagtail_escalated.actions import notifications
from wagtail_escalated.admin.pages import keeps_mail
from wagtail_escalated.filters import ME, NOBODY, TicketFilter
from wagtail_escalated.mail import held
from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import tickets_for, works_inside
from wagtail_escalated.views_of_tickets import COUNT_CAP, count_at_once, count_views

#: What asks for an answer: the agent's own tickets and those of nobody.
FOR_ME = {
    "waiting": TicketFilter(
        assignee=(ME, NOBODY),
        snoozed=False,
        status=("open", "in_progress", "waiting_on_agent", "escalated", "reopened"),
    ),
    "late": TicketFilter(open=True, snoozed=False, assignee=(ME, NOBODY), sla=("breached",)),
}


def counts_for(user: Any) -> dict[str, int]:
    """``waiting`` and ``late`` in one query, at most ``COUNT_CAP`` each."""
    return count_views(tickets_for(user, "view_internal"), FOR_ME, user=user)


def shown(count: int) -> str:
    """As the menu says it: nothing for none, 99+ from the cap on."""
    if not count:
        return ""
    return f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)


def waiting_rows(user: Any, tickets: QuerySet[Ticket]) -> dict[str, QuerySet[Any]]:
    """What each badge counts, for who has something to do with it. ``tickets``: what they may see."""
    rows: dict[str, QuerySet[Any]] = {}
    if works_inside(user):
        mine = filters.apply(tickets, FOR_ME["waiting"], user=user)
        rows |= {"inbox": mine, "bell": notifications.unread_of(user, tickets)}
    if keeps_mail(user):
        rows["held"] = held.waiting_for(user)
    return rows


def badge_texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: shown(counts.get(name, 0)) for name in ("inbox", "held", "bell")}


@require_GET
def badges(request: HttpRequest) -> JsonResponse:
    """``{"inbox": "12", "held": "", "bell": "3"}``; empty for who has nothing to do with it."""
    rows = waiting_rows(request.user, tickets_for(request.user, "view_internal"))
    response = JsonResponse(badge_texts(count_at_once(rows)))
    add_never_cache_headers(response)
    return response


def with_badge(component: Any, name: str, **attrs: str) -> Any:
    """A rendered menu item that shows one of ``badges``; menu items themselves are shared by all."""
    component.attrs = {
        **component.attrs,
        "data-controller": "esc-badge",
        "data-esc-badge-url-value": reverse("wagtail_escalated_admin:badges"),
        "data-esc-badge-name-value": name,
        "data-esc-badge-waiting-value": _("%s waiting"),
        **attrs,
    }
    return component
