"""What the desk knows about a knowledge base: an interface that an app fills.

`wagtail_escalated.kb` registers its provider when it is installed; a host may register
another. Without one every question here has the answer of an empty knowledge base.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

__all__ = [
    "ArticleContent",
    "ArticleHit",
    "ArticleProvider",
    "CitingTicket",
    "Trail",
    "accepts_feedback",
    "ask_begun",
    "ask_reached",
    "ask_sent",
    "draft_from_reply",
    "enough_to_search",
    "get_article",
    "has_provider",
    "is_enabled",
    "keep_trail",
    "popular_articles",
    "record_citation",
    "record_click",
    "record_feedback",
    "record_view",
    "register_provider",
    "restricted_articles",
    "search_articles",
    "stale_citations",
    "suggest_articles",
    "trail_of",
    "visitor_trail",
]

#: Key of the visitor's trail in a session.
SESSION_KEY = "escalated_trail"
#: A trail is a help to the agent, not a log: only the newest are kept.
MAX_SEARCHES, MAX_READ = 10, 20


@dataclass(frozen=True)
class ArticleHit:
    """One answer to a search. `matched`: the reader's words that were found in it."""

    id: int
    title: str
    excerpt: str
    url: str
    locale: str
    is_fallback: bool = False
    matched: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArticleContent:
    """An article to be shown outside its page. `html` is safe to insert."""

    id: int
    title: str
    html: str
    url: str
    updated_at: datetime | None
    locale: str


@dataclass(frozen=True)
class CitingTicket:
    """An article that a ticket's answer cites. `changed`: published anew since then."""

    article: ArticleHit
    changed: bool


class Trail:
    """What a visitor searched and read before writing. `store` is a session or any mapping."""

    def __init__(self, store: MutableMapping[str, Any] | None = None):
        self.store = {} if store is None else store

    @property
    def data(self) -> dict[str, list[dict[str, Any]]]:
        kept = self.store.get(SESSION_KEY) or {}
        return {"searches": list(kept.get("searches", ())), "read": list(kept.get("read", ()))}

    def searched(self, query: str, hits: int) -> None:
        """While somebody types, each longer query replaces the shorter one before it."""
        query = query.strip()[:200]
        data = self.data
        searches = [s for s in data["searches"] if not query.startswith(s["query"])]
        if query:
            data["searches"] = [*searches, {"query": query, "hits": hits}][-MAX_SEARCHES:]
            self.store[SESSION_KEY] = data

    def read(self, pk: int, title: str) -> None:
        data = self.data
        others = [r for r in data["read"] if r["id"] != pk]
        data["read"] = [*others, {"id": pk, "title": title[:255]}][-MAX_READ:]
        self.store[SESSION_KEY] = data

    def clear(self) -> None:
        self.store.pop(SESSION_KEY, None)

    def __bool__(self) -> bool:
        return any(self.data.values())


class ArticleProvider(Protocol):
    """What a knowledge base answers. `site` is a Wagtail site, `user` may be anonymous."""

    def is_enabled(self, *, site, user=None) -> bool: ...
    def accepts_feedback(self, *, site) -> bool: ...
    def search(self, query, *, user, site, locale, limit, session, source) -> list[ArticleHit]: ...
    def popular(self, *, user, site, locale, limit) -> list[ArticleHit]: ...
    def suggest(self, query, *, user, site, limit, session) -> list[ArticleHit]: ...
    def ask_begun(self, *, site, session, key, again) -> bool: ...
    def ask_reached(self, step, *, site, session) -> None: ...
    def ask_sent(self, *, site, session) -> None: ...
    def get(self, pk, *, user, site, session) -> ArticleContent | None: ...
    def restricted(self, pks) -> set[int]: ...
    def record_view(self, pk, *, user, site, session, source) -> None: ...
    def record_click(self, pk, query, *, user, site, session, source) -> None: ...
    def record_feedback(
        self, pk, *, helpful, comment, visitor, user, site, session, source
    ) -> bool: ...
    def keep_trail(self, ticket, trail) -> None: ...
    def trail_of(self, ticket) -> dict[str, list[dict[str, Any]]]: ...
    def record_citation(self, ticket, pk, *, actor) -> None: ...
    def citations(self, ticket, *, user) -> list[CitingTicket]: ...
    def draft_from_reply(self, reply, *, actor) -> str: ...


_providers: list[ArticleProvider] = []


def register_provider(provider: ArticleProvider) -> None:
    """The last one registered answers. Call it in an app's `ready()`."""
    _providers[:] = [provider]


def has_provider() -> bool:
    """Whether there is a knowledge base at all. Asks no database."""
    return bool(_providers)


def is_enabled(site, *, user=None) -> bool:
    """Whether this user gets any answer on this site. Without `user`: whether it is on at all."""
    return any(p.is_enabled(site=site, user=user) for p in _providers)


