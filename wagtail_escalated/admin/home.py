"""Wagtail's home page: what waits, in one line."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from laces.components import Component

from wagtail_escalated.admin.badges import counts_for
from wagtail_escalated.permissions import works_inside


class SupportPanel(Component):
    """“12 waiting for you, 3 late”, for those who work at the desk."""

    name = "support"
    order = 90
    template_name = "wagtail_escalated/admin/home_panel.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any] | None:
        request = parent_context["request"]
        if not works_inside(request.user):
            return None
        inbox = reverse("wagtail_escalated_admin:inbox")
        return {**counts_for(request.user), "inbox": inbox}

    def render_html(self, parent_context: Any = None) -> str:
        request = parent_context["request"]
        return super().render_html(parent_context) if works_inside(request.user) else ""
