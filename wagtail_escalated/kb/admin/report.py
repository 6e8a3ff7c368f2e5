"""The report of all articles: popular, unhelpful, due for a review, found by nobody."""

from __future__ import annotations

import django_filters
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies.pages import PagePermissionPolicy

from wagtail_escalated.admin.stacked_table import StackedRowsMixin

from ..pages import page_model
from . import figures
from .filters import HelpfulFilter, MaintainerFilter, ReviewFilter

policy = PagePermissionPolicy()
EDITING = ["add", "change", "publish"]

POPULAR, UNHELPFUL, STALE, ORPHANED = "popular", "unhelpful", "stale", "orphaned"
STATES = [
    (POPULAR, _("Read most")),
    (UNHELPFUL, _("More often unhelpful than helpful")),
    (STALE, _("Due for a review")),
    (ORPHANED, _("Read by nobody")),
]


class ArticleFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Articles"), choices=STATES, method="in_state", empty_label=_("All")
    )
    helpful = HelpfulFilter()
    review = ReviewFilter()
    maintainer = MaintainerFilter()

    class Meta:
        model = page_model()
        fields: list[str] = []

    def in_state(self, pages, name, value):
        narrow = {
            POPULAR: lambda: pages.filter(views__gt=0).order_by("-views"),
            UNHELPFUL: lambda: pages.filter(no__gt=F("yes")).order_by("-no"),
            STALE: lambda: pages.filter(review_on__lte=timezone.localdate()).order_by("review_on"),
            ORPHANED: lambda: pages.filter(live=True, views=0),
        }
        return narrow[value]()


class ArticlesReport(StackedRowsMixin, ReportView):
    page_title = _("Articles")
    header_icon = "help"
    permission_policy = policy
    any_permission_required = EDITING
    filterset_class = ArticleFilterSet
    index_url_name = "escalated_kb_articles_report"
    index_results_url_name = "escalated_kb_articles_report_results"
    is_searchable = False
    default_ordering = "-views"
    list_export = ["title", "views", "clicks", "yes", "no", "tickets", "review_on"]
    export_headings = {
        "title": _("Article"),
        "views": _("Views"),
        "clicks": _("Opened from a search"),
        "yes": _("Helpful"),
        "no": _("Not helpful"),
        "tickets": _("Tickets"),
        "review_on": _("Review on"),
    }

    @cached_property
    def columns(self):
        return [
            TitleColumn(
                "title",
                label=_("Article"),
                classname="esc-kb-title",
                sort_key="title",
                get_url=_edit_url,
            ),
            NumberColumn("views", label=_("Views"), sort_key="views"),
            NumberColumn("clicks", label=_("Opened from a search"), sort_key="clicks"),
            NumberColumn("yes", label=_("Helpful"), sort_key="yes"),
            NumberColumn("no", label=_("Not helpful"), sort_key="no"),
            NumberColumn("tickets", label=_("Tickets"), sort_key="tickets"),
            DateColumn("review_on", label=_("Review on"), sort_key="review_on"),
            Column("locale", label=_("Locale"), accessor="locale.language_code"),
        ]

    def get_queryset(self):
        editable = policy.instances_user_has_any_permission_for(self.request.user, EDITING)
        pages = figures.articles().filter(pk__in=editable.values("pk")).select_related("locale")
        self.queryset = figures.with_figures(pages, start=figures.since())
        return self.order_queryset(self.queryset)

    def to_row_dict(self, item):
        from wagtail_escalated.admin.spreadsheets import neutral

        return {name: neutral(getattr(item, name)) for name in self.list_export}


def _edit_url(page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])
