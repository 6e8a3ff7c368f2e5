"""A page of the portal, with what each of them shows of its site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import DeskSettings


def page(
    request: HttpRequest, name: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    desk = DeskSettings.for_request(request)
    shared = {
        "desk": desk,
        "login_url": login_url(),
        "page_name": name,
        "limits": limits(),
    }
    return render(
        request,
        f"wagtail_escalated/portal/{name}.html",
        {**shared, **(context or {})},
        status=status,
    )


def limits() -> dict[str, Any]:
    """Of files, with what a form says of them; the script fills in their names."""
    most = desk_settings.MAX_ATTACHMENTS
    return {
        "files": most,
        "megabytes": desk_settings.MAX_ATTACHMENT_MB,
        "many": _("At most %(count)s files can be attached.") % {"count": most},
        "large": _("%(name)s is too large."),
        "remove": _("Remove %(name)s"),
    }


def login_url() -> str:
    try:
        return resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""


def site_of(request: HttpRequest) -> Site:
    return Site.find_for_request(request) or Site.objects.get(is_default_site=True)
