"""The reaction to history rows that starts workflows."""

from __future__ import annotations

from collections.abc import Sequence

from wagtail_escalated.actions.rules import workflows
from wagtail_escalated.models import TicketEvent


def react(events: Sequence[TicketEvent]) -> None:
    workflows.respond(events)
