"""What an agent is told, and by which way: the bell, a mail at once, a mail once a day."""

from datetime import time

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .activity import TicketEvent
from .mail import OutboundEmail


class NoticeKind(models.TextChoices):
    """What an agent hears of, in the order of the preferences page."""

    CREATED = "created", _("A new ticket in a department of yours")
    ASSIGNED = "assigned", _("A ticket is assigned to you")
    CUSTOMER_REPLY = "customer_reply", _("A customer answers")
    AGENT_REPLY = "agent_reply", _("A colleague answers a customer")
    NOTE = "note", _("A colleague adds a note")
    MENTION = "mention", _("You are mentioned in a note")
    STATUS = "status", _("The status changes")
    RATED = "rated", _("A customer rates the help")
    WOKEN = "woken", _("A snoozed ticket wakes up")
    SLA_WARNING = "sla_warning", _("A deadline is near")
    SLA_BREACHED = "sla_breached", _("A deadline is missed")
    MAIL_FAILED = "mail_failed", _("A mail could not be delivered")


class NoticeChannel(models.TextChoices):
    BELL = "bell", _("Bell")
    MAIL = "mail", _("Mail at once")
    DIGEST = "digest", _("Daily summary")


#: What nobody gets by mail who did not ask for it.
NOT_MAILED = frozenset({NoticeKind.STATUS, NoticeKind.RATED})


def is_on_by_default(kind: str, channel: str) -> bool:
    return channel != NoticeChannel.MAIL or kind not in NOT_MAILED


class NotificationPreference(models.Model):
    """What a person chose otherwise than ``is_on_by_default``."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="escalated_notification_preferences",
    )
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    channel = models.CharField(max_length=10, choices=NoticeChannel.choices)
    enabled = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="esc_one_notification_choice"
            )
        ]
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")

    def __str__(self):
        return f"{self.user_id} {self.kind}/{self.channel}: {self.enabled}"


class DigestPreference(models.Model):
    """Whether and when a person gets the daily summary. No row: not at all."""

    DEFAULT_TIME = time(8, 0)

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalated_digest"
    )
    enabled = models.BooleanField(default=False)
    at = models.TimeField(default=DEFAULT_TIME, help_text=_("In the person's own time zone."))
    #: The person's own day for which the last one was made.
    last_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("daily summary")
        verbose_name_plural = _("daily summaries")

    def __str__(self):
        return f"{self.user_id} {self.at if self.enabled else '-'}"


class Notification(models.Model):
    """One event for one person. What it says is made from the event when it is shown."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalated_notifications"
    )
    event = models.ForeignKey(TicketEvent, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind.choices)
    in_bell = models.BooleanField(default=True)
    #: Waits for the daily summary, unless it is read before.
    in_digest = models.BooleanField(default=False)
    digest = models.ForeignKey(
        OutboundEmail, null=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    created_at = models.DateTimeField(_("when"))
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="esc_one_notification")
        ]
        indexes = [
            models.Index(fields=["user", "in_bell", "read_at"], name="esc_notification_unread"),
            models.Index(fields=["created_at"], name="esc_notification_age"),
        ]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")

    def __str__(self):
        return f"{self.user_id}: {self.kind} {self.event_id}"
