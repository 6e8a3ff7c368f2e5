"""What editors are told of the knowledge base, for doors that do not draw it: an interface that an app fills.

Without a knowledge base nobody may read any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.utils.module_loading import import_string

__all__ = [
    "Difference",
    "Gap",
    "Steps",
    "Suggestions",
    "draft",
    "gaps",
    "may_read",
    "register",
    "sites",
    "suggestions",
]

#: Days that the figures reach back.
DAYS = 90


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that mean the same, the most frequent first, and that led to no article. Numbers are of the last days."""

    questions: tuple[str, ...]
    #: A language code.
    locale: str
    searches: int
    without_result: int
    #: How often an article was opened from the results.
    clicks: int
    tickets: int


@dataclass(frozen=True)
class Steps:
    """How many visitors came how far, of those who began to write a request."""

    asked: int = 0
    seen: int = 0
    read: int = 0
    solved: int = 0
    sent: int = 0

    @property
    def abandoned(self) -> int:
        """They neither wrote nor said that it helped: nobody knows why."""
        return max(0, self.asked - self.solved - self.sent)

    @property
    def sent_share(self) -> float:
        return self.sent / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Difference:
    """Requests spared by suggestions, in percentage points, and the 95 % interval."""

    points: float
    lower: float
    upper: float

    @property
    def is_certain(self) -> bool:
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Of those who got suggestions, and of those held out; ``difference`` only where both were asked."""

    shown: Steps
    held_out: Steps
    difference: Difference | None
    #: The share that is held out now.
    hold_out_percent: int


class Provider(Protocol):
    def may_read(self, user) -> bool: ...
    def sites(self, user) -> list[Any]: ...
    def gaps(self, site) -> list[Gap]: ...
    def suggestions(self, site) -> Suggestions: ...
    def draft(self, question, *, site, locale, actor) -> str: ...


_provider: list[str] = []


def register(path: str) -> None:
    """By dotted path: nothing is loaded before somebody asks. The last one registered answers."""
    _provider[:] = [path]


def _provided() -> Provider:
    return cast(Provider, import_string(_provider[0]))


def may_read(user: Any) -> bool:
    """Whether this user may see such reports in the admin."""
    return bool(_provider) and _provided().may_read(user)


def sites(user: Any) -> list[Any]:
    """Wagtail's sites with pages that this user may edit; the default one first."""
    return _provided().sites(user)


def gaps(site: Any) -> list[Gap]:
    """What visitors of a site asked and found nothing for; the heaviest first. Two queries."""
    return _provided().gaps(site)


def suggestions(site: Any) -> Suggestions:
    """Whether suggestions spare requests on a site."""
    return _provided().suggestions(site)


def draft(question: str, *, site: Any, locale: Any, actor: Any) -> str:
    """Makes a draft article with the question as its title, in Wagtail's ``locale`` (``None``: the site's first).

    The address where ``actor`` edits it. Raises ``PermissionDenied`` where they may not write articles.
    """
    return _provided().draft(question, site=site, locale=locale, actor=actor)
