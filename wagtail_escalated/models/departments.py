"""Departments, the agents in them, and what an agent prefers."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class AgentProfile(models.Model):
    """Makes a user an agent. Their right to work on tickets comes from ``AGENT_CHECK`` as well."""

    class AfterSend(models.TextChoices):
        NEXT = "next", _("Open the next ticket of the view")
        LIST = "list", _("Go back to the view")
        STAY = "stay", _("Stay on the ticket")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="escalated_agent",
    )
    active = models.BooleanField(_("active"), default=True)
    away = models.BooleanField(
        _("away"), default=False, help_text=_("Gets no tickets assigned automatically.")
    )
    away_until = models.DateTimeField(_("away until"), null=True, blank=True)
    max_open_tickets = models.PositiveIntegerField(
        _("open tickets at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Automatic assignment stops there. Empty means no limit."),
    )
    working_hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours",
        verbose_name=_("working hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Automatic assignment happens only within them. Empty means always."),
    )
    signature = models.TextField(_("signature"), blank=True)
    after_send = models.CharField(
        _("after sending"), max_length=10, choices=AfterSend.choices, default=AfterSend.NEXT
    )
    preferences = models.JSONField(default=dict, blank=True, editable=False)
    last_assigned_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self):
        return display_name(self.user)


def display_name(user) -> str:
    """A user's name for people: full name, else what they log in with."""
    full_name = user.get_full_name() if hasattr(user, "get_full_name") else ""
    return full_name or user.get_username()


def user_address(user) -> str:
    """The user's mail address, empty where the user model has none."""
    field = user.get_email_field_name() if hasattr(user, "get_email_field_name") else "email"
    return getattr(user, field, "") or ""


class Department(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    description = models.TextField(_("description"), blank=True, help_text=_("Shown to visitors."))
    site = models.ForeignKey(
        "wagtailcore.Site",
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Links in its mails lead there. Empty means the default site."),
    )
    address = models.EmailField(
        _("email address"),
        unique=True,
        null=True,
        blank=True,
        help_text=_("Letters to it arrive here."),
    )
    sender_name = models.CharField(_("sender name"), max_length=120, blank=True)
    active = models.BooleanField(_("active"), default=True)
    public = models.BooleanField(_("visitors may choose it"), default=True)
    auto_assign = models.BooleanField(_("assign new tickets automatically"), default=False)
    sla_policy = models.ForeignKey(
        "wagtail_escalated.SLAPolicy",
        verbose_name=_("SLA policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="departments",
    )
    business_hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours",
        verbose_name=_("business hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="departments",
    )
    agents = models.ManyToManyField(
        AgentProfile,
        verbose_name=_("agents"),
        through="DepartmentMembership",
        related_name="departments",
        blank=True,
    )
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self):
        return self.name


class DepartmentMembership(models.Model):
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="memberships")
    agent = models.ForeignKey(AgentProfile, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["department", "agent"], name="esc_one_membership")
        ]
        verbose_name = _("department member")
        verbose_name_plural = _("department members")

    def __str__(self):
        return f"{self.department_id}:{self.agent_id}"
