"""What a manager changes without a deploy, per site."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.images import get_image_model_string


class GuestPolicy(models.TextChoices):
    """What happens with a form sent by somebody who is not logged in."""

    CONTACT = "contact", _("Take it on as a contact of their own")
    USER = "user", _("Take it on in the name of the user below")
    SIGN_UP = "sign_up", _("Ask them to log in first")


@register_setting(icon="mail", order=900)
class DeskSettings(BaseSiteSetting):
    name = models.CharField(
        _("name of the desk"),
        max_length=120,
        blank=True,
        help_text=_("Empty means the site's name."),
    )
    logo = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#00676a",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write it as #rrggbb."))],
    )
    mail_footer = models.TextField(_("footer of mails"), blank=True)
    sender_name = models.CharField(_("sender name"), max_length=120, blank=True)
    sender_address = models.EmailField(
        _("sender address"), blank=True, help_text=_("Empty means Django's default sender.")
    )
    guest_policy = models.CharField(
        _("visitors without an account"),
        max_length=10,
        choices=GuestPolicy.choices,
        default=GuestPolicy.CONTACT,
    )
    guest_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("in the name of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "Whose requests they become: this user reads all of them in the portal. Visitors get the "
            "answers in copy."
        ),
    )
    survey_enabled = models.BooleanField(
        _("ask for a rating after a ticket is resolved"), default=False
    )
    survey_delay_hours = models.PositiveIntegerField(
        _("hours until it is asked"),
        default=1,
        validators=[MaxValueValidator(24 * 30)],
        help_text=_("Nobody is asked whose ticket was reopened or rated meanwhile."),
    )
    keep_closed_days = models.PositiveIntegerField(
        _("delete closed tickets after this many days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("With their messages and files, for good. Empty means never."),
    )
    business_hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours",
        verbose_name=_("business hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Used where neither the SLA policy nor the department names any."),
    )

    panels = [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("logo"), FieldPanel("colour")], heading=_("Branding")
        ),
        MultiFieldPanel(
            [
                FieldPanel("sender_name"),
                FieldPanel("sender_address"),
                FieldPanel("mail_footer"),
                HelpPanel(template="wagtail_escalated/admin/mails_help.html"),
            ],
            heading=_("Mail"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("guest_policy"),
                FieldPanel("guest_user"),
                FieldPanel("survey_enabled"),
                FieldPanel("survey_delay_hours"),
                FieldPanel("business_hours"),
            ],
            heading=_("Visitors"),
        ),
        FieldPanel("keep_closed_days"),
    ]

    class Meta:
        verbose_name = _("support desk")
        verbose_name_plural = _("support desks")

    def __str__(self):
        return str(_("Settings of the support desk"))

    def clean(self):
        super().clean()
        if self.guest_policy == GuestPolicy.USER and self.guest_user is None:
            raise ValidationError({"guest_user": _("Choose in whose name requests are taken on.")})

    @property
    def display_name(self) -> str:
        return self.name or self.site.site_name or self.site.hostname
