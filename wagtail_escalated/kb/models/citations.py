"""Articles and tickets: which answer cites which article, and what a writer read before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..pages import PAGE


class Citation(models.Model):
    ticket = models.ForeignKey(
        "wagtail_escalated.Ticket", on_delete=models.CASCADE, related_name="article_citations"
    )
    page = models.ForeignKey(PAGE, on_delete=models.CASCADE, related_name="escalated_citations")
    #: The published revision at that time.
    revision_id = models.BigIntegerField(null=True)
    cited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    cited_at = models.DateTimeField(_("cited"))
    #: The article was made of an answer in this ticket.
    is_origin = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["ticket", "page"], name="esc_kb_citation_once")
        ]

    def __str__(self):
        return f"{self.ticket_id} → {self.page_id}"


class TicketTrail(models.Model):
    """What a ticket's writer searched and read before writing it."""

    ticket = models.OneToOneField(
        "wagtail_escalated.Ticket", on_delete=models.CASCADE, related_name="article_trail"
    )
    data = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Trail {self.ticket_id}"
