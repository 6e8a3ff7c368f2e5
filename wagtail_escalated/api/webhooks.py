"""``webhooks/``: where the desk tells of events, the log of what it sent, and sending again."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.models import (
    Department,
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from wagtail_escalated.reactions import webhooks, webhooks_http, webhooks_secrets

from .configuration import OfManagers, both
from .describing import describe
from .fields import DepartmentField
from .listing import Pages
from .model_json import RowJSON

#: What a rule calls comes without being chosen here.
EVENTS = [choice for choice in EventKind.choices if choice[0] != EventKind.RULE]


class WebhookJSON(RowJSON):
    url = serializers.URLField(max_length=500)
    events = serializers.ListField(
        source="kinds",
        child=serializers.ChoiceField(choices=EVENTS),
        required=False,
        max_length=len(EVENTS),
        help_text="None: only what a rule sends there.",
    )
    departments = DepartmentField(
        many=True, queryset=Department.objects.all(), required=False, help_text="None means all."
    )

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "name",
            "url",
            "active",
            "events",
            "departments",
            "payload",
            "failing_since",
            "switched_off_at",
            "created_at",
        ]
        read_only_fields = ["failing_since", "switched_off_at", "created_at"]

    def validate_url(self, url: str) -> str:
        try:
            webhooks_http.check(url)
        except (webhooks_http.NotSent, ValueError) as error:
            raise ValidationError(str(error), "forbidden") from error
        return url

    def validate_events(self, kinds: list[str]) -> list[str]:
        return list(dict.fromkeys(kinds))

    def create(self, data: dict[str, Any]) -> WebhookEndpoint:
        self.secret = webhooks_secrets.new_secret()
        return super().create(data | {"sealed_secret": webhooks_secrets.seal(self.secret)})

    def update(self, row: WebhookEndpoint, data: dict[str, Any]) -> WebhookEndpoint:
        if data.get("active", row.active):
            webhooks.begin_anew(row, was_active=row.active)
        return super().update(row, data)


class NewWebhookJSON(WebhookJSON):
    """The only time that the secret is seen."""

    secret = serializers.SerializerMethodField(help_text="Signs each message; not told again.")

    class Meta(WebhookJSON.Meta):
        fields = [*WebhookJSON.Meta.fields, "secret"]

    def get_secret(self, row: WebhookEndpoint) -> str:
        return self.context["secret"]


class Webhooks(OfManagers):
    names = ("webhook", "webhooks")
    searched = ("name", "url")
    serializer_class = WebhookJSON
    made_serializer_class = NewWebhookJSON

    def rows(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.prefetch_related("departments").order_by("pk")

    def saved(self, serializer: Any, row: Any | None) -> Any:
        instance = super().saved(serializer, row)
        self.secret = getattr(serializer, "secret", "")
        return instance

    def made(self, instance: Any) -> dict[str, Any]:
        return NewWebhookJSON(instance, context={"secret": self.secret}).data


class AttemptJSON(serializers.ModelSerializer):
    class Meta:
        model = WebhookAttempt
        fields = ["at", "milliseconds", "status", "error", "answer"]


class DeliveryJSON(serializers.Serializer):
    id = serializers.UUIDField(
        source="uuid", help_text="Its `webhook-id` is `msg_` and these digits."
    )
    event = serializers.SerializerMethodField(help_text="Empty for a test.")
    ticket = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices)
    body = serializers.CharField(help_text="As it was sent; empty before the first attempt.")
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptJSON(many=True, source="log")

    def get_event(self, row: WebhookDelivery) -> str:
        return row.event.kind if row.event else ""

    def get_ticket(self, row: WebhookDelivery) -> str | None:
        return row.ticket.reference if row.ticket else None


class DeliveryPages(Pages):
    ordering = "-pk"


class OfOneWebhook(Webhooks):
    pagination_class = None

    def deliveries(self) -> QuerySet[WebhookDelivery]:
        rows = self.row().deliveries.select_related("event", "ticket")
        return rows.prefetch_related("log")


class Deliveries(OfOneWebhook):
    pagination_class = DeliveryPages

    @describe(
        operation_id="webhooks_deliveries",
        description="What was sent to one webhook and what it answered, the newest first.",
        responses={200: DeliveryJSON(many=True)},
    )
    def get(self, request: Request, pk: int) -> Response:
        page = self.paginate_queryset(self.deliveries())
        return self.get_paginated_response(DeliveryJSON(page, many=True).data)


class SendAgain(OfOneWebhook):
    @describe(
        operation_id="webhooks_send_again",
        description="Send one message once more: the same one, with its pauses from the beginning.",
        request=None,
        responses={202: DeliveryJSON},
    )
    def post(self, request: Request, pk: int, uuid: uuid.UUID) -> Response:
        found = self.deliveries().filter(uuid=uuid).first()
        if found is None:
            raise Http404
        webhooks.send_again(found)
        return Response(DeliveryJSON(self.deliveries().get(pk=found.pk)).data, 202)


class SendTest(OfOneWebhook):
    @describe(
        operation_id="webhooks_test",
        description="Send a message that is about no ticket, to see whether the address answers.",
        request=None,
        responses={202: DeliveryJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        made = webhooks.send_test(self.row())
        return Response(DeliveryJSON(self.deliveries().get(pk=made.pk)).data, 202)


class SecretJSON(serializers.Serializer):
    secret = serializers.CharField()


class NewSecret(OfOneWebhook):
    @describe(
        operation_id="webhooks_secret",
        description="A new secret, told here and never again. The old one still signs for a day.",
        request=None,
        responses={200: SecretJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response({"secret": webhooks_secrets.renew(self.row(), now=timezone.now())})


BOTH = both(Webhooks)
