"""What is read most, for a place where nothing was asked yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from .access import blocked_paths, expired
from .search import candidates, engine

#: What was read longer ago may be about what nobody has any more.
LATELY = timedelta(days=90)


def popular(*, user, site, locale: str | None, limit: int, session=None) -> list[Any]:
    """Article pages of the reader's language, else of the site's own; unread ones in the tree's order."""
    scope = {"roots": engine.roots_of(site), "blocked": blocked_paths(user=user, session=session)}
    for code in engine.reading_order(locale):
        found = _most_read(code, limit, scope)
        if found:
            return found
    return []


def _most_read(code: str, limit: int, scope: dict[str, Any]) -> list[Any]:
    since = timezone.now().date() - LATELY
    lately = Sum("escalated_days__views", filter=Q(escalated_days__day__gte=since))
    pages = [
        page
        for model in candidates.article_models()
        for page in candidates.readable(model, **scope)
        .filter(locale__language_code=code, escalated_text__isnull=False)
        .select_related("locale")
        .annotate(read_lately=Coalesce(lately, 0))
        .order_by("-read_lately", "path")[:limit]
    ]
    pages.sort(key=lambda page: (-page.read_lately, page.path))
    return [page for page in pages if not expired(page)][:limit]
