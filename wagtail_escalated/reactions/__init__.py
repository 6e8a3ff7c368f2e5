"""What follows a history row, in the worker: notifications, webhooks, rules, surveys.

Each reaction is a function of one ``TicketEvent``; it may run more than once, so what it does is kept apart by
a unique key. ``apps.ready()`` registers them; ``tasks.react`` calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wagtail_escalated.models import TicketEvent

Reaction = Callable[[Sequence[TicketEvent]], None]

_reactions: dict[str, Reaction] = {}


def register(name: str, reaction: Reaction) -> None:
    """Have ``reaction(events)`` called with each batch of history rows."""
    _reactions[name] = reaction


def registered() -> dict[str, Reaction]:
    return dict(_reactions)
