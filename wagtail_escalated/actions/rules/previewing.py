"""What a rule would change now: how many tickets, and with the first of them what exactly."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.conditions.structure import matching
from wagtail_escalated.models import Rule, Ticket

from .applying import Deed, try_out

FIRST, COUNTED = 10, 1000


@dataclass(frozen=True, slots=True)
class Trial:
    ticket: Ticket
    deeds: list[Deed]
    #: Why nothing would be done with it.
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    count: int
    #: There are more than were counted.
    capped: bool
    first: list[Trial]


def preview(
    rule: Rule, tickets: QuerySet[Ticket], *, actor: Any = SYSTEM, now: datetime | None = None
) -> Preview:
    """``tickets``: those that who asks may see. Each of the first is tried out and put back."""
    now = now or timezone.now()
    found = matching(tickets, rule.conditions, now=now)
    count = found.order_by()[: COUNTED + 1].count()
    first = [_tried(rule, ticket, actor, now) for ticket in found.order_by("-pk")[:FIRST]]
    return Preview(count=min(count, COUNTED), capped=count > COUNTED, first=first)


def _tried(rule: Rule, ticket: Ticket, actor: Any, now: datetime) -> Trial:
    # What is tried stays in the object although the row is put back: so a copy of it.
    return Trial(ticket, *try_out(rule, copy(ticket), actor=actor, now=now))
