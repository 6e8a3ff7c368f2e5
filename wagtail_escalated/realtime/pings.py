"""What follows a commit: the hubs of this process and the other processes hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail_escalated.conf import desk_settings

from . import layer
from .hub import hubs


def ping_one(sender: Any, *, ticket_pk: int, **kwargs: Any) -> None:
    """Receiver of ``events.committed``."""
    ping([ticket_pk])


def ping_many(sender: Any, *, changes: Any, **kwargs: Any) -> None:
    """Receiver of ``events.committed_many``."""
    ping([ticket_pk for ticket_pk, *_rest in changes])


def ping(tickets: Iterable[int]) -> None:
    if not desk_settings.REALTIME_ENABLED:
        return
    tickets = list(tickets)
    for loop, hub in list(hubs.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(hub.hear, tickets)
    layer.send(tickets)
