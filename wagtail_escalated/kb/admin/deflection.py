"""Do suggestions spare requests? The steps of those who began one, and how sure the difference is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt

from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from ..models.settings import KnowledgeBaseSettings
from ..models.statistics import SuggestionDay
from . import figures
from .report import EDITING, policy

COUNTS = ("asked", "seen", "read", "solved", "sent")
#: The 97.5th percentile of the normal distribution: 95 % between both ends.
Z = 1.959964


@dataclass(frozen=True)
class Steps:
    """How many visitors came how far, of those who began to write a request."""

    asked: int = 0
    seen: int = 0
    read: int = 0
    solved: int = 0
    sent: int = 0

    @property
    def abandoned(self) -> int:
        """They neither wrote nor said that it helped: nobody knows why."""
        return max(0, self.asked - self.solved - self.sent)

    @property
    def sent_share(self) -> float:
        return self.sent / self.asked if self.asked else 0.0

    @property
    def rows(self) -> list[tuple[str, int, float]]:
        counts = {name: getattr(self, name) for name in (*COUNTS, "abandoned")}
        return [
            (name, n, 100 * n / self.asked if self.asked else 0.0) for name, n in counts.items()
        ]


@dataclass(frozen=True)
class Difference:
    """Requests spared by suggestions, in percentage points, and the 95 % interval."""

    points: float
    lower: float
    upper: float

    @property
    def is_certain(self) -> bool:
        return self.lower > 0 or self.upper < 0


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


class DeflectionView(WagtailAdminTemplateMixin, TemplateView):
    page_title = gettext_lazy("Do suggestions help?")
    header_icon = "help"
    template_name = "wagtail_escalated_kb/admin/deflection.html"
    _show_breadcrumbs = True

    def dispatch(self, request, *args, **kwargs):
        if not policy.user_has_any_permission(request.user, EDITING):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        reports = {
            "url": reverse_lazy("escalated_kb_articles_report"),
            "label": gettext_lazy("Articles"),
        }
        return [*self.breadcrumbs_items, reports, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs):
        site = (
            Site.find_for_request(self.request) or Site.objects.filter(is_default_site=True).first()
        )
        shown, held = steps_of(site, start=figures.since()) if site else (Steps(), Steps())
        return super().get_context_data(
            days=figures.DAYS,
            shown=shown,
            held=held,
            rows=[(*one, *other[1:]) for one, other in zip(shown.rows, held.rows, strict=True)],
            difference=difference(shown, held),
            percent=KnowledgeBaseSettings.of(site).hold_out_percent if site else 0,
            **kwargs,
        )
