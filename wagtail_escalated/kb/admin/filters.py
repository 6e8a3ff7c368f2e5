"""What articles are narrowed by, in the page explorer and in the report of articles."""

from __future__ import annotations

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import MultipleUserFilter

from ..search.candidates import article_models

HALF, LESS, NOBODY = "half", "less", "nobody"
HELPFUL = [
    (HALF, _("At least half of the votes")),
    (LESS, _("Less than half of the votes")),
    (NOBODY, _("No votes yet")),
]
DUE, LATER, NEVER = "due", "later", "never"
REVIEWS = [(DUE, _("Due")), (LATER, _("Later")), (NEVER, _("No date"))]


class HelpfulFilter(django_filters.ChoiceFilter):
    """By the votes; the queryset has ``yes`` and ``no``."""

    def __init__(self, **kwargs):
        super().__init__(
            label=_("Helpful"),
            choices=HELPFUL,
            empty_label=_("All"),
            widget=RadioSelect,
            **kwargs,
        )

    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        narrow = {
            HALF: Q(yes__gte=F("no")) & ~Q(yes=0, no=0),
            LESS: Q(yes__lt=F("no")),
            NOBODY: _articles() & Q(yes=0, no=0),
        }
        return pages.filter(narrow[value]) if value in narrow else pages


class ReviewFilter(django_filters.ChoiceFilter):
    def __init__(self, **kwargs):
        super().__init__(
            label=_("Review"), choices=REVIEWS, empty_label=_("All"), widget=RadioSelect, **kwargs
        )

    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        today = timezone.localdate()
        narrow = {
            DUE: _of_articles("review_on__lte", today),
            LATER: _of_articles("review_on__gt", today),
            NEVER: _articles() & _of_articles("review_on__isnull", True),
        }
        return pages.filter(narrow[value]) if value in narrow else pages


class MaintainerFilter(MultipleUserFilter):
    def __init__(self, **kwargs):
        super().__init__(
            label=_("Looked after by"),
            queryset=lambda request: maintainers(),
            widget=CheckboxSelectMultiple,
            **kwargs,
        )

    def filter(self, pages: QuerySet, value) -> QuerySet:
        users = list(value or ())
        return pages.filter(_of_articles("maintainer__in", users)) if users else pages


def maintainers() -> QuerySet:
    chosen = Q()
    for model in article_models():
        keys = model._default_manager.order_by().values("maintainer")
        chosen |= Q(pk__in=keys.exclude(maintainer=None))
    return get_user_model()._default_manager.filter(chosen)


def _of_articles(lookup: str, value) -> Q:
    """A lookup on each page class that is an article, from the base page."""
    found = Q()
    for model in article_models():
        found |= Q(pk__in=model._default_manager.filter(**{lookup: value}).order_by().values("pk"))
    return found


def _articles() -> Q:
    return _of_articles("pk__isnull", False)
