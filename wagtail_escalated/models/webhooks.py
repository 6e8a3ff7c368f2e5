"""Webhooks out: where to, what was sent, and each attempt with its answer."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .activity import EventKind, TicketEvent
from .departments import Department
from .tickets import Ticket


def known_kinds(names):
    """A validator: kinds of history rows by their names."""
    if not isinstance(names, list) or not set(names) <= set(EventKind.values):
        raise ValidationError(_("Choose among the events of tickets."), code="event")


class WebhookEndpoint(models.Model):
    """An address that is told of what happens. Its secret is kept encrypted (``tokens``)."""

    class Payload(models.TextChoices):
        THIN = "thin", _("Thin: which ticket and what happened")
        FULL = "full", _("Full: with the ticket and the message")

    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(
        _("address"), max_length=500, validators=[URLValidator(["https", "http"])]
    )
    active = models.BooleanField(_("active"), default=True)
    kinds = models.JSONField(_("events"), default=list, validators=[known_kinds])
    departments = models.ManyToManyField(
        Department,
        verbose_name=_("departments"),
        blank=True,
        related_name="+",
        help_text=_("None means all."),
    )
    payload = models.CharField(
        _("content"), max_length=4, choices=Payload.choices, default=Payload.THIN
    )
    sealed_secret = models.TextField(editable=False)
    #: Signs beside the new one until then, so that the receiver may change over.
    sealed_old_secret = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    #: One that keeps the worker waiting is left alone until then.
    rests_until = models.DateTimeField(null=True, editable=False)
    switched_off_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self):
        return self.name


class WebhookDelivery(models.Model):
    """One event for one endpoint: once, however often its reaction runs."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    #: The receiver knows a repeated message by it.
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    #: Empty for a test.
    event = models.ForeignKey(TicketEvent, null=True, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    #: Made at the first attempt; each further one sends the same.
    body = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="esc_one_webhook_per_event")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="esc_webhook_due",
                condition=models.Q(state="pending"),
            ),
            models.Index(fields=["endpoint", "ticket", "state", "id"], name="esc_webhook_order"),
            models.Index(fields=["created_at"], name="esc_webhook_age"),
        ]
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")

    def __str__(self):
        return f"{self.endpoint_id}: {self.uuid}"


class WebhookAttempt(models.Model):
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(_("when"))
    milliseconds = models.PositiveIntegerField(_("took"), default=0)
    #: Empty where no answer came.
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    #: The beginning of the answer.
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self):
        return f"{self.delivery_id} {self.status or self.error}"
