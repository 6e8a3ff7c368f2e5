"""The inbox: Wagtail's universal listing over the tickets that the agent may see."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button, HeaderButton

from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import is_agent, is_manager, works_inside
from wagtail_escalated.views_of_tickets import COUNT_CAP

from ..spreadsheets import SafeSpreadsheetMixin
from .availability import told_away
from .columns import columns_named, for_rows, rows_of
from .current import CurrentList
from .custom_fields import FieldsExportMixin
from .fields import pills
from .highlight import highlighted
from .keyset import page_of, page_of_keys, read_cursor
from .live import live_context
from .preferences import preferences_of


class InboxAccessMixin:
    """For everybody who works inside the desk; each view then reads through ``tickets_for``."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not works_inside(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class InboxView(InboxAccessMixin, FieldsExportMixin, SafeSpreadsheetMixin, generic.IndexView):
    model = Ticket
    permission_policy = None
    any_permission_required = None
    template_name = "wagtail_escalated/admin/inbox/inbox.html"
    results_template_name = "wagtail_escalated/admin/inbox/results.html"
    index_url_name = "wagtail_escalated_admin:inbox"
    index_results_url_name = "wagtail_escalated_admin:inbox_results"
    page_title = _("Inbox")
    header_icon = "mail"
    filterset_class = None
    is_searchable = False
    verbose_name = _("ticket")
    verbose_name_plural = _("tickets")
    list_export = [
        "reference",
        "subject",
        "requester.address",
        "get_status_display",
        "get_priority_display",
        "department",
        "assignee",
        "created_at",
        "last_message_at",
    ]
    export_headings = {
        "reference": _("Reference"),
        "requester.address": _("Requester"),
        "get_status_display": _("Status"),
        "get_priority_display": _("Priority"),
    }
    export_filename = "tickets"

    @cached_property
    def preferences(self):
        return preferences_of(self.request.user)

    @cached_property
    def current(self) -> CurrentList:
        return CurrentList(self.request, self.preferences)

    @property
    def search_query(self) -> str:
        return self.current.filter.search

    @property
    def is_searching(self) -> bool:
        return bool(self.search_query)

    @property
    def is_filtering(self) -> bool:
        return self.current.is_changed

    @cached_property
    def ordering(self) -> str:
        return self.current.ordering

    @cached_property
    def columns(self):
        return columns_named(self.current.column_names, self.current.custom_columns)

    def get_queryset(self):
        return self._with_columns(self.current.tickets())

    def _with_columns(self, tickets):
        with_custom = self.is_export or bool(self.current.custom_columns)
        with_tags = "tags" in self.current.column_names
        return for_rows(
            tickets, user=self.request.user, with_tags=with_tags, with_custom=with_custom
        )

    def get_paginate_by(self, queryset) -> int | None:
        return None if self.is_export else self.current.page_size

    def paginate_queryset(self, queryset, page_size):
        """Keyset pages have no numbers, so there is no paginator for the template to ask."""
        cursor = read_cursor(self.request.GET.get("after") or self.request.GET.get("before"))
        if self.current.by_relevance:
            allowed = self._with_columns(self.current.allowed)
            self.keyset_page = page_of_keys(allowed, self.current.found, cursor, page_size)
        else:
            self.keyset_page = page_of(queryset, self.ordering, cursor, page_size)
        return None, None, self.keyset_page.rows, self.keyset_page.has_other_pages

    def get_breadcrumbs_items(self):
        view = self.current.view
        label = {"url": self.index_url, "label": self.page_title}
        if view is None:
            return [*self.breadcrumbs_items, label | {"url": ""}]
        return [*self.breadcrumbs_items, label, {"url": "", "label": view.label}]

    @cached_property
    def header_buttons(self):
        if not (is_agent(self.request.user) or is_manager(self.request.user)):
            return []
        url = reverse("wagtail_escalated_admin:ticket_new")
        return [HeaderButton(_("New ticket"), url=url, icon_name="plus")]

    @cached_property
    def header_more_buttons(self):
        away = Button(
            _("Away and signature"),
            url=reverse("wagtail_escalated_admin:inbox_away"),
            icon_name="user",
            priority=110,
        )
        return [
            *super().header_more_buttons,
            *([away] if is_agent(self.request.user) else []),
            Button(
                _("Columns and density"),
                url=reverse("wagtail_escalated_admin:inbox_preferences")
                + f"?{self.current.query.urlencode()}",
                icon_name="cog",
                priority=100,
            ),
        ]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if self.is_export:
            return context
        now = timezone.now()
        current = self.current
        list_query = current.query.urlencode()
        return {
            **context,
            "current": current,
            "rows": highlighted(
                rows_of(
                    context["object_list"],
                    current.column_names,
                    current.custom_columns,
                    now=now,
                    list_query=list_query,
                ),
                current.filter.search,
            ),
            "page": self.keyset_page,
            "pages": self._page_links(),
            "total": self._total(),
            "views": self._views(),
            "pills": pills(current.filter, current.query, self.request.user),
            "hidden_query": [
                (k, v) for k, vs in current.query.lists() for v in vs if k != "search"
            ],
            "may_work": bool(self.header_buttons),
            "density": self.preferences.density,
            "told_away": told_away(self.request.user),
            "sizes": [(n, current.query_string(page_size=n)) for n in (25, 50, 100)],
            "renders_fragment": bool(self.request.GET.get("_w_filter_fragment")),
            "render_buttons_fragment": False,
            "live": live_context(now),
        }

    def _page_links(self) -> dict[str, str]:
        page, string = self.keyset_page, self.current.query_string
        return {
            "next": string(after=page.next) if page.next else "",
            "previous": string(before=page.previous) if page.previous else "",
        }

    def _total(self) -> str:
        count = self.current.counts["current"]
        return f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)

    def _views(self) -> list[dict[str, Any]]:
        shown = self.current.view
        return [
            {
                "view": view,
                "count": self.current.counts[view.key],
                "text": f"{COUNT_CAP - 1}+"
                if self.current.counts[view.key] >= COUNT_CAP
                else str(self.current.counts[view.key]),
                "is_current": shown is not None and shown.key == view.key,
            }
            for view in self.current.views.values()
        ]
