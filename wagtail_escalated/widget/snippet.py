"""The lines of HTML with which a page takes the widget in."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.models import Site


def script_url(site: Site, *, locale: str = "") -> str:
    """Absolute, by the site's own root URL. With ``locale`` the words come along, saving a request."""
    query = f"?locale={locale}" if locale else ""
    return site.root_url + reverse("wagtail_escalated:widget_script") + query


def script_tag(url: str, *, locale: str = "") -> SafeString:
    if locale:
        return format_html('<script src="{}" data-locale="{}" async></script>', url, locale)
    return format_html('<script src="{}" async></script>', url)


def identify_example() -> str:
    return 'EscalatedWidget.identify({email: "ann@example.com", name: "Ann", signature: "…"});'
