"""The settings page: what a manager chooses, and the snippet to copy."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, Panel


class SnippetPanel(Panel):
    """The line of HTML that puts the widget on a page, ready to copy."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated_widget/snippet_panel.html"

        def get_context_data(self, parent_context=None):
            from .snippet import identify_example, script_tag, script_url

            context = super().get_context_data(parent_context)
            site = self.instance.site
            context["snippet"] = script_tag(script_url(site))
            context["tag"] = "{% load escalated_widget %}{% escalated_widget %}"
            context["identify"] = identify_example()
            context["origin"] = site.root_url
            return context


def settings_panels():
    return [
        MultiFieldPanel(
            [FieldPanel("enabled"), FieldPanel("allowed_origins")], heading=_("Where it shows")
        ),
        SnippetPanel(heading=_("Put it on your pages")),
        MultiFieldPanel(
            [FieldPanel("title"), FieldPanel("greeting"), FieldPanel("closed_text")],
            heading=_("Texts"),
        ),
        MultiFieldPanel(
            [FieldPanel("colour"), FieldPanel("position"), FieldPanel("theme")], heading=_("Look")
        ),
        MultiFieldPanel([FieldPanel("secret")], heading=_("Identified visitors")),
    ]
