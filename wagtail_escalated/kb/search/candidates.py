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
#: Of a word that more articles have than that: those with it in the title, and so many others.
OF_COMMON = 200
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
    #: The stems of title, other words and body as they are kept.
    stems: tuple[str, ...]

    @classmethod
    def of(cls, model: type, row) -> Candidate:
        return cls(model, dict(zip(OF_PAGE, row, strict=False)), row[len(OF_PAGE) :])

    @property
    def terms(self) -> Text:
        """Taken apart when it is ranked: most articles of the second language never are."""
        return Text(*(stems.split() for stems in self.stems))

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


def for_question(
    meanings: list[Meaning],
    near: list[int],
    *,
    roots: list[str],
    blocked: list[str],
    backend: str,
) -> list[Candidate]:
    """Articles that have the rare words of the question, and those of `near` (keys of pages)."""
    keys, common = _keys(meanings)
    if not keys and not common and not near:
        return []
    locales = [meaning.lexicon.locale_id for meaning in meanings]
    found = []
    for model in article_models():
        pages = readable(model, roots=roots, blocked=blocked).filter(locale_id__in=locales)
        rows = _search(keys, near, pages, backend, LIMIT) if keys or near else []
        if common:
            have = {row[0] for row in rows}
            further = _search(common, [], pages, backend, OF_COMMON)
            rows += [row for row in further if row[0] not in have]
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


def _keys(meanings: list[Meaning]) -> tuple[list[str], list[str]]:
    """(keys that find few articles, keys that each find more than anybody wants to rank)."""
    few: set[str] = set()
    common: set[str] = set()
    for meaning in meanings:
        fetch = terms_to_fetch(meaning.concepts, AT_LEAST + meaning.lexicon.articles // ONE_OF)
        few.update(title_keys(fetch.in_titles))
        (common if fetch.is_common else few).update(body_keys(fetch.anywhere))
    return sorted(few), sorted(common - few)


def _search(keys: list[str], near: list[int], pages, backend: str, limit: int) -> list[tuple]:
    search = get_search_backend(backend)
    read = pages.filter(escalated_text__isnull=False)
    if sqlite.is_backend(search):
        return _rows(sqlite.having_one_of(keys, near, read), limit)
    if postgresql.is_backend(search):
        return _rows(postgresql.having_one_of(keys, near, read, search), limit)
    found = _asked(search, keys, pages, limit) if keys else []
    have = {row[0] for row in found}
    further = [pk for pk in near if pk not in have]
    return found + (_rows(read.filter(pk__in=further), limit) if further else [])


def _rows(pages, limit: int) -> list[tuple]:
    return list(pages.values_list(*NEEDED)[:limit])


def _asked(search, keys: list[str], pages, limit: int) -> list[tuple]:
    """Of a backend that we know nothing about."""
    needed = pages.select_related("escalated_text").only(*NEEDED)
    query = Or([PlainText(key) for key in keys])
    found = search.search(query, needed, order_by_relevance=False)[:limit]
    return [_row(page) for page in found if getattr(page, "escalated_text", None)]


def _row(page) -> tuple:
    text = page.escalated_text
    return (
        *(getattr(page, name) for name in OF_PAGE),
        *(getattr(text, name) for name in OF_TEXT),
    )
