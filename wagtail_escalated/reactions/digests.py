"""The daily summary: once for each person and day of their own, at their own time."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_escalated.actions import outbound
from wagtail_escalated.actions.notifications import zone_of
from wagtail_escalated.models import (
    DigestPreference,
    Notification,
    OutboundEmail,
    normalise_address,
    user_address,
)


def run() -> str:
    return f"{send_due()} daily summaries written"


def send_due(now: datetime | None = None) -> int:
    """Write the mails whose time has come. An hour that the clocks skip counts as passed, one that they
    repeat brings no second mail."""
    now = now or timezone.now()
    rows = DigestPreference.objects.filter(enabled=True, user__is_active=True)
    written = 0
    for row in rows.select_related("user__wagtail_userprofile").order_by("pk"):
        local = now.astimezone(zone_of(row.user))
        is_done = row.last_on is not None and row.last_on >= local.date()
        if not is_done and local.time() >= row.at:
            written += _write(row, local.date(), now)
    return written


def _write(row: DigestPreference, day: date, now: datetime) -> int:
    with transaction.atomic():
        mine = DigestPreference.objects.filter(Q(last_on=None) | Q(last_on__lt=day), pk=row.pk)
        if not mine.update(last_on=day):
            return 0  # another process was quicker
        waiting = Notification.objects.filter(
            user=row.user, in_digest=True, digest=None, read_at=None
        )
        address = normalise_address(user_address(row.user))
        if not address or not waiting.exists():
            return 0
        mail = OutboundEmail.objects.create(
            kind="digest",
            user=row.user,
            address=address,
            key=f"digest-{row.user.pk}-{day.isoformat()}",
            send_after=now,
        )
        waiting.update(digest=mail)
        outbound.announce(now)
    return 1
