"""Do suggestions spare requests? The steps of those who began one, and how sure the difference is."""

from __future__ import annotations

from datetime import date
from math import sqrt

from django.db.models import Sum
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from wagtail_escalated.article_reports import Difference, Steps

from ..models.settings import KnowledgeBaseSettings
from ..models.statistics import SuggestionDay
from . import figures
from .sites import OfOneSite

COUNTS = ("asked", "seen", "read", "solved", "sent")
#: The 97.5th percentile of the normal distribution: 95 % between both ends.
Z = 1.959964


def rows_of(steps: Steps) -> list[tuple[str, int, float]]:
    """Each step with how many came so far, and which part of all they are, in per cent."""
    counts = {name: getattr(steps, name) for name in (*COUNTS, "abandoned")}
    asked = steps.asked
    return [(name, n, 100 * n / asked if asked else 0.0) for name, n in counts.items()]


def steps_of(site, *, start: date) -> tuple[Steps, Steps]:
    """Of those who got suggestions, and of those held out. One query."""
    rows = SuggestionDay.objects.filter(site=site, day__gte=start).values("held_out")
    sums = {row.pop("held_out"): row for row in rows.annotate(**{n: Sum(n) for n in COUNTS})}
    return Steps(**sums.get(False, {})), Steps(**sums.get(True, {}))


def difference(shown: Steps, held: Steps) -> Difference | None:
    """Newcombe's interval for two proportions (hybrid score): right for small numbers, too."""
    if not shown.asked or not held.asked:
        return None
    low_held, high_held = wilson(held.sent, held.asked)
    low_shown, high_shown = wilson(shown.sent, shown.asked)
    p, q = held.sent_share, shown.sent_share
    lower = p - q - sqrt((p - low_held) ** 2 + (high_shown - q) ** 2)
    upper = p - q + sqrt((high_held - p) ** 2 + (q - low_shown) ** 2)
    return Difference(100 * (p - q), 100 * lower, 100 * upper)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion."""
    share, square = hits / of, Z * Z
    middle = share + square / (2 * of)
    spread = Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (middle - spread) / (1 + square / of), (middle + spread) / (1 + square / of)


class DeflectionView(OfOneSite, TemplateView):
    page_title = gettext_lazy("Do suggestions help?")
    header_icon = "help"
    template_name = "wagtail_escalated_kb/admin/deflection.html"

    def get_breadcrumbs_items(self):
        reports = {
            "url": reverse_lazy("escalated_kb_articles_report"),
            "label": gettext_lazy("Articles"),
        }
        return [*self.breadcrumbs_items, reports, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(days=figures.DAYS, **kwargs)
        site = context["site"]
        shown, held = steps_of(site, start=figures.since()) if site else (Steps(), Steps())
        return context | {
            "shown": shown,
            "held": held,
            "rows": [
                (*one, *other[1:]) for one, other in zip(rows_of(shown), rows_of(held), strict=True)
            ],
            "difference": difference(shown, held),
            "percent": KnowledgeBaseSettings.of(site).hold_out_percent if site else 0,
        }
