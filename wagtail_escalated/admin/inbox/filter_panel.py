"""The drilldown of filters, fetched when it is first opened: most looks at the inbox need none of it."""

from __future__ import annotations

from django.views.generic import TemplateView

from wagtail_escalated.filters import from_query

from .fields import filter_fields
from .views import InboxAccessMixin


class FilterPanelView(InboxAccessMixin, TemplateView):
    template_name = "wagtail_escalated/admin/inbox/filter_fields.html"

    def get_context_data(self, **kwargs):
        request = self.request
        fields = filter_fields(from_query(request.GET), request.user)
        kept = [
            (name, request.GET[name])
            for name in ("view", "ordering", "page_size")
            if name in request.GET
        ]
        return super().get_context_data(fields=fields, kept=kept, **kwargs)
