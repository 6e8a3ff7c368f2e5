"""``{% load escalated_widget %}{% escalated_widget %}`` puts the widget on a page of this site."""

from django import template
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from wagtail.models import Site

from wagtail_escalated.widget.models import WidgetSettings
from wagtail_escalated.widget.snippet import script_tag

register = template.Library()


@register.simple_tag(takes_context=True)
def escalated_widget(context) -> SafeString | str:
    """Nothing where the widget is off, and in Wagtail's previews."""
    request = context.get("request")
    if request is None or getattr(request, "is_preview", False):
        return ""
    site = Site.find_for_request(request)
    if site is None or not WidgetSettings.for_request(request).enabled:
        return ""
    locale = translation.get_language()
    return script_tag(
        f"{reverse('wagtail_escalated:widget_script')}?locale={locale}", locale=locale
    )
