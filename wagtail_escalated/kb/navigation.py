"""Where a page stands: breadcrumbs, categories, articles, all of them readable by this reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, prefetch_related_objects
from wagtail.models import Site

from .access import blocked_paths, expired, visible
from .pages import page_model

#: How many articles a shelf names, and how many are named below an article.
MOST_FIRST, MOST_BESIDE = 4, 5


@dataclass(frozen=True)
class Shelf:
    """A category, with how many articles stand below it, and the first of them."""

    page: Any
    articles: int
    first: tuple[Any, ...] = ()


def index_of(page):
    """The knowledge base a page belongs to; `None` outside of any."""
    from .models.bases import IndexMixin

    ancestors = page_model().objects.ancestor_of(page, inclusive=True).type(IndexMixin)
    return ancestors.order_by("-depth").specific().first()


def index_for_site(site, locale=None):
    """The site's knowledge base, in this language where it has one."""
    from .models.bases import IndexMixin

    pages = page_model().objects.live().type(IndexMixin).filter(below(site)).specific()
    found = list(pages.select_related("locale").order_by("depth", "path"))
    return next((p for p in found if p.locale.language_code == locale), next(iter(found), None))


def below(site) -> Q:
    """The site's pages, in each of its languages."""
    from .search.engine import roots_of

    pages = Q(pk__in=())
    for root in roots_of(site):
        pages |= Q(url_path__startswith=root)
    return pages


def breadcrumbs(page, index) -> list:
    if index is None:
        return [page]
    above = page.get_ancestors(inclusive=True).filter(depth__gte=index.depth)
    return list(above.filter(live=True) | above.filter(pk=page.pk))


def with_sources(pages: Iterable) -> list:
    """As a list, with what each alias among them is one of. Two queries where there are any."""
    pages = list(pages)
    prefetch_related_objects([page for page in pages if page.alias_of_id], "alias_of__locale")
    return pages


class Reading:
    """What one reader sees below a page. Two or three queries, whatever the number of pages."""

    def __init__(self, request):
        self.request = request
        self.blocked = blocked_paths(
            user=getattr(request, "user", None), session=getattr(request, "session", None)
        )

    def below(self, page) -> list:
        pages = page_model().objects.descendant_of(page)
        pages = visible(pages, blocked=self.blocked).order_by("path").specific(defer=False)
        return with_sources(p for p in pages if not expired(p))

    def shelves_and_articles(self, page) -> tuple[list[Shelf], list]:
        from .models.bases import ArticleMixin, CategoryMixin

        every = self.below(page)
        articles = [p for p in every if isinstance(p, ArticleMixin)]
        children = [p for p in every if p.depth == page.depth + 1]
        shelves = [_shelf(p, articles) for p in children if isinstance(p, CategoryMixin)]
        return shelves, [p for p in children if isinstance(p, ArticleMixin)]

    def beside(self, page) -> list:
        """The articles that stand nearest to this one on its shelf, in their order. One query."""
        above = page_model()._get_basepath(page.path, page.depth - 1)
        pages = page_model().objects.filter(path__startswith=above, depth=page.depth)
        pages = visible(pages, blocked=self.blocked).type(_article_mixin()).order_by("path")
        every = [p for p in pages if p.pk == page.pk or not expired(p)]
        at = next((i for i, p in enumerate(every) if p.pk == page.pk), 0)
        first = max(0, min(at - MOST_BESIDE // 2, len(every) - MOST_BESIDE - 1))
        return with_sources(p for p in every[first : first + MOST_BESIDE + 1] if p.pk != page.pk)

    def related(self, chosen: list, page) -> list:
        """What an editor has chosen for this page, in that order: each in the page's language where it
        stands there, only what this reader may see, and only of the site."""
        site = Site.find_for_request(self.request)
        if site is None:
            return []
        versions = Q(pk__in=[one.pk for one in chosen])
        if page is not None:
            keys = [one.translation_key for one in chosen]
            versions |= Q(translation_key__in=keys, locale_id=page.locale_id)
        pages = page_model().objects.filter(below(site), versions).select_related("locale")
        found: dict[Any, Any] = {}
        for one in with_sources(p for p in visible(pages, blocked=self.blocked) if not expired(p)):
            found[one.pk] = one
            if page is not None and one.locale_id == page.locale_id:
                found[one.translation_key] = one
        every = [found.get(one.translation_key) or found.get(one.pk) for one in chosen]
        return [one for one in every if one is not None]


def _article_mixin():
    from .models.bases import ArticleMixin

    return ArticleMixin


def _shelf(category, articles: list) -> Shelf:
    below = [a for a in articles if a.path.startswith(category.path)]
    return Shelf(category, len(below), tuple(below[:MOST_FIRST]))
