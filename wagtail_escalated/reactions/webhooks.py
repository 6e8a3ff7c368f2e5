"""The reaction to history rows: a delivery for each endpoint that asked for it, sent by a task of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from wagtail_escalated.committed import once_committed
from wagtail_escalated.mail import later
from wagtail_escalated.models import EventKind, TicketEvent, WebhookDelivery, WebhookEndpoint

logger = logging.getLogger(__name__)

TASK = "wagtail_escalated.reactions.webhooks_sending.send_due"


def react(events: Sequence[TicketEvent]) -> None:
    """Write the deliveries; a second run finds them written."""
    endpoints = list(WebhookEndpoint.objects.filter(active=True).prefetch_related("departments"))
    rows = [
        WebhookDelivery(
            endpoint=endpoint,
            event=event,
            ticket_id=event.ticket_id,
            next_attempt_at=_first_attempt(event),
            created_at=timezone.now(),
        )
        for event in events
        for endpoint in endpoints
        if wants(endpoint, event)
    ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        send_soon()


def wants(endpoint: WebhookEndpoint, event: TicketEvent) -> bool:
    """Whether an endpoint has chosen this kind of event and the ticket's department, or a rule calls it."""
    if event.kind == EventKind.RULE:
        return bool(event.data.get("endpoint") == endpoint.pk)
    if event.kind not in endpoint.kinds:
        return False
    departments = {department.pk for department in endpoint.departments.all()}
    return not departments or event.ticket.department_id in departments


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """A delivery that is about no ticket, to see whether the address answers."""
    now = timezone.now()
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, next_attempt_at=now, created_at=now
    )
    send_soon()
    return delivery


def send_again(delivery: WebhookDelivery) -> None:
    """By hand: the same message once more, with its pauses from the beginning."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=WebhookDelivery.State.PENDING,
        attempts=0,
        next_attempt_at=timezone.now(),
        finished_at=None,
    )
    send_soon()


def begin_anew(endpoint: WebhookEndpoint, *, was_active: bool) -> None:
    """Of one that is to be on: nothing is held against it that it failed before. Not saved here."""
    endpoint.switched_off_at = endpoint.rests_until = None
    if not was_active:
        endpoint.failing_since = None


def send_soon() -> None:
    """After the commit; the schedule finds what no task was put in for."""
    once_committed(_put)


def _put() -> None:
    try:
        later.put(TASK, name="webhooks")
    except (OSError, ConnectionError) as error:
        logger.error("Webhooks could not be queued; the schedule finds them: %s", error)


def _first_attempt(event: TicketEvent) -> datetime:
    """At once, but for an agent's reply that can still be taken back."""
    now = timezone.now()
    leaves_at = event.reply.visible_at if event.kind == EventKind.REPLIED and event.reply else None
    return max(now, leaves_at) if leaves_at else now
