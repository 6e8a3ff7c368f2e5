"""Who has a ticket open at this moment. A table, so that every process sees the same."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class Presence(models.Model):
    class State(models.TextChoices):
        VIEWING = "viewing", _("Viewing")
        WRITING = "writing", _("Writing")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="esc_one_presence")]
        verbose_name = _("presence")
        verbose_name_plural = _("presences")

    def __str__(self):
        return f"{self.ticket_id}:{self.user_id} {self.state}"
