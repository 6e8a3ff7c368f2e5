"""The one way into every public endpoint of the widget: switched on, from an allowed page, not too often."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Site

from wagtail_escalated.ratelimit import Limited, client_ip, hit

from .models import WidgetSettings

PREFLIGHT_SECONDS = "7200"


@dataclass(frozen=True)
class Visit:
    """What every endpoint knows of a request: no session, no user, nothing from a cookie."""

    request: HttpRequest
    site: Site
    settings: WidgetSettings


def endpoint(
    *methods: str, limit: tuple[str, int, int] | None = None, logged_in: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view ``(visit, …)``. ``limit`` is (scope, hits, seconds) for each address."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # nothing here reads a cookie, so there is nothing to forge
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            visit = arrive(request)
            if visit is None:
                return private(error(_("This page may not use the support widget."), 403))
            with translation.override(locale_of(request)):
                if request.method == "OPTIONS":
                    response: HttpResponse = HttpResponse(status=204)
                elif request.method not in (*methods, "HEAD" if "GET" in methods else ""):
                    response = error(_("This address does not take that method."), 405)
                    response["Allow"] = ", ".join(methods)
                else:
                    response = answer(visit, view, limit, args, kwargs)
            return share(request, response, methods)

        wrapped.login_required = False  # for Django's LoginRequiredMiddleware
        return wrapped

    return decorate


def answer(visit, view, limit, args, kwargs) -> HttpResponse:
    if not visit.settings.enabled:
        return private(error(_("The support widget is switched off."), 403))
    limited = count(visit, limit) if limit else None
    return too_many(limited) if limited else view(visit, *args, **kwargs)


def count(visit: Visit, limit: tuple[str, int, int]) -> Limited | None:
    """Counts this request of this address."""
    scope, hits, seconds = limit
    return hit(f"widget-{scope}", client_ip(visit.request), limit=hits, window=seconds)


def arrive(request: HttpRequest) -> Visit | None:
    """The site and its settings; nothing where the page's origin may not ask."""
    site = Site.find_for_request(request)
    if site is None:
        return None
    settings = WidgetSettings.for_site(site)
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    if origin is not None and not settings.allows(origin, own=own):
        return None
    return Visit(request, site, settings)


def share(request: HttpRequest, response: HttpResponse, methods: tuple[str, ...]) -> HttpResponse:
    """The headers that let the one allowed page read the answer, and nobody guess at its kind."""
    patch_vary_headers(response, ["Origin", "Accept-Language"])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return response
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"] = ", ".join(methods)
        response["Access-Control-Allow-Headers"] = "X-Guest-Token, Content-Type"
        response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def locale_of(request: HttpRequest) -> str:
    """The language the page asks for, if there is one of it; else what the browser prefers."""
    wanted = request.GET.get("locale", "")[:20].replace("_", "-").lower()
    if wanted:
        try:
            return translation.get_supported_language_variant(wanted)
        except LookupError:
            pass  # an unknown language is no error: the visitor reads the site's own
    return translation.get_language_from_request(request)


def cached(request: HttpRequest, response: HttpResponse, *, seconds: int = 0) -> HttpResponse:
    """With an ETag, asked again each time (or after some seconds); 304 where nothing changed."""
    response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["Cache-Control"] = f"public, max-age={seconds}" if seconds else "no-cache"
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def error(message: str, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"error": message, **more}, status=status)


def not_found() -> HttpResponse:
    return private(error(_("There is nothing here."), 404))


def too_many(limited: Limited) -> HttpResponse:
    response = private(error(_("That was a lot at once. Please try again later."), 429))
    response["Retry-After"] = str(limited.retry_after)
    return response
