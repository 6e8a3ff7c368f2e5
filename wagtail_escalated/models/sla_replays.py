"""Other promises, tried on the tickets of the past by the worker: how far it is, and what it found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .sla import SLAPolicy


class SLAReplay(models.Model):
    """One question "what if": the terms, the progress in tickets, the tallies by line.

    Of a policy, saved or not: its ``terms``, as ``actions.sla_what_if.PolicyTerms`` writes them, counted by
    ``business_hours``. Of business hours themselves: what was promised by them, counted by ``rules`` (as a
    version keeps them).
    ``tallies``: ``[[department, priority, metric, kept, missed, would keep, would miss], …]``.
    ``examples``: ``[[ticket, metric, the deadline that would have passed], …]``, some that would be missed alone then.
    """

    policy = models.ForeignKey(SLAPolicy, models.CASCADE, null=True, related_name="replays")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    business_hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours", models.CASCADE, null=True, related_name="+"
    )
    terms = models.JSONField(null=True)
    rules = models.JSONField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: The last ticket that is in the tallies: where the worker goes on, and who may write the next part.
    behind = models.BigIntegerField(default=0)
    tallies = models.JSONField(default=list)
    examples = models.JSONField(default=list)
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("SLA replay")
        verbose_name_plural = _("SLA replays")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.policy or self.business_hours or ''}: {self.done}/{self.total}"
