"""Whether suggestions spare a request: one visitor's way from the first word typed to sending or leaving.

What is kept is a count per day; which step a visitor has reached stands in their session alone. The share that
is held out gets no suggestions, so that it tells what would have been sent without them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import MutableMapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from .counting import add
from .models.settings import KnowledgeBaseSettings
from .models.statistics import SuggestionDay

SESSION_KEY = "escalated_kb_ask"
#: The steps, in order. ``solved`` is taken back where the visitor writes after all.
SEEN, READ, SOLVED, SENT = "seen", "read", "solved", "sent"


class Ask:
    """One visitor who types into the request form; ``store`` is the session, or what the widget sends along."""

    def __init__(self, store: MutableMapping[str, Any], site):
        self.store, self.site = store, site

    @property
    def state(self) -> dict[str, Any]:
        return self.store.get(SESSION_KEY) or {}

    @property
    def is_open(self) -> bool:
        return bool(self.state.get("day"))

    def begin(self, key: str = "", *, again: bool = False) -> bool:
        """Counted once, until something is sent. Whether this visitor is held out.

        By ``key``, where there is one, the choice is always the same; ``again``: it was counted with that key.
        """
        if not self.is_open:
            held = self.state.get("held")
            held = _is_chosen(self.site, key) if held is None else held and _share(self.site) > 0
            day = timezone.now().date().isoformat()
            self.store[SESSION_KEY] = {"held": held, "day": day, "steps": []}
            if not again:
                self._count(asked=1)
        return self.state["held"]

    def reach(self, step: str) -> None:
        """Counted once for each visitor. Nothing where nobody asked."""
        if not self.is_open or step in self.state["steps"]:
            return
        self.store[SESSION_KEY] = {**self.state, "steps": [*self.state["steps"], step]}
        self._count(**{step: 1})

    def take_back(self, step: str) -> None:
        if not self.is_open or step not in self.state["steps"]:
            return
        steps = [one for one in self.state["steps"] if one != step]
        self.store[SESSION_KEY] = {**self.state, "steps": steps}
        self._count(**{step: -1})

    def send(self) -> None:
        """They wrote: whatever they said before, it did not help. The next request is another one."""
        self.take_back(SOLVED)
        self.reach(SENT)
        if self.is_open:
            self.store[SESSION_KEY] = {"held": self.state["held"]}

    def _count(self, **counts: int) -> None:
        key = {"site": self.site, "day": self.state["day"], "held_out": self.state["held"]}
        add(SuggestionDay, key, **counts)


def ask_of(request, site=None) -> Ask | None:
    """The open one of this visitor, if any."""
    from wagtail.models import Site

    session = getattr(request, "session", None)
    site = site or Site.find_for_request(request)
    ask = Ask(session, site) if session is not None and site is not None else None
    return ask if ask is not None and ask.is_open else None


def _share(site) -> int:
    return KnowledgeBaseSettings.of(site).hold_out_percent


def _is_chosen(site, key: str) -> bool:
    share = _share(site)
    return share > 0 and _of_hundred(key) < share


def _of_hundred(key: str) -> int:
    if not key:
        return secrets.randbelow(100)
    return hashlib.sha256(f"{settings.SECRET_KEY}|ask|{key}".encode()).digest()[0] * 100 // 256
