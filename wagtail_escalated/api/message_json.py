"""Replies, notes, files and history as JSON."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from wagtail_escalated.actions.change import is_public
from wagtail_escalated.models import (
    Attachment,
    EventKind,
    Note,
    Reply,
    Status,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.sanitize import html_from_text, sanitize_html

from .ticket_json import PUBLIC_STATUS, TicketJSON
from .undoing import UNDO_HELP

#: The newest rows of the history that come with a ticket.
MOST_ACTIVITY = 200
#: The kinds of rows that a customer sees.
TOLD = frozenset(
    {EventKind.CREATED, EventKind.REPLIED, EventKind.STATUS, EventKind.MERGED, EventKind.RATED}
)


class FileJSON(serializers.Serializer):
    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    inline = serializers.BooleanField()
    url = serializers.SerializerMethodField()
    rejected = serializers.CharField(help_text="Why it was not kept; empty where it was.")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_url(self, row: Attachment) -> str | None:
        if row.rejected:
            return None
        return reverse("wagtail_escalated:api_attachment", args=[row.uuid])


class AuthorJSON(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["agent", "customer", "system"])


class MessageJSON(serializers.Serializer):
    id = serializers.IntegerField()
    body = serializers.CharField(help_text="Plain text.")
    html = serializers.SerializerMethodField(help_text="The same, sanitised.")
    author = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    attachments = FileJSON(many=True)

    @extend_schema_field(serializers.CharField())
    def get_html(self, row: Any) -> str:
        return str(sanitize_html(row.body_html) if row.body_html else html_from_text(row.body))

    @extend_schema_field(AuthorJSON())
    def get_author(self, row: Any) -> dict[str, str]:
        if isinstance(row, Note) or row.by_agent:
            return {"name": row.author_name, "kind": "agent" if row.author_name else "system"}
        return {"name": row.author_name, "kind": "customer"}


class ReplyJSON(MessageJSON):
    channel = serializers.CharField()
    quoted = serializers.CharField()
    undo = serializers.CharField(required=False, help_text=UNDO_HELP)

    def to_representation(self, row: Reply) -> dict[str, Any]:
        data = super().to_representation(row)
        undo = self.context.get("undo")
        return data if undo is None else data | {"undo": undo}


class NoteJSON(MessageJSON):
    pass


class ActivityJSON(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=EventKind.choices)
    actor = serializers.CharField(source="actor_name", help_text="Empty: the desk itself.")
    door = serializers.CharField(help_text="Empty for customers.")
    data = serializers.DictField()
    created_at = serializers.DateTimeField()

    def to_representation(self, row: TicketEvent) -> dict[str, Any]:
        data = super().to_representation(row)
        return data if self.context["inside"] else data | _public_event(row)


class TicketDetailJSON(TicketJSON):
    """With the conversation; ``notes`` and the whole history for those who work at the desk."""

    attachments = serializers.SerializerMethodField()
    replies = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    activity = serializers.SerializerMethodField()
    undo = serializers.CharField(required=False, help_text=UNDO_HELP)

    @extend_schema_field(FileJSON(many=True))
    def get_attachments(self, ticket: Ticket) -> list[Any]:
        rows = ticket.attachments.filter(reply=None, note=None)
        return FileJSON(rows, many=True).data

    @extend_schema_field(ReplyJSON(many=True))
    def get_replies(self, ticket: Ticket) -> list[Any]:
        return ReplyJSON(replies_of(ticket, inside=self.context["inside"]), many=True).data

    @extend_schema_field(NoteJSON(many=True))
    def get_notes(self, ticket: Ticket) -> list[Any]:
        if not self.context["inside"]:
            return []
        return NoteJSON(ticket.notes.prefetch_related("attachments"), many=True).data

    @extend_schema_field(ActivityJSON(many=True))
    def get_activity(self, ticket: Ticket) -> list[Any]:
        inside = self.context["inside"]
        newest = ticket.events.order_by("-created_at", "-pk")[:MOST_ACTIVITY]
        rows = [row for row in reversed(newest.select_related("reply")) if inside or _is_told(row)]
        return ActivityJSON(rows, many=True, context=self.context).data


def replies_of(ticket: Ticket, *, inside: bool) -> Any:
    rows = ticket.replies.all() if inside else ticket.replies.for_customer(timezone.now())
    return rows.prefetch_related("attachments")


def _is_told(row: TicketEvent) -> bool:
    """Whether a customer hears of it, and by now: a reply may still be taken back."""
    if row.kind not in TOLD or not is_public(row):
        return False
    leaves_at = row.reply.visible_at if row.reply else None
    return leaves_at is None or leaves_at <= timezone.now()


def _public_event(row: TicketEvent) -> dict[str, Any]:
    """Without the door and without what the row keeps: for a status, as a customer reads it."""
    data = {}
    if row.kind == EventKind.STATUS:
        names = {key: Status(row.data[key]) for key in ("before", "after")}
        data = {key: PUBLIC_STATUS.get(name, name).value for key, name in names.items()}
    elif row.kind == EventKind.RATED:
        data = {"score": row.data.get("score")}
    return {"door": "", "data": data}
