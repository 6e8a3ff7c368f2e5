"""Whether suggestions in the widget's form spare a request, counted as in the portal's.

The widget has no session: how far a visitor came is sealed into a text that the script keeps and sends along.
It begins as a key of the script's own making.
"""

from __future__ import annotations

import re
from typing import Any

from django.core import signing

from wagtail_escalated import articles
from wagtail_escalated.ratelimit import hit

from .door import Visit

KEY = re.compile(r"[0-9a-f]{32}")
#: Who comes back to a form after a day is asked anew.
DAY = 86_400
LONGEST = 1000


class WidgetAsk:
    """One visitor's way from the first word in the form to sending or leaving."""

    def __init__(self, visit: Visit):
        self.site = visit.site
        self.told = visit.request.GET.get("ask", "")[:LONGEST]
        self.is_in_form = "form" in visit.request.GET
        self.store = self._unsealed() or {}

    @property
    def is_new(self) -> bool:
        """Nothing is known of this visitor but a key."""
        return not self.store and bool(KEY.fullmatch(self.told))

    def holds_out(self) -> bool:
        """Whether this search in the form gets no suggestions. The first one counts the visitor."""
        if not self.is_in_form or not (self.store or self.is_new):
            return False
        key = self.told if self.is_new else ""
        again = bool(key and hit("widget-ask", key, limit=1, window=DAY))
        return articles.ask_begun(site=self.site, session=self.store, key=key, again=again)

    def reach(self, step: str) -> None:
        if self.store:
            articles.ask_reached(step, site=self.site, session=self.store)

    def send(self) -> None:
        if self.store:
            articles.ask_sent(site=self.site, session=self.store)

    def with_state(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer, and what the script keeps for the next request."""
        if not self.store:
            return answer
        return {**answer, "ask": signing.dumps(self.store, salt=self._salt)}

    def _unsealed(self) -> dict[str, Any] | None:
        try:
            return signing.loads(self.told, salt=self._salt, max_age=DAY)
        except signing.BadSignature:
            return None

    @property
    def _salt(self) -> str:
        return f"wagtail_escalated.widget.ask|{self.site.pk}"
