"""What our pages are compared with: an empty admin page, and Wagtail's bare listing over the same rows."""

from django.urls import include, path
from django.views.generic import TemplateView
from wagtail.admin.auth import require_admin_access
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from tests.urls import urlpatterns as of_the_site
from wagtail_escalated.models import Ticket


class EmptyPage(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtailadmin/generic/base.html"
    page_title = "Nothing"


class BareListing(generic.IndexView):
    model = Ticket
    page_title = "Tickets"
    paginate_by = 25
    default_ordering = "-last_message_at"
    index_url_name = "bare_listing"
    index_results_url_name = "bare_listing"
    any_permission_required: list[str] = []
    permission_policy = None
    columns = [
        Column(name)
        for name in ("reference", "subject", "requester", "assignee", "status", "priority")
    ]

    def get_base_queryset(self):
        return Ticket.objects.select_related("requester", "assignee__user")


urlpatterns = [
    path("reference/empty/", require_admin_access(EmptyPage.as_view()), name="empty_page"),
    path("reference/listing/", require_admin_access(BareListing.as_view()), name="bare_listing"),
    path("", include(of_the_site)),
]
