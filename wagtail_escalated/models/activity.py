"""One append-only history: timeline for people, audit for managers, outbox for reactions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .contacts import Contact
from .tickets import Ticket


class EventKind(models.TextChoices):
    CREATED = "created", _("Created")
    REPLIED = "replied", _("Replied")
    NOTED = "noted", _("Note added")
    STATUS = "status", _("Status changed")
    PRIORITY = "priority", _("Priority changed")
    DEPARTMENT = "department", _("Department changed")
    TYPE = "type", _("Type changed")
    SUBJECT = "subject", _("Subject changed")
    REQUESTER = "requester", _("Requester changed")
    ASSIGNED = "assigned", _("Assigned")
    TAGS = "tags", _("Tags changed")
    FIELD = "field", _("Custom field changed")
    SNOOZED = "snoozed", _("Snoozed")
    WOKEN = "woken", _("Woken")
    SPLIT = "split", _("Split")
    MERGED = "merged", _("Merged")
    UNMERGED = "unmerged", _("Merge undone")
    LINKED = "linked", _("Linked")
    UNLINKED = "unlinked", _("Link removed")
    FOLLOWED = "followed", _("Followed")
    UNFOLLOWED = "unfollowed", _("No longer followed")
    RATED = "rated", _("Rated")
    SPAM = "spam", _("Marked as spam")
    SLA_POLICY = "sla_policy", _("SLA policy changed")
    SLA_WARNING = "sla_warning", _("SLA warning")
    SLA_BREACHED = "sla_breached", _("SLA missed")
    MAIL_FAILED = "mail_failed", _("Mail could not be delivered")
    UNDONE = "undone", _("Undone")
    RULE = "rule", _("Called by a rule")


class TicketEvent(models.Model):
    """Who did what, through which door, before and after.

    ``data`` holds ``{"before": …, "after": …}`` and what else the kind needs. Neither actor set: the desk itself.
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    actor_contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=200, blank=True)
    door = models.CharField(_("through"), max_length=20, blank=True)
    data = models.JSONField(default=dict)
    reply = models.ForeignKey(
        "wagtail_escalated.Reply",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    note = models.ForeignKey(
        "wagtail_escalated.Note",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    #: The event whose reaction caused this one; guards rules against loops.
    cause = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("when"))
    #: When the reactions to it were finished; NULL is picked up by the sweeper.
    reacted_at = models.DateTimeField(null=True)
    #: When the workflows had their turn, each entry of a ticket after those before it.
    ruled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["ticket", "created_at", "id"], name="esc_event_timeline"),
            models.Index(
                fields=["id"],
                name="esc_event_unreacted",
                condition=models.Q(reacted_at=None),
            ),
            models.Index(fields=["kind", "created_at"], name="esc_event_kind"),
            # Who deletes one of these looks here. Most rows name one of them or none, and enter no other index.
            *(
                models.Index(
                    fields=[name],
                    name=f"esc_event_{name}",
                    condition=models.Q(**{f"{name}__isnull": False}),
                )
                for name in ("actor_user", "actor_contact", "reply", "note", "cause")
            ),
        ]
        verbose_name = _("history entry")
        verbose_name_plural = _("history")

    def __str__(self):
        return f"{self.ticket_id} {self.kind}"
