"""Where a page stands: breadcrumbs, categories, articles, all of them readable by this reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

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
    from .search.engine import roots_of

    below = Q()
    for root in roots_of(site):
        below |= Q(url_path__startswith=root)
    pages = page_model().objects.live().type(IndexMixin).filter(below).specific()
    found = list(pages.select_related("locale").order_by("depth", "path"))
    return next((p for p in found if p.locale.language_code == locale), next(iter(found), None))


def breadcrumbs(page, index) -> list:
    if index is None:
        return [page]
    above = page.get_ancestors(inclusive=True).filter(depth__gte=index.depth)
    return list(above.filter(live=True) | above.filter(pk=page.pk))


class Reading:
    """What one reader sees below a page. Two or three queries, whatever the number of pages."""

    def __init__(self, request):
        self.blocked = blocked_paths(
            user=getattr(request, "user", None), session=getattr(request, "session", None)
        )

    def below(self, page) -> list:
        pages = page_model().objects.descendant_of(page)
        pages = visible(pages, blocked=self.blocked).order_by("path").specific(defer=False)
        return [p for p in pages if not expired(p)]

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
        return [p for p in every[first : first + MOST_BESIDE + 1] if p.pk != page.pk]


def _article_mixin():
    from .models.bases import ArticleMixin

    return ArticleMixin


def _shelf(category, articles: list) -> Shelf:
    below = [a for a in articles if a.path.startswith(category.path)]
    return Shelf(category, len(below), tuple(below[:MOST_FIRST]))
