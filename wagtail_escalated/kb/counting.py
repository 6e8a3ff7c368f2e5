"""Counts views, searches, clicks and votes, without keeping who they came from."""

from __future__ import annotations

import hashlib
import re

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models.statistics import QUERY_LENGTH, ArticleDay, SearchClick, SearchDay, Vote
from .search.text import words

COMMENT_LENGTH = 2000
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_NUMBER = re.compile(r"\+?\d(?:[\s./-]?\d){4,}")


def without_personal_data(query: str) -> str:
    """Addresses and longer numbers (orders, cards, telephones) become an ellipsis."""
    query = _ADDRESS.sub("…", query.replace("\x00", " "))
    return " ".join(_NUMBER.sub("…", query).split())[:QUERY_LENGTH]


def key_of(query: str) -> str:
    return hashlib.sha256(" ".join(words(query)).encode()).hexdigest()


def count_view(page, *, source: str) -> None:
    add(ArticleDay, {"page_id": page.pk, "day": _today(), "source": source}, views=1)


def count_search(query: str, *, site, locale, source: str, hits: int) -> None:
    query = without_personal_data(query)
    if words(query):
        add(
            SearchDay,
            **_search_row(query, site, locale, source),
            searches=1,
            without_result=not hits,
        )


def count_click(query: str, page, *, site, locale, source: str) -> None:
    query = without_personal_data(query)
    if not words(query):
        return
    row = _search_row(query, site, locale, source)
    add(SearchDay, **row, clicks=1)
    search = SearchDay.objects.get(**row["key"])
    add(SearchClick, {"search": search, "page_id": page.pk}, clicks=1)


def count_ticket(query: str, *, site, locale) -> None:
    """Somebody wrote a ticket after having searched for this."""
    query = without_personal_data(query)
    if words(query):
        add(SearchDay, **_search_row(query, site, locale, "ticket"), tickets=1)


def vote(page, *, visitor: str, helpful: bool, comment: str, source: str) -> Vote:
    """A second vote of the same visitor replaces the first; a comment is kept on `no` alone."""
    comment = "" if helpful else comment.replace("\x00", "").strip()[:COMMENT_LENGTH]
    result, _ = Vote.objects.update_or_create(
        page_id=page.pk,
        visitor=hashed_visitor(visitor),
        defaults={
            "helpful": helpful,
            "comment": comment,
            "source": source,
            "revision_id": page.live_revision_id,
            "voted_at": timezone.now(),
        },
    )
    return result


def vote_of(page, visitor: str) -> Vote | None:
    return Vote.objects.filter(page_id=page.pk, visitor=hashed_visitor(visitor)).first()


def hashed_visitor(visitor: str) -> str:
    return salted_hmac("wagtail_escalated_kb.vote", visitor, algorithm="sha256").hexdigest()


def _search_row(query: str, site, locale, source: str) -> dict:
    key = {
        "site": site,
        "locale": locale,
        "day": _today(),
        "source": source,
        "key": key_of(query),
    }
    return {"key": key, "defaults": {"query": query}}


def _today():
    return timezone.now().date()


def add(model, key: dict, defaults: dict | None = None, **counts: int) -> None:
    """Two visitors at once: both are counted, whichever makes the row."""
    counts = {name: int(count) for name, count in counts.items() if count}
    grown = {name: F(name) + count for name, count in counts.items()}
    if not counts or model.objects.filter(**key).update(**grown):
        return
    try:
        with transaction.atomic():
            model.objects.create(**key, **(defaults or {}), **counts)
    except IntegrityError:
        model.objects.filter(**key).update(**grown)
