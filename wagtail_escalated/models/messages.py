"""Replies, notes and their files.

Two models on one abstract base: a query for customers cannot leak a note, as it cannot select one.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import Channel
from .contacts import Contact
from .tickets import Ticket


class Message(models.Model):
    """``body`` is plain text; ``body_html`` the HTML as it came, never shown unsanitised."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="%(class)s_set")
    body = models.TextField(_("text"))
    body_html = models.TextField(blank=True)
    author_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(
        max_length=200, blank=True, help_text=_("Kept for when the account is gone.")
    )
    created_at = models.DateTimeField(_("written"))

    class Meta:
        abstract = True


class ReplyQuerySet(models.QuerySet):
    def for_customer(self, now):
        """Those that have left the desk."""
        return self.filter(models.Q(visible_at=None) | models.Q(visible_at__lte=now))


class Reply(Message):
    """What both sides may read."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="replies")
    author_contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, related_name="replies"
    )
    by_agent = models.BooleanField(_("by an agent"), default=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    quoted = models.TextField(blank=True)
    quoted_html = models.TextField(blank=True)
    #: An agent's reply can be taken back until then, and no customer sees it before. NULL: it has left.
    visible_at = models.DateTimeField(null=True)
    proved = models.BooleanField(
        default=True, help_text=_("Whether it was shown that the author wrote it.")
    )

    #: Of one just written: the row of its ticket as it was under the lock.
    ticket_before: dict[str, Any] | None = None

    objects = ReplyQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["ticket", "created_at", "id"], name="esc_reply_timeline"),
            models.Index(
                fields=["visible_at"],
                name="esc_reply_leaving",
                condition=models.Q(visible_at__isnull=False),
            ),
        ]
        verbose_name = _("reply")
        verbose_name_plural = _("replies")

    def __str__(self):
        return f"{self.ticket_id}/{self.pk}"


class Note(Message):
    """What only agents may read."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="escalated_mentions"
    )

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="esc_note_timeline")]
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self):
        return f"{self.ticket_id}/note {self.pk}"


TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


class Attachment(models.Model):
    """A file at the ticket's first message, at a reply or at a note.

    The bytes lie under ``key`` in the storage of ``STORAGE_ALIAS``, addressed by their content; several rows
    may name one key. A rejected file has no key but a reason.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="attachments")
    reply = models.ForeignKey(
        Reply, null=True, on_delete=models.CASCADE, related_name="attachments"
    )
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    size = models.PositiveBigIntegerField(_("size"))
    key = models.CharField(max_length=120, blank=True, db_index=True)
    content_id = models.CharField(max_length=250, blank=True)
    inline = models.BooleanField(default=False)
    rejected = models.CharField(_("why it was rejected"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reply=None) | models.Q(note=None), name="esc_file_of_one_message"
            )
        ]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self):
        return self.name

    @property
    def is_tnef(self):
        """Outlook's own envelope (winmail.dat): what is in it can be read with Outlook alone."""
        return self.content_type in TNEF_TYPES or self.name.lower() == "winmail.dat"


class Draft(models.Model):
    """What an agent has begun to write at a ticket."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Note")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    body_html = models.TextField(blank=True)
    #: The ticket's version that the agent had seen when writing began.
    seen_version = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user", "kind"], name="esc_one_draft")
        ]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self):
        return f"{self.ticket_id} {self.kind}"
