"""The tab *Readers* at an article."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel


class ReadersPanel(Panel):
    """Read only: how the article does."""

    def __init__(self, **kwargs):
        super().__init__(**{"heading": _("Readers"), "icon": "view", **kwargs})

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated_kb/admin/readers_panel.html"

        def is_shown(self):
            return super().is_shown() and bool(self.instance.pk)

        def get_context_data(self, parent_context=None):
            from .figures import readers_of

            context = super().get_context_data(parent_context)
            return {**context, **readers_of(self.instance, self.request.user)}
