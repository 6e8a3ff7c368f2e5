"""Who else has a ticket open, and who is writing: agents tell each other, customers never see it.

A page says every ten seconds that it is still there; what has not been said for ``LASTS`` is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from wagtail_escalated.models import Presence, Ticket, display_name

LASTS = timedelta(seconds=25)
GONE = "gone"
STATES = frozenset({*Presence.State.values, GONE})


def say(ticket_pk: int, user_key: Any, state: str, *, now: datetime | None = None) -> None:
    """``viewing``, ``writing`` or ``gone``. One statement, however often it is said."""
    now = now or timezone.now()
    if state == GONE:
        Presence.objects.filter(ticket_id=ticket_pk, user_id=user_key).delete()
        return
    targeted = connection.features.supports_update_conflicts_with_target
    Presence.objects.bulk_create(
        [Presence(ticket_id=ticket_pk, user_id=user_key, state=state, seen_at=now)],
        update_conflicts=True,
        unique_fields=["ticket", "user"] if targeted else None,
        update_fields=["state", "seen_at"],
    )


def at(
    ticket_pks: Iterable[int], *, now: datetime | None = None
) -> dict[int, list[tuple[str, str, str]]]:
    """Per ticket ``(user's key, name, state)``, by name."""
    now = now or timezone.now()
    rows = Presence.objects.filter(ticket__in=list(ticket_pks), seen_at__gt=now - LASTS)
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in rows.select_related("user"):
        entry = (str(row.user_id), display_name(row.user), row.state)
        found.setdefault(row.ticket_id, []).append(entry)
    return {pk: sorted(people, key=lambda person: person[1]) for pk, people in found.items()}


def others(people: Iterable[tuple[str, str, str]], user_key: str) -> list[dict[str, str]]:
    """As JSON, without the one who asks."""
    return [{"name": name, "state": state} for key, name, state in people if key != user_key]


def present(ticket: Ticket, user: Any) -> list[dict[str, str]]:
    return others(at([ticket.pk]).get(ticket.pk, []), str(user.pk))
