"""Where a page stands: breadcrumbs, categories, articles, all of them readable by this reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from .access import blocked_paths, expired, visible
from .pages import page_model


@dataclass(frozen=True)
class Shelf:
    """A category, with how many articles stand below it."""

    page: Any
    articles: int


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
        shelves = [
            Shelf(p, sum(a.path.startswith(p.path) for a in articles))
            for p in children
            if isinstance(p, CategoryMixin)
        ]
        return shelves, [p for p in children if isinstance(p, ArticleMixin)]
