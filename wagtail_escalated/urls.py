"""The desk below the host's prefix. Registration only; each door keeps its own paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any

from django.apps import apps
from django.http import Http404
from django.urls import URLPattern, URLResolver, include, path

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.crossing import open_to_other_origins

app_name = "wagtail_escalated"


View = Callable[..., Any]


def while_on(setting: str, patterns: Iterable[Any]) -> list[Any]:
    """The same patterns, answering 404 while a setting is off: asked at each request, not at start."""
    return [_around(lambda view: _asking(setting, view), pattern) for pattern in patterns]


def for_other_origins(patterns: Iterable[Any]) -> list[Any]:
    """The same patterns, readable by pages of the origins that ``API_ALLOWED_ORIGINS`` names."""
    return [_around(open_to_other_origins, pattern) for pattern in patterns]


def _around(wrap: Callable[[View], View], pattern: Any) -> Any:
    if isinstance(pattern, URLResolver):
        wrapped = [_around(wrap, inner) for inner in pattern.url_patterns]
        namespaced = (wrapped, pattern.app_name) if pattern.app_name else wrapped
        return URLResolver(
            pattern.pattern, namespaced, pattern.default_kwargs, pattern.app_name, pattern.namespace
        )
    return URLPattern(pattern.pattern, wrap(pattern.callback), pattern.default_args, pattern.name)


def _asking(setting: str, view: View) -> View:
    if iscoroutinefunction(view):

        @wraps(view)
        async def async_view(request, *args, **kwargs):
            _refuse_while_off(setting)
            return await view(request, *args, **kwargs)

        return async_view

    @wraps(view)
    def sync_view(request, *args, **kwargs):
        _refuse_while_off(setting)
        return view(request, *args, **kwargs)

    return sync_view


def _refuse_while_off(setting: str) -> None:
    if not getattr(desk_settings, setting):
        raise Http404


def _patterns(dotted: str) -> list[Any]:
    return import_module(dotted).urlpatterns


urlpatterns = [
    path("webhook/email/", include("wagtail_escalated.mail.urls")),
    path("events/", include(for_other_origins(_patterns("wagtail_escalated.realtime.urls")))),
    path(
        "api/v1/",
        include(
            while_on("API_ENABLED", for_other_origins(_patterns("wagtail_escalated.api.urls")))
        ),
    ),
    path("", include("wagtail_escalated.portal.download_urls")),
    path("", include(while_on("UI_ENABLED", _patterns("wagtail_escalated.portal.urls")))),
]

# The optional apps bring their own paths; the desk never imports them.
if apps.is_installed("wagtail_escalated.widget"):
    urlpatterns += [path("widget/", include("wagtail_escalated.widget.urls"))]
if apps.is_installed("wagtail_escalated.kb"):
    urlpatterns += [path("kb/", include("wagtail_escalated.kb.urls"))]
