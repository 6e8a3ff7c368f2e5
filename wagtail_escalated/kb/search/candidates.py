"""Asks Wagtail's index, whichever backend it is, which articles have the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q
from wagtail.search.backends import get_search_backend
from wagtail.search.query import Or, PlainText

from ..access import visible
from ..models.bases import ArticleMixin
from ..models.search import ArticleText
from . import postgresql, sqlite
from .keys import body_keys, title_keys
from .lexicon import Meaning
from .ranking import Text, terms_to_fetch

#: How many articles one search ranks, about: so many, and one of so many.
AT_LEAST, ONE_OF = 80, 40
LIMIT = 800
#: What a result needs of its page: an article's body is long, and hundreds are ranked.
OF_PAGE = ("pk", "title", "summary", "slug", "path", "url_path", "live", "expire_at")
OF_PAGE += ("locale_id", "alias_of_id", "translation_key", "content_type_id", "live_revision_id")
OF_TEXT = ("title_terms", "other_terms", "body_terms")
NEEDED = (*OF_PAGE, *(f"escalated_text__{name}" for name in OF_TEXT))


@dataclass(frozen=True)
class Candidate:
    """A published article that this reader may see, as far as ranking and result need it."""

    model: type
    fields: dict[str, Any]
    terms: Text

    @classmethod
    def of(cls, model: type, row) -> Candidate:
        fields = dict(zip(OF_PAGE, row, strict=False))
        return cls(model, fields, Text(*(terms.split() for terms in row[len(OF_PAGE) :])))

    @property
    def pk(self) -> int:
        return self.fields["pk"]

    @property
    def locale_id(self) -> int:
        return self.fields["locale_id"]

    def expired(self, now: datetime) -> bool:
        """Past its date, though the job that takes it down has not run yet."""
        return self.fields["expire_at"] is not None and self.fields["expire_at"] <= now

    def page(self, locale):
        """For its address and its title; not to be saved."""
        return self.model(**self.fields, locale=locale)


def article_models() -> list[type]:
    return [m for m in apps.get_models() if issubclass(m, ArticleMixin) and not m._meta.abstract]


def by_words(
    meanings: list[Meaning], *, roots: list[str], blocked: list[str], backend: str
) -> list[Candidate]:
    keys = sorted({key for meaning in meanings for key in _keys(meaning)})
    if not keys:
        return []
    locales = [meaning.lexicon.locale_id for meaning in meanings]
    found = []
    for model in article_models():
        pages = readable(model, roots=roots, blocked=blocked).filter(locale_id__in=locales)
        found += [Candidate.of(model, row) for row in _search(keys, pages, backend)]
    return found


def by_pk(pks: list[int], *, roots: list[str], blocked: list[str]) -> list[Candidate]:
    found = []
    for model in article_models():
        pages = readable(model, roots=roots, blocked=blocked)
        rows = pages.filter(pk__in=pks, escalated_text__isnull=False).values_list(*NEEDED)
        found += [Candidate.of(model, row) for row in rows]
    return found


def texts_of(pks: list[int]) -> dict[int, str]:
    """Summary and body of these articles in plain words."""
    return dict(ArticleText.objects.filter(page_id__in=pks).values_list("page_id", "text"))


def readable(model, *, roots: list[str], blocked: list[str]):
    """The published pages of a model below `roots` (`url_path`) that are not blocked."""
    below = Q()
    for root in roots:
        below |= Q(url_path__startswith=root)
    return visible(model.objects.filter(below), blocked=blocked)


def _keys(meaning: Meaning) -> list[str]:
    anywhere, in_titles = terms_to_fetch(
        meaning.concepts, AT_LEAST + meaning.lexicon.articles // ONE_OF
    )
    return body_keys(anywhere) + title_keys(in_titles)


def _search(keys: list[str], pages, backend: str) -> list[tuple]:
    search = get_search_backend(backend)
    found = None
    if sqlite.is_backend(search):
        found = sqlite.having_one_of(keys, pages)
    elif postgresql.is_backend(search):
        found = postgresql.having_one_of(keys, pages, search)
    if found is not None:
        return list(found.filter(escalated_text__isnull=False).values_list(*NEEDED)[:LIMIT])
    needed = pages.select_related("escalated_text").only(*NEEDED)
    query = Or([PlainText(key) for key in keys])
    pages_found = search.search(query, needed, order_by_relevance=False)[:LIMIT]
    return [_row(page) for page in pages_found if getattr(page, "escalated_text", None)]


def _row(page) -> tuple:
    text = page.escalated_text
    return (
        *(getattr(page, name) for name in OF_PAGE),
        *(getattr(text, name) for name in OF_TEXT),
    )
