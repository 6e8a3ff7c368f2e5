"""Saved views: filters, order and columns under a name."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .departments import Department


class SavedView(models.Model):
    class Sharing(models.TextChoices):
        PRIVATE = "private", _("Only me")
        DEPARTMENT = "department", _("A department")
        EVERYBODY = "everybody", _("All agents")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalated_views"
    )
    name = models.CharField(_("name"), max_length=80)
    sharing = models.CharField(
        _("who sees it"), max_length=10, choices=Sharing.choices, default=Sharing.PRIVATE
    )
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.CASCADE
    )
    #: The typed structure of ``wagtail_escalated.filters``, with its version.
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    ordering = models.CharField(_("order"), max_length=40, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="esc_one_view_of_a_name",
                violation_error_message=_("You have a view of this name already."),
            )
        ]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")

    def __str__(self):
        return self.name
