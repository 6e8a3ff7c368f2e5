"""Setup: what is in place, what is still missing, and the next step for each."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.setup_steps import situation, steps


class SetupView(DeskPage):
    template_name = "wagtail_escalated/admin/setup.html"
    page_title = _("Setup")
    header_icon = "cogs"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = situation()
        webhook = self.request.build_absolute_uri(reverse("wagtail_escalated:webhook_inbound"))
        todo = steps(now, webhook)
        return super().get_context_data(
            steps=todo,
            missing=sum(step.is_done is False for step in todo),
            messages_of_check=list(now.messages.values()),
            **kwargs,
        )
