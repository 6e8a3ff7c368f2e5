"""What the desk's own pages share: who may enter, and the breadcrumbs of Wagtail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.permissions import is_agent, is_manager


def keeps_mail(user: Any) -> bool:
    return is_manager(user) or is_agent(user)


class AllowedMixin:
    """Set ``allowed``: who may enter. Everybody else is sent home, as by Wagtail's own views."""

    allowed = staticmethod(is_manager)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.allowed(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class DeskPage(AllowedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A page of managers, unless it says otherwise."""

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]
