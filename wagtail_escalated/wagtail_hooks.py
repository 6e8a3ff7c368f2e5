"""What the desk adds to Wagtail's admin. Registration only; the pages stand in ``admin``."""

from django.templatetags.static import static
from django.urls import include, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from wagtail_escalated.admin.api_tokens import ApiTokensMenuItem
from wagtail_escalated.admin.home import SupportPanel
from wagtail_escalated.admin.inbox.menu import InboxMenuItem
from wagtail_escalated.admin.menu import MENU_HOOK, SupportGroup
from wagtail_escalated.admin.notifications.bell import BellMenuItem
from wagtail_escalated.admin.notifications.preferences import account_menu_item
from wagtail_escalated.admin.own_items import HeldMailMenuItem, manager_items

ICONS = (
    "esc-bell",
    "esc-merge",
    "esc-pause",
    "esc-priority-critical",
    "esc-priority-high",
    "esc-priority-low",
    "esc-priority-medium",
    "esc-priority-urgent",
    "esc-snooze",
    "esc-split",
)


@hooks.register("register_admin_viewset")
def support_viewsets():
    return SupportGroup()


@hooks.register("register_admin_urls")
def support_urls():
    return [
        path("support/", include("wagtail_escalated.admin.urls")),
        path("support/api/", include("wagtail_escalated.api.pages")),
    ]


@hooks.register("insert_global_admin_css")
def support_css():
    url = static("wagtail_escalated/admin/support.css")
    return format_html('<link rel="stylesheet" href="{}">', url)


@hooks.register("register_icons")
def support_icons(icons):
    return [*icons, *(f"wagtail_escalated/icons/{name}.svg" for name in ICONS)]


@hooks.register(MENU_HOOK)
def inbox_menu_item():
    return InboxMenuItem()


hooks.register(MENU_HOOK, HeldMailMenuItem)
hooks.register("register_admin_menu_item", BellMenuItem)
hooks.register("register_account_menu_item", account_menu_item)


@hooks.register(MENU_HOOK)
def api_tokens_menu_item():
    return ApiTokensMenuItem(
        _("API tokens"),
        reverse("wagtail_escalated_admin:api_tokens"),
        name="support-api-tokens",
        icon_name="key",
        order=890,
    )


for item in manager_items():
    hooks.register(MENU_HOOK, lambda item=item: item)


@hooks.register("construct_homepage_panels")
def support_on_the_home_page(request, panels):
    panels.append(SupportPanel())


@hooks.register("insert_global_admin_js")
def support_js():
    """Badges, and the live updates that they follow on every page."""
    names = ("badge.js", "live.js")
    return format_html_join(
        "", '<script src="{}"></script>', ((static(f"wagtail_escalated/admin/{n}"),) for n in names)
    )
