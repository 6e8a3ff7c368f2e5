"""What a page of ours needs to hear of changes: a socket, else polling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.realtime.versions import cursor_at


def live_context(now: datetime | None = None) -> dict[str, Any]:
    """``socket`` is empty where live updates are off or not mounted; ``poll`` where nothing is.

    ``cursor``: from where to ask for what changes after ``now``, the moment the page was read.
    """
    now = now or timezone.now()
    return {
        "socket": _path("wagtail_escalated:events_socket")
        if desk_settings.REALTIME_ENABLED
        else "",
        "poll": _path("wagtail_escalated:events"),
        "seconds": desk_settings.POLL_SECONDS,
        "cursor": str(cursor_at(now)),
        "now": now.isoformat(),
    }


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        # The host has not mounted the desk's URLs: the page works, and is reloaded by hand.
        return ""
