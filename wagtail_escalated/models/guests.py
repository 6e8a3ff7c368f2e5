"""Links that let somebody without an account into one ticket."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contacts import Contact
from .tickets import Ticket


class GuestLink(models.Model):
    """Only the token's SHA-256 is kept."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="guest_links")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="guest_links")
    token_hash = models.CharField(max_length=64, unique=True)
    #: Whether it went to the address by mail, so that using it proves the address.
    by_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="esc_guest_expiry")]
        verbose_name = _("guest link")
        verbose_name_plural = _("guest links")

    def __str__(self):
        return f"{self.ticket_id}:{self.contact_id}"
