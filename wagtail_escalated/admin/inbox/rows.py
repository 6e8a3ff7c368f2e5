"""Rows that changed, for a list that is open: the same rights, filter and columns as the list itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views import View

from wagtail_escalated import filters
from wagtail_escalated.realtime import presence
from wagtail_escalated.views_of_tickets import COUNT_CAP

from .columns import for_rows, rows_of
from .current import CurrentList
from .preferences import preferences_of
from .views import InboxAccessMixin

MOST = 200


class ChangedRowsView(InboxAccessMixin, View):
    """``?ref=…&shown=…`` with the list's own query.

    ``rows`` by reference for each ``ref``; ``here`` names those that belong to the list; ``counts`` of the views;
    ``present`` names who has one of the ``shown`` open.
    """

    def get(self, request: HttpRequest) -> JsonResponse:
        changed = [reference.upper() for reference in request.GET.getlist("ref")[:MOST]]
        shown = [reference.upper() for reference in request.GET.getlist("shown")[:MOST]]
        may_select = "select" in request.GET
        request.GET = request.GET.copy()
        for name in ("ref", "shown", "select"):
            request.GET.pop(name, None)
        self.current = CurrentList(request, preferences_of(request.user))
        answer: dict[str, Any] = {"present": self._present(shown), "rows": {}, "here": []}
        if changed:
            answer |= self._changed(changed, may_select)
        return JsonResponse(answer)

    def _changed(self, references: list[str], may_select: bool) -> dict[str, Any]:
        current, request = self.current, self.request
        asked = current.allowed.filter(reference__in=references)
        matching = filters.apply(asked, current.filter, user=request.user, zone=current.zone)
        rows = rows_of(
            list(
                for_rows(
                    asked,
                    user=request.user,
                    with_tags=True,
                    with_custom=bool(current.custom_columns),
                )
            ),
            current.column_names,
            current.custom_columns,
            now=timezone.now(),
            list_query=current.query.urlencode(),
        )
        return {
            "here": sorted(matching.values_list("reference", flat=True)),
            "rows": {
                row.reference: render_to_string(
                    "wagtail_escalated/admin/inbox/rows.html",
                    {"rows": [row], "may_work": may_select},
                )
                for row in rows
            },
            "counts": {
                key: f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)
                for key, count in current.counts.items()
            },
        }

    def _present(self, references: list[str]) -> dict[str, list[str]]:
        shown = self.current.allowed.filter(reference__in=references)
        keys = dict(shown.values_list("pk", "reference")) if references else {}
        me = str(self.request.user.pk)
        people = presence.at(keys) if keys else {}
        named = {
            keys[pk]: [name for key, name, _state in found if key != me]
            for pk, found in people.items()
        }
        return {reference: names for reference, names in named.items() if names}
