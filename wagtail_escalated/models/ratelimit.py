"""Counted hits per scope and key within a window: shared by all processes, as it is a table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateLimit(models.Model):
    #: SHA-256 of scope, key and window, so that no address stands here.
    bucket = models.CharField(max_length=64, unique=True)
    hits = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")

    def __str__(self):
        return f"{self.bucket[:8]} {self.hits}"
