"""Answers that were given once and are given again to the same request."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotencyKey(models.Model):
    #: SHA-256 of who asked, the address and the key they sent.
    key_hash = models.CharField(max_length=64, unique=True)
    #: SHA-256 of the body: the same key with another one is an error.
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self):
        return self.key_hash[:8]
