"""Keys for programs: hashed at rest, with scopes and an end."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiTokenQuerySet(models.QuerySet):
    def valid(self, now=None):
        """Neither revoked nor past their end, of an account that may still log in."""
        now = now or timezone.now()
        lasting = Q(expires_at=None) | Q(expires_at__gt=now)
        return self.filter(lasting, revoked_at=None, user__is_active=True)


class ApiToken(models.Model):
    """Acts as its user, with no more rights than these and no more than its scopes allow."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Write: create, answer and change tickets")
        MANAGE = "manage", _("Manage: change the desk's configuration")

    name = models.CharField(_("name"), max_length=120, help_text=_("What uses it."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acts as"),
        on_delete=models.CASCADE,
        related_name="escalated_api_tokens",
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    #: The beginning of the token, by which its holder knows it again.
    hint = models.CharField(_("begins with"), max_length=16, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Empty means never.")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self):
        return f"{self.name} ({self.hint}…)"

    @property
    def is_valid(self) -> bool:
        lasting = self.expires_at is None or self.expires_at > timezone.now()
        return lasting and self.revoked_at is None
