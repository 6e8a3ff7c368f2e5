"""What follows a resolution: the mail that asks how the help was, written once, sent after the site's delay."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from wagtail_escalated.actions import outbound, surveys
from wagtail_escalated.models import TicketEvent


def ask(events: Sequence[TicketEvent]) -> None:
    outbound.queue(surveys.mails_after(events, now=timezone.now()))
