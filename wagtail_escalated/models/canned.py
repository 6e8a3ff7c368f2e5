"""Texts that agents use again and again."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .departments import Department


class CannedResponse(models.Model):
    title = models.CharField(_("title"), max_length=120)
    folder = models.CharField(_("folder"), max_length=80, blank=True)
    shortcut = models.SlugField(_("shortcut"), max_length=40, blank=True)
    body = models.TextField(
        _("text"), help_text=_("Variables such as {{ ticket.reference }} are filled in.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="escalated_canned_responses",
        help_text=_("Empty means shared."),
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text=_("Empty means all."),
    )
    use_count = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta:
        ordering = ["folder", "title"]
        verbose_name = _("canned response")
        verbose_name_plural = _("canned responses")

    def __str__(self):
        return self.title
