"""One action on more tickets than a request should wait for: the worker does it, ticket by ticket."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class BulkRun(models.Model):
    """``what`` and ``value`` as the inbox's form says them: ``status`` and ``resolved``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=20)
    value = models.TextField(blank=True)
    #: What this takes back; once at most.
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    #: The list it was asked from, as the query of the inbox's address.
    query = models.TextField(blank=True)
    #: In which the worker reads moments and words the reasons.
    language = models.CharField(max_length=15)
    time_zone = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.what}:{self.value}"


class BulkItem(models.Model):
    """One ticket of a run. ``before`` is what an undo gives back, as long as the ticket's ``version`` is this."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items")
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, related_name="+")
    reference = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: A sentence for people.
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True)
    version = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name = _("ticket of a bulk action")
        verbose_name_plural = _("tickets of a bulk action")
        default_permissions = ()
        indexes = [models.Index(fields=["run", "state", "id"], name="esc_bulk_next")]

    def __str__(self) -> str:
        return self.reference
