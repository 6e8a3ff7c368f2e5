"""Wagtail's inline panel without its inline script."""

from wagtail.admin.panels import InlinePanel


class StrictInlinePanel(InlinePanel):
    """Started by our own controller, ``esc-inline-panel``, instead of by a script in the page."""

    class BoundPanel(InlinePanel.BoundPanel):
        template_name = "wagtail_escalated/admin/inline_panel.html"

        class Media:
            js = ["wagtail_escalated/admin/inline-panel.js"]
