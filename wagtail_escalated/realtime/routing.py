"""For the host's ``asgi.py``: ``URLRouter(websocket_urlpatterns)``.

The socket's path is wherever the host has put the desk's URLs: a path matches if it is one that ``reverse`` would
make, in whatever language, without the prefix having been written down here.
"""

from __future__ import annotations

from typing import Any

from django.urls import Resolver404, resolve
from django.urls.resolvers import RoutePattern, URLPattern
from django.utils import translation
from django.utils.translation import get_language_from_path

from .consumers import EventsConsumer


class WhereverTheDeskIs(RoutePattern):
    """Matches what the host's URLs resolve to the desk's socket."""

    def __init__(self) -> None:
        super().__init__("events/socket/", name="events_socket", is_endpoint=True)

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        found = self._resolved(f"/{path}")
        if found is None or "wagtail_escalated" not in found.app_names:
            return None
        return ("", (), {}) if found.url_name == "events_socket" else None

    def _resolved(self, path: str) -> Any:
        language = get_language_from_path(path)
        try:
            if language is None:
                return resolve(path)
            with translation.override(language):
                return resolve(path)
        except Resolver404:
            return None


websocket_urlpatterns = [
    URLPattern(WhereverTheDeskIs(), EventsConsumer.as_asgi(), name="events_socket")
]
