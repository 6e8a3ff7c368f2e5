"""Who may read which page. One place, for search, suggestions, counts, widget and API.

Wagtail hides a restricted page, but neither its aliases elsewhere nor what stands below them
(`.public()`, the sitemap and API v2 show those).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from wagtail.models import PageViewRestriction

from .pages import page_model

PASSED_KEY = PageViewRestriction.passed_view_restrictions_session_key


def blocked_paths(*, user, session=None) -> list[str]:
    """Paths of the trees this reader may not see, with all their aliases. One or two queries."""
    restrictions = PageViewRestriction.objects.values_list("pk", "restriction_type", "page__path")
    if user is not None and user.is_authenticated:
        membership = PageViewRestriction.groups.through.objects.filter(
            pageviewrestriction_id=OuterRef("pk"), group__in=user.groups.all()
        )
        restrictions = restrictions.annotate(member=Exists(membership))
        rows = list(restrictions.values_list("pk", "restriction_type", "page__path", "member"))
    else:
        rows = [(*row, False) for row in restrictions]
    passed = set((session or {}).get(PASSED_KEY, ()))
    paths = [
        path
        for pk, kind, path, member in rows
        if not _accepts(pk, kind, member, user=user, passed=passed)
    ]
    return paths + _alias_paths(paths)


def _accepts(pk, kind, member, *, user, passed) -> bool:
    if kind == PageViewRestriction.PASSWORD:
        return pk in passed
    logged_in = user is not None and user.is_authenticated
    if kind == PageViewRestriction.LOGIN:
        return logged_in
    if kind == PageViewRestriction.GROUPS:
        return logged_in and (user.is_superuser or member)
    return True


def _alias_paths(paths: list[str]) -> list[str]:
    if not paths:
        return []
    hidden = Q()
    for path in paths:
        hidden |= Q(alias_of__path__startswith=path)
    found = page_model().objects.filter(hidden).values_list("path", flat=True)
    return [path for path in found if not path.startswith(tuple(paths))]


def visible(pages, *, blocked: Iterable[str]):
    """The published pages of this queryset that are not below a blocked path."""
    pages = pages.live()
    for path in blocked:
        pages = pages.exclude(path__startswith=path)
    return pages


def expired(page, now=None) -> bool:
    """Past its date, though the job that takes it down has not run yet."""
    return page.expire_at is not None and page.expire_at <= (now or timezone.now())
