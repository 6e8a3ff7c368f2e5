"""A ticket as JSON: whole for those who work at the desk, and what a customer's page shows for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from wagtail_escalated.models import Channel, Priority, Status, Tag, Ticket, user_address

from .field_values import ValuesField, custom_fields_of, with_custom_fields
from .fields import PriorityField, StatusField, TypeField
from .joined import SEPARATOR, TextsOfRow

#: What a customer is told instead: who has the next move, not how the desk works inside.
PUBLIC_STATUS = {Status.WAITING_ON_AGENT: Status.IN_PROGRESS, Status.ESCALATED: Status.IN_PROGRESS}


def with_tags(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Each with ``tag_names``, joined."""
    return tickets.annotate(
        tag_names=TextsOfRow(
            "pk",
            parts=("tag.name",),
            tables="{tagged} tagged JOIN {tags} tag ON tag.id = tagged.tag_id",
            key="tagged.ticket_id",
            models={"tagged": Ticket.tags.through, "tags": Tag},
        )
    )


#: What ``?expand=`` may name, and what is read along for it, in the same query.
EXPANSIONS = {"department": ("department",), "assignee": ("assignee__user",)}


def loaded(tickets: QuerySet[Ticket], expand: Iterable[str] = ()) -> QuerySet[Ticket]:
    """With what the JSON shows, in one query."""
    along = [path for name in expand for path in EXPANSIONS[name]]
    return with_custom_fields(with_tags(tickets.select_related("requester", *along)))


#: The columns behind ``VALUES`` and ``as_customer``: a list reads no others.
LISTED = (
    "reference",
    "subject",
    "description",
    "status",
    "priority",
    "type",
    "channel",
    "department",
    "requester__name",
    "requester__address",
    "assignee",
    "snoozed_until",
    "created_at",
    "updated_at",
    "public_updated_at",
    "version",
    "public_version",
    "next_due_at",
    "sla_paused",
    "sla_breached",
)


def listed(tickets: QuerySet[Ticket], expand: Iterable[str] = ()) -> QuerySet[Ticket]:
    """As ``loaded``, with no more of each row than a list says."""
    return loaded(tickets, expand).only(*LISTED)


class PersonJSON(serializers.Serializer):
    name = serializers.CharField()
    email = serializers.CharField()


class SlaJSON(serializers.Serializer):
    """Of the next promise; ``null`` where nothing was promised."""

    due_at = serializers.DateTimeField(allow_null=True)
    paused = serializers.BooleanField()
    breached = serializers.BooleanField()


class DepartmentOfTicket(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()


class AssigneeOfTicket(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()


class ExpandedJSON(serializers.Serializer):
    """Whole, what the ticket names by key; each only where `expand` asks for it."""

    department = DepartmentOfTicket(required=False, allow_null=True)
    assignee = AssigneeOfTicket(required=False, allow_null=True)


def department_of(ticket: Ticket) -> dict[str, Any] | None:
    row = ticket.department
    return {"id": row.pk, "name": row.name, "slug": row.slug} if row else None


def assignee_of(ticket: Ticket) -> dict[str, Any] | None:
    row = ticket.assignee
    return {"id": row.pk, "name": str(row), "email": user_address(row.user)} if row else None


EXPANDED: dict[str, Callable[[Ticket], Any]] = {
    "department": department_of,
    "assignee": assignee_of,
}


def instant(value: datetime | None) -> str | None:
    """In UTC, wherever the server stands."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def tag_names(ticket: Ticket) -> list[str]:
    names = getattr(ticket, "tag_names", None)
    return sorted(names.split(SEPARATOR), key=str.casefold) if names else []


def sla_of(ticket: Ticket) -> dict[str, Any] | None:
    if ticket.next_due_at is None and not ticket.sla_paused and not ticket.sla_breached:
        return None
    return {
        "due_at": instant(ticket.next_due_at),
        "paused": ticket.sla_paused,
        "breached": ticket.sla_breached,
    }


#: What each field says. A list is long, and asking DRF's fields one by one takes five times as long.
VALUES: dict[str, Callable[[Ticket], Any]] = {
    "reference": lambda ticket: ticket.reference,
    "subject": lambda ticket: ticket.subject,
    "description": lambda ticket: ticket.description,
    "status": lambda ticket: ticket.status,
    "priority": lambda ticket: Priority(ticket.priority).slug,
    "type": lambda ticket: ticket.type,
    "channel": lambda ticket: ticket.channel,
    "department": lambda ticket: ticket.department_id,
    "requester": lambda t: {"name": t.requester.name, "email": t.requester.address},
    "assignee": lambda ticket: ticket.assignee_id,
    "tags": tag_names,
    "snoozed_until": lambda ticket: instant(ticket.snoozed_until),
    "created_at": lambda ticket: instant(ticket.created_at),
    "updated_at": lambda ticket: instant(ticket.updated_at),
    "version": lambda ticket: ticket.version,
    "sla": sla_of,
    "custom_fields": lambda ticket: custom_fields_of(ticket, inside=True),
}


#: Fields that are there only where the request asks for them.
ASKED_FOR = frozenset({"expanded", "undo"})


class TicketJSON(serializers.Serializer):
    # The fields are for the schema; ``VALUES`` says what stands in them.

    reference = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    status = StatusField()
    priority = PriorityField()
    type = TypeField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    department = serializers.IntegerField(allow_null=True)
    requester = PersonJSON()
    assignee = serializers.IntegerField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    snoozed_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    sla = SlaJSON(allow_null=True)
    custom_fields = ValuesField()
    expanded = ExpandedJSON(required=False)

    def to_representation(self, ticket: Ticket) -> dict[str, Any]:
        data = {
            name: VALUES[name](ticket)
            if name in VALUES
            else field.to_representation(field.get_attribute(ticket))
            for name, field in self.fields.items()
            if name not in ASKED_FOR
        }
        expand = self.context.get("expand")
        if expand:
            data["expanded"] = {name: EXPANDED[name](ticket) for name in expand}
        if self.context.get("undo") is not None and "undo" in self.fields:
            data["undo"] = self.context["undo"]
        return data if self.context["inside"] else as_customer(ticket, data)


def as_customer(ticket: Ticket, data: dict[str, Any]) -> dict[str, Any]:
    """The same keys; what happens inside is left empty."""
    public = {
        "status": PUBLIC_STATUS.get(Status(ticket.status), Status(ticket.status)).value,
        "assignee": None,
        "tags": [],
        "custom_fields": custom_fields_of(ticket, inside=False),
        "snoozed_until": None,
        "updated_at": instant(ticket.public_updated_at or ticket.created_at),
        "version": ticket.public_version,
        "sla": None,
    }
    if "assignee" in data.get("expanded", ()):
        data["expanded"]["assignee"] = None
    return data | {name: value for name, value in public.items() if name in data}
