"""What the worker does every hour for the knowledge base."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from wagtail.models import Locale, Site

from .models.search import ArticleText
from .models.settings import KnowledgeBaseSettings
from .models.statistics import ArticleDay, SearchDay, SuggestionDay
from .search import semantic
from .tasks import embed_articles

AT_ONCE = 200


def upkeep() -> str:
    """Makes vectors whose task was lost, and forgets statistics past their days."""
    return (
        f"{embed_missing()} articles read for their meaning, {forget_statistics()} counts forgotten"
    )


def embed_missing() -> int:
    if semantic.model() is None:
        return 0
    read = [locale for locale in Locale.objects.all() if semantic.reads(locale)]
    missing = ArticleText.objects.filter(vector__isnull=True, lexicon__locale__in=read)
    missing = missing.order_by("pk")
    return embed_articles(list(missing.values_list("page_id", flat=True)[:AT_ONCE]))


def forget_statistics() -> int:
    today, gone, longest = timezone.now().date(), 0, 0
    for site in Site.objects.all():
        days = KnowledgeBaseSettings.of(site).keep_statistics_days
        longest = max(longest, days)
        for counts in (SearchDay, SuggestionDay):
            old = counts.objects.filter(site=site, day__lt=today - timedelta(days=days))
            gone += old.delete()[0]
    # Views belong to a page, which may stand on several sites: the longest of them holds.
    return gone + ArticleDay.objects.filter(day__lt=today - timedelta(days=longest)).delete()[0]
