"""Pages of other origins may ask the API: those that ``API_ALLOWED_ORIGINS`` names, and never with cookies."""

from __future__ import annotations

from asyncio import iscoroutinefunction
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from wagtail_escalated.conf import desk_settings

METHODS = "GET, POST, PATCH, DELETE"
MAY_BE_SENT = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    "X-Guest-Token"
)
MAY_BE_READ = (
    "ETag, Idempotent-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
)
PREFLIGHT_SECONDS = "7200"


def open_to_other_origins(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, with the headers that let an allowed page read its answers."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def async_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return preflight(request) or _told(request, await view(request, *args, **kwargs))

        return async_view

    @wraps(view)
    def sync_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return preflight(request) or _told(request, view(request, *args, **kwargs))

    return sync_view


def preflight(request: HttpRequest) -> HttpResponseBase | None:
    """The answer to a browser that asks first; it asks without credentials."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = HttpResponse(status=204)
    if _is_allowed(request):
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Allow-Headers"] = MAY_BE_SENT
        response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return _told(request, response)


def _told(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if desk_settings.API_ALLOWED_ORIGINS:
        patch_vary_headers(response, ["Origin"])
    if _is_allowed(request):
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response["Access-Control-Expose-Headers"] = MAY_BE_READ
    return response


def _is_allowed(request: HttpRequest) -> bool:
    return request.headers.get("Origin") in desk_settings.API_ALLOWED_ORIGINS
