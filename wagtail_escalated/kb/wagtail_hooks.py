"""What the knowledge base adds to Wagtail's admin. Registration only."""

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from wagtail_escalated.job_states import PURPOSES

from .admin.deflection import DeflectionView
from .admin.report import EDITING, ArticlesReport, policy
from .admin.views import GapsView, draft_from_search

PURPOSES["escalated_kb_upkeep"] = _("Reads new articles for their meaning, and forgets old counts")


class EditorsMenuItem(MenuItem):
    def is_shown(self, request):
        return policy.user_has_any_permission(request.user, EDITING)


@hooks.register("register_admin_urls")
def admin_urls():
    return [
        path(
            "help-centre/articles/", ArticlesReport.as_view(), name="escalated_kb_articles_report"
        ),
        path(
            "help-centre/articles/results/",
            ArticlesReport.as_view(results_only=True),
            name="escalated_kb_articles_report_results",
        ),
        path("help-centre/gaps/", GapsView.as_view(), name="escalated_kb_gaps"),
        path("help-centre/suggestions/", DeflectionView.as_view(), name="escalated_kb_deflection"),
        path("help-centre/gaps/draft/", draft_from_search, name="escalated_kb_draft_from_search"),
    ]


@hooks.register("register_admin_viewset")
def help_centre_explorer():
    from .admin.explorer import HelpCentreViewSet

    return HelpCentreViewSet()


@hooks.register("register_reports_menu_item")
def articles_report():
    url = reverse("escalated_kb_articles_report")
    return EditorsMenuItem(_("Articles"), url, icon_name="help", order=900)


@hooks.register("register_reports_menu_item")
def gaps_report():
    url = reverse("escalated_kb_gaps")
    return EditorsMenuItem(_("Searches without an answer"), url, icon_name="search", order=910)


@hooks.register("register_reports_menu_item")
def deflection_report():
    url = reverse("escalated_kb_deflection")
    return EditorsMenuItem(_("Do suggestions help?"), url, icon_name="help", order=920)
