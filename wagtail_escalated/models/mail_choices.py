"""Which mails a customer does not want."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contacts import Contact


class CustomerMail(models.TextChoices):
    """What may be switched off. Answers of the desk always come: they are what somebody asked for."""

    CONFIRMATION = "confirmation", _("That we received a request")
    RESOLVED = "resolved", _("That a request was solved")
    SURVEY = "survey", _("The question how the help was")


class MailOptOut(models.Model):
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="mail_opt_outs")
    kind = models.CharField(_("mail"), max_length=20, choices=CustomerMail.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "kind"], name="esc_one_mail_opt_out")
        ]
        verbose_name = _("mail switched off")
        verbose_name_plural = _("mails switched off")

    def __str__(self):
        return f"{self.contact_id}: {self.kind}"
