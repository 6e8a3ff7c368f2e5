"""The widget's app."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class WidgetConfig(AppConfig):
    name = "wagtail_escalated.widget"
    label = "wagtail_escalated_widget"
    verbose_name = _("Support widget")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """All side effects: what changes pages or their rights empties the widget's short memory."""
        from wagtail.models import PageViewRestriction
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from .remembering import forget_pages

        for signal in (page_published, page_unpublished, post_page_move):
            signal.connect(forget_pages, dispatch_uid="escalated_widget_pages")
        for signal in (post_save, post_delete):
            signal.connect(
                forget_pages, sender=PageViewRestriction, dispatch_uid="escalated_widget_rights"
            )
