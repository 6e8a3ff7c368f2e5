"""The page explorer below a knowledge base: how articles do, and filters by that."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import ExplorableIndexView, GenericPageFilterSet
from wagtail.admin.viewsets.pages import PageViewSet, page_viewset_registry

from ..models.bases import ArticleMixin, CategoryMixin, IndexMixin
from ..pages import page_model
from .figures import with_votes
from .filters import HelpfulFilter, MaintainerFilter, ReviewFilter


class HelpCentreFilterSet(GenericPageFilterSet):
    helpful = HelpfulFilter()
    review = ReviewFilter()
    maintainer = MaintainerFilter()


class HelpfulColumn(Column):
    """The share of votes that found it helpful, and of how many."""

    def get_value(self, page):
        votes = getattr(page, "yes", 0) + getattr(page, "no", 0)
        if not votes or not isinstance(page.specific_deferred, ArticleMixin):
            return ""
        share = round(100 * page.yes / votes)
        said = ngettext("%(share)d %% of %(votes)d vote", "%(share)d %% of %(votes)d votes", votes)
        return said % {"share": share, "votes": votes}


class HelpCentreIndexView(ExplorableIndexView):
    def annotate_queryset(self, pages):
        return with_votes(super().annotate_queryset(pages))


class HelpCentreViewSet(PageViewSet):
    """For the children of each index and category, whatever classes a site has made of them."""

    model = page_model()
    index_view_class = HelpCentreIndexView
    filterset_class = HelpCentreFilterSet

    @property
    def columns(self):
        columns = list(HelpCentreIndexView.base_columns)
        at = next((i for i, one in enumerate(columns) if one.name == "status"), len(columns))
        return [*columns[:at], HelpfulColumn("helpful", label=_("Helpful")), *columns[at:]]

    def on_register(self):
        # Only as the listing of their children: the pages themselves keep the views they have.
        for parent in (IndexMixin, CategoryMixin):
            page_viewset_registry.values_by_parent_model[parent] = self
