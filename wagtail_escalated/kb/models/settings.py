"""What a manager switches, per site."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting


class Audience(models.TextChoices):
    PUBLIC = "public", _("Everybody")
    LOGGED_IN = "logged_in", _("People who are logged in")


@register_setting(icon="help", order=910)
class KnowledgeBaseSettings(BaseSiteSetting):
    enabled = models.BooleanField(
        _("knowledge base on"),
        default=True,
        help_text=_("Off: none of its pages, searches or suggestions answers."),
    )
    audience = models.CharField(
        _("who may read it"), max_length=10, choices=Audience.choices, default=Audience.PUBLIC
    )
    feedback = models.BooleanField(_("ask whether an article helped"), default=True)
    offer_contact = models.BooleanField(
        _("lead to the support form"),
        default=True,
        help_text=_("Shows “Still need help?” below articles and results."),
    )
    hold_out_percent = models.PositiveSmallIntegerField(
        _("without suggestions (%)"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_(
            "So many in a hundred visitors get no suggestions while they write a request: only then the report "
            "can tell how many requests the suggestions spare. 0 shows them to everybody."
        ),
    )
    keep_statistics_days = models.PositiveIntegerField(
        _("keep statistics (days)"),
        default=365,
        validators=[MinValueValidator(1)],
        help_text=_("Searches, clicks and views are counted per day, without who made them."),
    )

    class Meta:
        verbose_name = _("knowledge base")

    @classmethod
    def of(cls, site) -> "KnowledgeBaseSettings":
        """Read anew each time, so that a switch holds at once in all processes; writes nothing."""
        return cls.objects.filter(site=site).first() or cls(site=site)

    def admits(self, user) -> bool:
        if not self.enabled:
            return False
        logged_in = user is not None and user.is_authenticated
        return self.audience == Audience.PUBLIC or logged_in
