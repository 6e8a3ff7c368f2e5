"""Letters in and letters out: each a row before anything is done with it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .activity import TicketEvent
from .contacts import Contact
from .departments import Department
from .messages import Note, Reply
from .tickets import Ticket


class InboundEmail(models.Model):
    """A letter that a provider handed over; its raw bytes lie under ``raw_key`` in the storage."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        PROCESSING = "processing", _("Being processed")
        DONE = "done", _("Done")
        DUPLICATE = "duplicate", _("Duplicate")
        IGNORED = "ignored", _("Ignored")
        HELD = "held", _("Held")
        FAILED = "failed", _("Failed")

    class Trust(models.TextChoices):
        PROVED = "proved", _("The address was proved")
        KNOWN = "known", _("Known, not proved")
        UNKNOWN = "unknown", _("Unknown")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(_("provider"), max_length=120)
    #: Set on the copies of a letter that was sent to several departments.
    department = models.ForeignKey(
        Department, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: Of the delivery as it lies in the storage: the adapter reads the letter out of it.
    content_type = models.CharField(max_length=250, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.RECEIVED
    )
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    #: Unique among the letters taken on; NULL until the worker knows it, or when it is a duplicate.
    dedupe_key = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 (unique)
    delivery_key = models.CharField(
        max_length=64, db_index=True, help_text=_("Hash of the delivery as it came.")
    )
    #: A signature that may be used once (Mailgun's token).
    replay_key = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 (a key)
    raw_key = models.CharField(max_length=120, blank=True)
    raw_size = models.PositiveBigIntegerField(default=0)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    recipient = models.CharField(_("to"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    #: What the provider found of SPF, DKIM and DMARC.
    verdict = models.JSONField(default=dict, blank=True)
    trust = models.CharField(_("trust"), max_length=10, choices=Trust.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=30, blank=True)
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.SET_NULL, related_name="inbound_emails"
    )
    reply = models.ForeignKey(
        Reply, null=True, on_delete=models.SET_NULL, related_name="inbound_emails"
    )

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="esc_inbound_due"),
            models.Index(fields=["state", "-received_at"], name="esc_inbound_state"),
            models.Index(fields=["sender", "received_at"], name="esc_inbound_rate"),
        ]
        verbose_name = _("received letter")
        verbose_name_plural = _("received letters")

    def __str__(self):
        return self.subject or str(self.pk)


class OutboundEmail(models.Model):
    """One mail to one recipient about one event. Composed when it is sent."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Marked as spam")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Taken back")
        SUPPRESSED = "suppressed", _("Not sent")

    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, related_name="outbound_emails"
    )
    reply = models.ForeignKey(
        Reply, null=True, on_delete=models.CASCADE, related_name="outbound_emails"
    )
    note = models.ForeignKey(
        Note, null=True, on_delete=models.CASCADE, related_name="outbound_emails"
    )
    event = models.ForeignKey(
        TicketEvent, null=True, on_delete=models.SET_NULL, related_name="outbound_emails"
    )
    kind = models.CharField(_("kind"), max_length=30)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    address = models.CharField(_("to"), max_length=320)
    #: Event and recipient: each gets one mail about it.
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    provider_id = models.CharField(max_length=250, blank=True, db_index=True)
    data = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    send_after = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["state", "send_after"], name="esc_outbound_due"),
            models.Index(fields=["address", "kind", "created_at"], name="esc_outbound_rate"),
        ]
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")

    def __str__(self):
        return f"{self.kind} {self.pk}"


class BlockedSender(models.Model):
    """An address or, written ``@example.com``, a domain whose letters are ignored or let through always."""

    pattern = models.CharField(_("address or @domain"), max_length=254, unique=True)
    allow = models.BooleanField(_("always let through"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pattern"]
        verbose_name = _("blocked or allowed sender")
        verbose_name_plural = _("blocked and allowed senders")

    def __str__(self):
        return self.pattern


class SuppressedAddress(models.Model):
    """An address that bounced for good or complained: no mail goes there any more."""

    address = models.CharField(_("address"), max_length=254, unique=True)
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["address"]
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self):
        return self.address
