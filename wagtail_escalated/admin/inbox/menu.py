"""The inbox in the menu *Support*."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem

from wagtail_escalated.admin.badges import with_badge
from wagtail_escalated.permissions import works_inside


class InboxMenuItem(MenuItem):
    def __init__(self):
        super().__init__(
            _("Inbox"),
            reverse_lazy("wagtail_escalated_admin:inbox"),
            name="inbox",
            icon_name="mail",
            order=100,
        )

    def is_shown(self, request):
        return works_inside(request.user)

    def render_component(self, request):
        return with_badge(super().render_component(request), "inbox")
