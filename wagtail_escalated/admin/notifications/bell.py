"""The bell: a person's notifications, newest first, and its item in the menu."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem

from wagtail_escalated.actions import notifications
from wagtail_escalated.admin.badges import with_badge
from wagtail_escalated.admin.inbox.live import live_context
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.admin.ticket import sentences
from wagtail_escalated.models import Notification, TicketEvent
from wagtail_escalated.permissions import works_inside

PER_PAGE = 50
LIST = "wagtail_escalated_admin:notifications"


@dataclass(frozen=True, slots=True)
class Row:
    """A notification as the list shows it."""

    notification: Notification
    icon: str
    who: str
    text: str

    @property
    def event(self) -> TicketEvent:
        return self.notification.event

    @property
    def is_unread(self) -> bool:
        return self.notification.read_at is None


class BellView(DeskPage):
    """``?all=1``: the read ones, too."""

    template_name = "wagtail_escalated/admin/notifications/list.html"
    page_title = gettext_lazy("Notifications")
    header_icon = "esc-bell"
    allowed = staticmethod(works_inside)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, shows_all = self.request.user, bool(self.request.GET.get("all"))
        rows = notifications.shown_to(user) if shows_all else notifications.unread_of(user)
        rows = rows.select_related("event__ticket").order_by("-pk")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        return super().get_context_data(
            page=page,
            rows=as_shown(list(page)),
            shows_all=shows_all,
            **kwargs,
        )


def as_shown(rows: Sequence[Notification]) -> list[Row]:
    return [
        Row(row, sentences.icon(row.event), sentences.who(row.event), _text(row)) for row in rows
    ]


def _text(row: Notification) -> str:
    return _("mentioned you in a note") if row.kind == "mention" else sentences.sentence(row.event)


@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """POST ``notification`` (as often as needed) or ``all``."""
    if not works_inside(request.user):
        raise PermissionDenied
    sent = request.POST.getlist("notification")[:1000]
    chosen = [int(pk) for pk in sent if pk.isdecimal() and len(pk) < 19]
    pks = None if request.POST.get("all") else chosen
    count = notifications.mark_read(request.user, pks=pks)
    messages.success(
        request,
        ngettext("%(count)d notification is read.", "%(count)d notifications are read.", count)
        % {"count": count},
    )
    back = reverse(LIST)
    return redirect(f"{back}?all=1" if request.POST.get("shows_all") else back)


class BellMenuItem(MenuItem):
    def __init__(self):
        super().__init__(
            gettext_lazy("Notifications"),
            reverse_lazy(LIST),
            name="support-notifications",
            icon_name="esc-bell",
            order=149,
        )

    def is_shown(self, request):
        return works_inside(request.user)

    def render_component(self, request):
        live = live_context()
        channel = {name: live[name] for name in ("socket", "poll", "seconds")}
        return with_badge(
            super().render_component(request),
            "bell",
            **{
                "data-esc-badge-live-value": json.dumps(channel),
                "data-esc-badge-waiting-value": _("%s unread"),
            },
        )
