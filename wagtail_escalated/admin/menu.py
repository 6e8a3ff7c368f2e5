"""The menu *Support*: the day's work first, what is seldom changed last."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import Menu, SubmenuMenuItem
from wagtail.admin.viewsets.model import ModelViewSetGroup

from wagtail_escalated.admin.viewsets.agents import AgentViewSet
from wagtail_escalated.admin.viewsets.blocked_senders import BlockedSenderViewSet
from wagtail_escalated.admin.viewsets.business_hours import BusinessHoursViewSet
from wagtail_escalated.admin.viewsets.canned_responses import CannedResponseViewSet
from wagtail_escalated.admin.viewsets.contacts import ContactViewSet
from wagtail_escalated.admin.viewsets.custom_fields import CustomFieldViewSet
from wagtail_escalated.admin.viewsets.departments import DepartmentViewSet
from wagtail_escalated.admin.viewsets.organisations import OrganisationViewSet
from wagtail_escalated.admin.viewsets.rules import (
    AutomationViewSet,
    MacroViewSet,
    WorkflowViewSet,
)
from wagtail_escalated.admin.viewsets.sla_policies import SLAPolicyViewSet
from wagtail_escalated.admin.viewsets.tags import TagViewSet
from wagtail_escalated.admin.viewsets.webhooks import WebhookViewSet

#: Whoever has a page for this menu returns a ``MenuItem`` from this hook, with an ``order``.
MENU_HOOK = "register_support_menu_item"

#: The first of the viewsets' orders; pages of the day's work stand below it.
CONFIGURATION_ORDER = 500


class SupportGroup(ModelViewSetGroup):
    menu_label = _("Support")
    menu_name = "support"
    menu_icon = "mail"
    menu_order = 150
    items = (
        ContactViewSet,
        OrganisationViewSet,
        CannedResponseViewSet,
        MacroViewSet,
        DepartmentViewSet,
        AgentViewSet,
        TagViewSet,
        CustomFieldViewSet,
        SLAPolicyViewSet,
        BusinessHoursViewSet,
        WorkflowViewSet,
        AutomationViewSet,
        BlockedSenderViewSet,
        WebhookViewSet,
    )

    def get_menu_item(self, order=None):
        items = [
            viewset.get_menu_item(order=CONFIGURATION_ORDER + 10 * position)
            for position, viewset in enumerate(self.registerables)
        ]
        return SubmenuMenuItem(
            label=self.menu_label,
            # Wagtail 7.4 has no submenu_hook on groups, but its menus know such a hook.
            menu=Menu(register_hook_name=MENU_HOOK, items=items),
            name=self.menu_name,
            icon_name=self.menu_icon,
            order=self.menu_order,
        )
