"""What the script has to know: one dict, baked into it and answered by ``widget/config``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch
from django.utils import timezone, translation
from wagtail.models import Site

from wagtail_escalated import articles
from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.calendars import calendar_from
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.custom_forms import PREFIX, asked_of_customers
from wagtail_escalated.hours import intervals
from wagtail_escalated.models import DeskSettings
from wagtail_escalated.portal.branding import readable_on
from wagtail_escalated.portal.forms import DepartmentField

from .models import WidgetSettings
from .remembering import remembered
from .texts import texts

#: What of the settings stands in the configuration.
SHOWN = ("enabled", "title", "greeting", "closed_text", "colour", "position", "theme")
#: Hours are told for a page that stays open so long.
AHEAD = timedelta(days=7)


def config(site: Site, settings: WidgetSettings) -> dict[str, Any]:
    """In the active language. The widget's settings and the knowledge base's switch count at once."""
    kb = articles.is_enabled(site, user=AnonymousUser())
    chosen = tuple(getattr(settings, name) for name in SHOWN)
    asked = ("config", site.pk, site.root_url, translation.get_language(), kb, chosen)
    return remembered(asked, lambda: worked_out(site, settings, kb=kb))


def worked_out(site: Site, settings: WidgetSettings, *, kb: bool) -> dict[str, Any]:
    desk = DeskSettings.for_site(site)
    colour = settings.colour or desk.colour
    language = translation.get_language() or django_settings.LANGUAGE_CODE
    is_open, turns = hours_from(timezone.now(), desk)
    return {
        "enabled": settings.enabled,
        "kb": kb,
        "feedback": kb and articles.accepts_feedback(site),
        "texts": texts(settings),
        "colour": colour,
        "on_colour": readable_on(colour),
        "position": settings.position,
        "theme": settings.theme,
        "policy": desk.guest_policy,
        "login": login_url(site),
        "open": is_open,
        # When that changes: seconds since 1970. The page follows them by itself.
        "turns": turns,
        "departments": departments(site),
        "fields": custom_fields(),
        "limits": {
            "files": desk_settings.MAX_ATTACHMENTS,
            "megabytes": desk_settings.MAX_ATTACHMENT_MB,
        },
        "poll": desk_settings.POLL_SECONDS,
        "locale": language,
        # All of them, so that the button stands on its side before it knows its words.
        "rtl": [code for code in django_settings.LANGUAGES_BIDI if "-" not in code],
    }


def departments(site: Site) -> list[dict[str, Any]]:
    rows = DepartmentField.offered(site).values_list("pk", "name")
    return [{"id": pk, "name": name} for pk, name in rows]


def custom_fields() -> list[dict[str, Any]]:
    """What the form asks beyond what every form does; for some departments, or for all."""
    return [
        {
            "name": PREFIX + field.key,
            "label": field.name,
            "help": field.help_text,
            "type": field.type,
            "required": field.required_to_submit,
            "choices": [{"id": choice.key, "name": choice.label} for choice in field.choices.all()],
            "departments": [department.pk for department in field.departments.all()],
        }
        for field in asked_of_customers()
    ]


def login_url(site: Site) -> str:
    try:
        return site.root_url + resolve_url(django_settings.LOGIN_URL)
    except NoReverseMatch:
        return ""


def hours_from(now: datetime, desk: DeskSettings) -> tuple[bool, list[int]]:
    """Whether the desk's business hours are open, and when they open and close next; without any they always are."""
    if desk.business_hours is None:
        return True, []
    calendar, until = calendar_from(rules_of(desk.business_hours)), now + AHEAD
    edges = [edge for span in intervals(calendar, now, until) for edge in span]
    return edges[:1] == [now], [int(edge.timestamp()) for edge in edges if now < edge < until]
