"""What can be taken back for a while."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class UndoToken(models.Model):
    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=30)
    data = models.JSONField(default=dict)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("undo token")
        verbose_name_plural = _("undo tokens")

    def __str__(self):
        return self.kind