def accepts_feedback(site) -> bool:
    return any(p.accepts_feedback(site=site) for p in _providers)


def search_articles(
    query: str, *, user, site, locale=None, limit=5, session=None, source=""
) -> list[ArticleHit]:
    """Answers to a question as people type it, best first; an empty list where none fits.

    `locale` is a language code (default: the active language). `session` opens the password-
    protected sections its holder has passed. `source` is the word the statistics count it under;
    without one it is not counted (while somebody is still typing).
    """
    for provider in _providers:
        return provider.search(
            query,
            user=user,
            site=site,
            locale=locale,
            limit=limit,
            session=session,
            source=source,
        )
    return []


def popular_articles(*, user, site, locale=None, limit=5) -> list[ArticleHit]:
    """What is read most of late, before anything was asked."""
    for provider in _providers:
        return provider.popular(user=user, site=site, locale=locale, limit=limit)
    return []


def enough_to_search(query: str) -> bool:
    """While somebody types: three characters, or two where characters are syllables or words."""
    return len(query) > 2 or (len(query) == 2 and min(query) >= "\u0e00")


def suggest_articles(query: str, *, user, site, limit=4, session) -> list[ArticleHit]:
    """What may spare a visitor the request they are writing. Part of them gets none, to measure that."""
    for provider in _providers:
        return provider.suggest(query, user=user, site=site, limit=limit, session=session)
    return []


def ask_begun(*, site, session, key="", again=False) -> bool:
    """A visitor types into a request form. True where they are held out, and get no suggestions.

    By the same `key` the choice is the same; `again`: this visitor was counted with it.
    """
    return any(p.ask_begun(site=site, session=session, key=key, again=again) for p in _providers)


def ask_reached(step: str, *, site, session) -> None:
    """How far that visitor came: `seen` suggestions, `read` an article, `solved`, or not (`unsolved`)."""
    for provider in _providers:
        provider.ask_reached(step, site=site, session=session)


def ask_sent(*, site, session) -> None:
    """The request was sent after all."""
    for provider in _providers:
        provider.ask_sent(site=site, session=session)


def get_article(pk, *, user, site, session=None) -> ArticleContent | None:
    """`None` where there is no such article, and where this user may not read it."""
    for provider in _providers:
        return provider.get(pk, user=user, site=site, session=session)
    return None


def restricted_articles(pks) -> set[int]:
    """Those of these articles that not everybody may read: an agent who sends one should know."""
    pks = list(pks)
    return set().union(*(p.restricted(pks) for p in _providers)) if pks else set()


def record_view(pk, *, user, site, session=None, source="page") -> None:
    for provider in _providers:
        provider.record_view(pk, user=user, site=site, session=session, source=source)


def record_click(pk, query: str, *, user, site, session=None, source="page") -> None:
    """The reader opened this article from the results of `query`."""
    for provider in _providers:
        provider.record_click(pk, query, user=user, site=site, session=session, source=source)


def record_feedback(
    pk, *, helpful: bool, visitor: str, user, site, comment="", session=None, source="page"
) -> bool:
    """One vote per visitor (`visitor`: any stable string, kept hashed); a second one replaces it.

    False where nothing was stored: no such article, no right to read it, feedback switched off.
    """
    return any(
        p.record_feedback(
            pk,
            helpful=helpful,
            comment=comment,
            visitor=visitor,
            user=user,
            site=site,
            session=session,
            source=source,
        )
        for p in _providers
    )


def visitor_trail(request) -> Trail:
    """The trail in this visitor's session."""
    return Trail(getattr(request, "session", None))


def keep_trail(ticket, trail: Trail) -> None:
    """Keeps with the ticket what its writer searched and read before."""
    for provider in _providers:
        provider.keep_trail(ticket, trail)


def trail_of(ticket) -> dict[str, list[dict[str, Any]]]:
    """`{"searches": [{"query", "hits"}], "read": [{"id", "title"}]}` in order of time."""
    for provider in _providers:
        return provider.trail_of(ticket)
    return {"searches": [], "read": []}


def record_citation(ticket, pk, *, actor) -> None:
    """An agent's answer in this ticket cites the article."""
    for provider in _providers:
        provider.record_citation(ticket, pk, actor=actor)


def stale_citations(ticket, *, user) -> list[CitingTicket]:
    """The articles this ticket cites that were published anew since."""
    return [c for p in _providers for c in p.citations(ticket, user=user) if c.changed]


def draft_from_reply(reply, *, actor) -> str | None:
    """Makes a draft article of a reply; the address where `actor` edits it.

    Raises `PermissionDenied` where the actor may not write articles.
    """
    for provider in _providers:
        return provider.draft_from_reply(reply, actor=actor)
    return None
