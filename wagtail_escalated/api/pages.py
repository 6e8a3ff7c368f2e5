"""Pages in Wagtail's admin that tell what the API can do and try it out, from this server alone.

Rendered here from the schema, with nothing but the admin's own look: dark, narrow, from right to left, by
keyboard and under the strictest Content-Security-Policy, which viewers of others ask to be loosened for.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.permissions import tickets_for, works_inside

from .operations import Operation, operation, operations

app_name = "escalated_api"


class ApiPage(WagtailAdminTemplateMixin, TemplateView):
    header_icon = "code"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not desk_settings.API_ENABLED:
            raise Http404
        if not works_inside(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        tokens = reverse("wagtail_escalated_admin:api_tokens")
        return [*self.breadcrumbs_items, {"url": tokens, "label": _("API tokens")}, *self.trail()]

    def trail(self) -> list[dict[str, Any]]:
        return [{"url": "", "label": self.get_page_title()}]


class OperationsPage(ApiPage):
    """All there is, in groups."""

    template_name = "wagtail_escalated/api/operations.html"
    page_title = _("What the API can do")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = sorted(operations(), key=lambda one: (one.group != "tickets", one.group))
        groups = [(name, list(some)) for name, some in groupby(rows, lambda one: one.group)]
        return super().get_context_data(groups=groups, **kwargs)


class OperationPage(ApiPage):
    """One of them: what it takes, what it answers, and a form that asks it."""

    template_name = "wagtail_escalated/api/operation.html"

    @cached_property
    def operation(self) -> Operation:
        found = operation(self.kwargs["operation"])
        if found is None:
            raise Http404
        return found

    def get_page_title(self) -> str:
        # Isolated: from right to left, the last slash would come first.
        named = f"\u2066{self.operation.method} {self.operation.short_path}\u2069"
        return gettext("API: %(operation)s") % {"operation": named}

    def trail(self) -> list[dict[str, Any]]:
        index = {"url": reverse("escalated_api:operations"), "label": _("What the API can do")}
        return [index, *super().trail()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address has given the name of the operation as well.
        told = {"operation": self.operation, "reference": self._reference()}
        return super().get_context_data(**kwargs | told)

    def _reference(self) -> str:
        """The newest ticket that they see: something to begin with."""
        if "{reference}" not in self.operation.path:
            return ""
        seen = tickets_for(self.request.user, "view_internal").order_by("-created_at", "-pk")
        return seen.values_list("reference", flat=True).first() or ""


urlpatterns = [
    path("", OperationsPage.as_view(), name="operations"),
    path("<slug:operation>/", OperationPage.as_view(), name="operation"),
]
