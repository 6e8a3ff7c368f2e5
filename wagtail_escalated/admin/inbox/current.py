"""Which list is asked for: the URL's filter, or the agent's start view where it says nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone_name

from wagtail_escalated import filters
from wagtail_escalated.admin.badges import badge_texts, waiting_rows
from wagtail_escalated.filters import DEFAULT_ORDERING, TicketFilter
from wagtail_escalated.models import CustomField, SavedView
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.ticket_search import by_relevance
from wagtail_escalated.views_of_tickets import (
    COUNT_CAP,
    STANDING_VIEWS,
    count_at_once,
    narrowed,
    saved_views_for,
)

from .custom_fields import fields_for
from .keyset import MOST_BY_OFFSET
from .preferences import CUSTOM, PAGE_SIZES, InboxPreferences, known_columns

#: Parameters that say something about the list without narrowing it.
BESIDE = ("view", "ordering", "page_size")


@dataclass(frozen=True)
class InboxView:
    """One of the views at the side. ``key`` is a standing view's name or a saved one's primary key."""

    key: str
    label: str
    filter: TicketFilter
    ordering: str
    saved: SavedView | None = None
    #: Leads to it after "g": a letter, or the number of a saved view among the first nine.
    letter: str = ""

    @property
    def query(self) -> str:
        """The URL of the view says all that it means, so that it can be changed in place."""
        pairs = QueryDict(self.filter.to_query(), mutable=True)
        pairs["view"] = self.key
        if self.ordering and self.ordering != DEFAULT_ORDERING:
            pairs["ordering"] = self.ordering
        return pairs.urlencode()


@cache
def _standing_query(key: str) -> str:
    view = STANDING_VIEWS[key]
    return InboxView(key, "", view.filter, view.ordering).query


def standing_links() -> list[dict[str, Any]]:
    """Where "g" and a letter lead from everywhere in the desk."""
    inbox = reverse("wagtail_escalated_admin:inbox")
    return [
        {"label": view.label, "letter": view.letter, "url": f"{inbox}?{_standing_query(key)}"}
        for key, view in STANDING_VIEWS.items()
    ]


class CurrentList:
    """What the inbox shows for this request."""

    def __init__(self, request: HttpRequest, preferences: InboxPreferences):
        self.user = request.user
        self.preferences = preferences
        asked = request.GET.copy()
        for name in [name for name in asked if name.startswith("_w_") or name == "export"]:
            del asked[name]
        self.query = asked if asked else QueryDict(self.start_view.query, mutable=True)
        if not asked:
            # From here on the page is that view's: links that keep the query keep all of it.
            request.GET = self.query
        self.zone = get_current_timezone_name()

    @cached_property
    def views(self) -> dict[str, InboxView]:
        views = {
            key: InboxView(key, str(view.label), view.filter, view.ordering, letter=view.letter)
            for key, view in STANDING_VIEWS.items()
        }
        own = saved_views_for(self.user).order_by("position", "name")
        for number, saved in enumerate(own, start=1):
            key, letter = str(saved.pk), str(number) if number < 10 else ""
            wanted = filters.from_json(saved.filters)
            views[key] = InboxView(key, saved.name, wanted, saved.ordering, saved, letter)
        return views

    @cached_property
    def start_view(self) -> InboxView:
        return self.views.get(self.preferences.start_view) or self.views["all"]

    @cached_property
    def view(self) -> InboxView | None:
        """The view that the URL names; another's private one is not there."""
        key = self.query.get("view")
        if key and key not in self.views:
            raise Http404
        return self.views[key] if key else None

    @cached_property
    def filter(self) -> TicketFilter:
        return filters.from_query(self.query)

    @property
    def is_changed(self) -> bool:
        """Whether the list differs from the view it began with."""
        if self.view is None:
            return not self.filter.is_empty
        ordering = self.view.ordering or DEFAULT_ORDERING
        return self.filter != self.view.filter or self.ordering != ordering

    @cached_property
    def ordering(self) -> str:
        ordering = self.query.get("ordering", "")
        known = ordering.removeprefix("-") in filters.ORDERINGS
        return ordering if known else DEFAULT_ORDERING

    @cached_property
    def page_size(self) -> int:
        size = self.query.get("page_size", "")
        chosen = int(size) if size.isdigit() and len(size) < 4 else 0
        return chosen if chosen in PAGE_SIZES else self.preferences.page_size

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(
            name
            for name in self._wanted_columns
            if not name.startswith(CUSTOM) or name in self.custom_columns
        )

    @cached_property
    def _wanted_columns(self) -> tuple[str, ...]:
        of_view = known_columns(self.view.saved.columns) if self.view and self.view.saved else ()
        return of_view or self.preferences.columns

    @cached_property
    def custom_columns(self) -> dict[str, CustomField]:
        """Those of the columns that are custom fields, as long as there are such, by their names."""
        if not any(name.startswith(CUSTOM) for name in self._wanted_columns):
            return {}
        fields = {f"{CUSTOM}{field.key}": field for field in fields_for(self.user)}
        return {name: field for name, field in fields.items() if name in self._wanted_columns}

    @cached_property
    def allowed(self) -> Any:
        """Every ticket the user may see: the one place where the list is narrowed by rights."""
        return tickets_for(self.user, "view_internal")

    @property
    def by_relevance(self) -> bool:
        """A search that asks for no order of its own."""
        return bool(self.filter.search) and "ordering" not in self.query

    def tickets(self) -> Any:
        narrowed = filters.apply(self.allowed, self.filter, user=self.user, zone=self.zone)
        if self.by_relevance:
            return by_relevance(narrowed, self.filter.search)
        return filters.ordered(narrowed, self.ordering)

    @cached_property
    def found(self) -> list[int]:
        """The keys of what a search finds, best first: asked once for the page and its count."""
        return list(self.tickets().values_list("pk", flat=True)[: MOST_BY_OFFSET + PAGE_SIZES[-1]])

    @cached_property
    def _same_view(self) -> str | None:
        """The key of a view that holds just what is shown."""
        return next((key for key, view in self.views.items() if view.filter == self.filter), None)

    @cached_property
    def _counted(self) -> tuple[dict[str, int], dict[str, int]]:
        """Of the views, and of the menu's badges, in one query: the page needs both."""
        wanted = {key: view.filter for key, view in self.views.items()}
        if self._same_view is None and not self.by_relevance:
            wanted["current"] = self.filter
        views = narrowed(self.allowed, wanted, user=self.user, zone=self.zone)
        badges = waiting_rows(self.user, self.allowed)
        counted = count_at_once(views | {f"badge {name}": badges[name] for name in badges})
        return (
            {name: counted[name] for name in views},
            {name: counted[f"badge {name}"] for name in badges},
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        """Of each view, and of what is shown (``current``)."""
        counts = self._counted[0]
        if self._same_view is not None:
            return {**counts, "current": counts[self._same_view]}
        if self.by_relevance:
            return {**counts, "current": min(len(self.found), COUNT_CAP)}
        return counts

    @property
    def badges(self) -> str:
        """What the menu's badges say, as JSON: they need not ask for it once more."""
        return json.dumps(badge_texts(self._counted[1]))

    def query_string(self, **changes: Any) -> str:
        """The URL of this list with some parameters changed; pages begin anew."""
        query = self.query.copy()
        for name in ("after", "before"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        return query.urlencode()
