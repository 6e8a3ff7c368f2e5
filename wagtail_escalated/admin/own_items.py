"""The pages of the menu *Support* that are no viewsets."""

from __future__ import annotations

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem

from wagtail_escalated.admin.badges import with_badge
from wagtail_escalated.admin.pages import keeps_mail
from wagtail_escalated.permissions import is_manager


class HeldMailMenuItem(MenuItem):
    def __init__(self):
        super().__init__(
            _("Held mail"),
            reverse_lazy("wagtail_escalated_admin:held_mail"),
            name="held-mail",
            icon_name="warning",
            order=200,
        )

    def is_shown(self, request):
        return keeps_mail(request.user)

    def render_component(self, request):
        return with_badge(super().render_component(request), "held")


class ManagerMenuItem(MenuItem):
    def is_shown(self, request):
        return is_manager(request.user)


def manager_items() -> list[MenuItem]:
    def item(label, url_name, icon, order):
        return ManagerMenuItem(
            label,
            reverse_lazy(f"wagtail_escalated_admin:{url_name}"),
            name=f"support-{url_name}",
            icon_name=icon,
            order=order,
        )

    return [
        item(_("Dashboard"), "dashboard", "view", 50),
        item(_("Reports"), "reports", "table", 300),
        item(_("Jobs"), "jobs", "history", 900),
        item(_("Setup"), "setup", "cogs", 910),
    ]
