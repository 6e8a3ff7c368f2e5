"""What a webhook says: ``{"type": "ticket.replied", "timestamp": …, "data": {…}}``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from wagtail_escalated import custom_values
from wagtail_escalated.models import (
    EventKind,
    Note,
    Reply,
    Ticket,
    TicketEvent,
    WebhookDelivery,
    WebhookEndpoint,
)

#: Values of a history row that name rows inside and mean nothing outside.
LEFT_OUT = frozenset({"mentions", "copied", "was", "replies", "notes", "merged_pk"})


def body_of(delivery: WebhookDelivery) -> str:
    """The JSON, once and for all attempts."""
    event = delivery.event
    if event is None:
        data: dict[str, Any] = {"message": "A test of your webhook."}
        return _dumped("test", delivery.created_at, data)
    full = delivery.endpoint.payload == WebhookEndpoint.Payload.FULL
    data = {"ticket": event.ticket.reference, "event": event.pk, "version": event.ticket.version}
    if full:
        data |= _whole(event)
    return _dumped(f"ticket.{event.kind}", event.created_at, data)


def _dumped(kind: str, at: datetime, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})


def _whole(event: TicketEvent) -> dict[str, Any]:
    return {
        "actor": event.actor_name,
        "door": event.door,
        "change": {name: value for name, value in event.data.items() if name not in LEFT_OUT},
        "details": _ticket(event.ticket),
        "message": _message(event),
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    """The words and keys of the API."""
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority_name,
        "type": ticket.type,
        "channel": ticket.channel,
        "department": ticket.department_id,
        "requester": {"name": ticket.requester.name, "email": ticket.requester.address},
        "assignee": ticket.assignee_id,
        "tags": sorted(ticket.tags.values_list("name", flat=True)),
        "custom_fields": custom_values.json_of(ticket),
        "snoozed_until": ticket.snoozed_until.isoformat() if ticket.snoozed_until else None,
        "created_at": ticket.created_at.isoformat(),
        "updated_at": ticket.updated_at.isoformat(),
    }


def _message(event: TicketEvent) -> dict[str, Any] | None:
    row: Reply | Note | None = event.reply or event.note
    if event.kind == EventKind.CREATED:
        return {"body": event.ticket.description}
    if row is None:
        return None
    return {"id": row.pk, "body": row.body, "author": row.author_name}
