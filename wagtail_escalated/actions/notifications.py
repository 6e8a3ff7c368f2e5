"""What a person has been told, has read, and wants to be told."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from wagtail_escalated.models import (
    DigestPreference,
    NoticeChannel,
    NoticeKind,
    Notification,
    NotificationPreference,
    Ticket,
    is_on_by_default,
)
from wagtail_escalated.permissions import tickets_for

Pair = tuple[str, str]  # kind, channel

ALL_PAIRS: tuple[Pair, ...] = tuple(
    (kind.value, channel.value) for kind in NoticeKind for channel in NoticeChannel
)


class Choices:
    """What some people chose, in one query."""

    def __init__(self, users: Collection[Any]):
        rows = NotificationPreference.objects.filter(user__in=users)
        self._chosen = {
            (user, kind, channel): enabled
            for user, kind, channel, enabled in rows.values_list(
                "user_id", "kind", "channel", "enabled"
            )
        }

    def wants(self, user_pk: Any, kinds: Iterable[str], channel: str) -> bool:
        """Whether at least one of the kinds is switched on for the channel."""
        return any(
            self._chosen.get((user_pk, kind, channel), is_on_by_default(kind, channel))
            for kind in kinds
        )


def choose(user: Any, wanted: Collection[Pair]) -> None:
    """Keep for each kind and channel whether the person wants it: ``wanted`` are those they do."""
    with transaction.atomic():
        NotificationPreference.objects.filter(user=user).delete()
        NotificationPreference.objects.bulk_create(
            NotificationPreference(
                user=user, kind=kind, channel=channel, enabled=(kind, channel) in wanted
            )
            for kind, channel in ALL_PAIRS
            if ((kind, channel) in wanted) != is_on_by_default(kind, channel)
        )


def choose_digest(
    user: Any, *, enabled: bool, at: time, now: datetime | None = None
) -> DigestPreference:
    """``at`` is in the person's own zone. Switched on after that time, the first comes tomorrow."""
    with transaction.atomic():
        row, _created = DigestPreference.objects.select_for_update().get_or_create(user=user)
        local = (now or timezone.now()).astimezone(zone_of(user))
        if enabled and not row.enabled and local.time() >= at:
            row.last_on = local.date()
        row.enabled, row.at = enabled, at
        row.save()
    return row


def zone_of(user: Any) -> zoneinfo.ZoneInfo:
    """The time zone of a user's account in Wagtail, else the site's."""
    profile = getattr(user, "wagtail_userprofile", None)
    name = profile.get_current_time_zone() if profile is not None else ""
    try:
        return zoneinfo.ZoneInfo(name or timezone.get_default_timezone_name())
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(timezone.get_default_timezone_name())


def shown_to(user: Any, tickets: QuerySet[Ticket] | None = None) -> QuerySet[Notification]:
    """What stands in a person's bell, newest first: of ``tickets``, those that they may see by now."""
    if tickets is None:
        tickets = tickets_for(user, "view_internal")
    return Notification.objects.filter(user=user, in_bell=True, event__ticket__in=tickets)


def unread_of(user: Any, tickets: QuerySet[Ticket] | None = None) -> QuerySet[Notification]:
    return shown_to(user, tickets).filter(read_at=None)


def mark_read(user: Any, *, pks: Collection[int] | None = None, now: datetime | None = None) -> int:
    """Some, or all of a person's notifications; returns how many were unread."""
    rows = Notification.objects.filter(user=user, read_at=None)
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    return rows.update(read_at=now or timezone.now())


def mark_ticket_read(user: Any, ticket: Ticket) -> int:
    """The person has the ticket before their eyes."""
    rows = Notification.objects.filter(user=user, read_at=None, event__ticket=ticket)
    # Looked for before it is written: an open page says every ten seconds that it is there.
    return rows.update(read_at=timezone.now()) if rows.exists() else 0
