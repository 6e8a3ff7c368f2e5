"""``notifications/``: what rings somebody's bell, and what they want to be told."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import notifications
from wagtail_escalated.models import EventKind, NoticeChannel, NoticeKind, Notification

from . import callers
from .base import DeskView
from .describing import describe
from .fields import Key, Truth
from .listing import Pages
from .undoing import is_asked

UNREAD = OpenApiParameter("unread", bool, description="With `true`, what was not read yet.")
MOST = 1000


class NotificationJSON(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=NoticeKind.choices)
    event = serializers.ChoiceField(source="event.kind", choices=EventKind.choices)
    ticket = serializers.CharField(source="event.ticket.reference")
    subject = serializers.CharField(source="event.ticket.subject")
    actor = serializers.CharField(source="event.actor_name", help_text="Empty: the desk itself.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class ReadSent(serializers.Serializer):
    ids = serializers.ListField(
        child=Key(), required=False, allow_null=True, default=None, max_length=MOST,
        help_text="Without it, all.",
    )  # fmt: skip


class ReadJSON(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many were unread until now.")


class ChoiceJSON(serializers.Serializer):
    kind = serializers.ChoiceField(choices=NoticeKind.choices)
    channel = serializers.ChoiceField(choices=NoticeChannel.choices)
    wanted = Truth()


class PreferencesJSON(serializers.Serializer):
    """Each kind by each channel; what is left out of a change stays."""

    choices = ChoiceJSON(many=True)


class OwnView(DeskView):
    """Of whoever asks, as long as they work at the desk."""

    permission_classes = [callers.HasScope, callers.IsInside]


class NewestFirst(Pages):
    ordering = "-pk"


class Notifications(OwnView):
    pagination_class = NewestFirst

    @describe(
        operation_id="notifications_list",
        description="Your notifications, the newest first.",
        parameters=[UNREAD],
        responses={200: NotificationJSON(many=True)},
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.rows())
        return self.get_paginated_response(NotificationJSON(page, many=True).data)

    def rows(self) -> QuerySet[Notification]:
        unread = is_asked(self.request, "unread")
        shown = notifications.unread_of if unread else notifications.shown_to
        return shown(self.caller.actor).select_related("event__ticket")


class MarkRead(OwnView):
    serializer_class = ReadSent

    @describe(
        operation_id="notifications_read",
        description="Mark some or all of yours as read.",
        request=ReadSent,
        responses={200: ReadJSON},
    )
    def post(self, request: Request) -> Response:
        return Response(
            {"read": notifications.mark_read(self.caller.actor, pks=self.sent()["ids"])}
        )


class Preferences(OwnView):
    serializer_class = PreferencesJSON

    @describe(
        operation_id="notifications_preferences",
        description="What you are told, and how.",
        responses={200: PreferencesJSON},
    )
    def get(self, request: Request) -> Response:
        return Response(self.told())

    @describe(
        operation_id="notifications_preferences_update",
        description="Choose what you are told.",
        request=PreferencesJSON,
        responses={200: PreferencesJSON},
    )
    def patch(self, request: Request) -> Response:
        wanted = self.chosen()
        for row in self.sent(PreferencesJSON)["choices"]:
            pair = (row["kind"], row["channel"])
            wanted[pair] = row["wanted"]
        notifications.choose(self.caller.actor, {pair for pair, on in wanted.items() if on})
        return Response(self.told())

    def chosen(self) -> dict[tuple[str, str], bool]:
        user = self.caller.actor
        choices = notifications.Choices([user])
        return {
            (kind, channel): choices.wants(user.pk, [kind], channel)
            for kind, channel in notifications.ALL_PAIRS
        }

    def told(self) -> dict[str, Any]:
        rows = [
            {"kind": kind, "channel": channel, "wanted": wanted}
            for (kind, channel), wanted in self.chosen().items()
        ]
        return {"choices": rows}
