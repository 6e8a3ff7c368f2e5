"""Promises: a policy's targets, and the clocks that keep them."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .choices import Priority, Status, TicketType

#: A year of minutes: no promise is longer, whatever the calendar makes of it.
LONGEST_TARGET = 366 * 24 * 60


DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")


class Metric(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    RESOLUTION = "resolution", _("Resolution")


def default_pause_statuses():
    return [Status.WAITING_ON_CUSTOMER.value]


def known_pause_statuses(names):
    """A validator: open statuses by their names. In a done one nothing runs anyway."""
    if not isinstance(names, list) or not set(names) <= {s.value for s in Status if s.is_open}:
        raise ValidationError(_("Choose among the statuses of open tickets."), code="status")


def known_types(names):
    """A validator: ticket types by their names."""
    if not isinstance(names, list) or not set(names) <= set(TicketType.values):
        raise ValidationError(_("Choose among the types of tickets."), code="type")


def known_domains(text):
    """A validator: domains between blanks or line breaks, without what an address has before them."""
    wrong = [name for name in text.split() if not DOMAIN.fullmatch(name)]
    if wrong:
        message = _(
            "“%(name)s” is not a domain. Write what stands behind the @, such as example.com."
        )
        raise ValidationError(message, code="domain", params={"name": wrong[0][:60]})


#: A warning long after the promise was missed is no warning.
LAST_STEP = 300


def known_steps(percents):
    """A validator: whole per cents of a target, each once, in order."""
    whole = isinstance(percents, list) and all(type(percent) is int for percent in percents)
    if not whole or percents != sorted(set(percents)):
        raise ValidationError(_("Write whole numbers, each once, the smallest first."), "steps")
    if percents and not 1 <= percents[0] <= percents[-1] <= LAST_STEP:
        raise ValidationError(_("Write numbers from 1 to %(last)s."), "steps", {"last": LAST_STEP})


class SLAPolicy(ClusterableModel):
    """Targets, and the tickets that they are for.

    A ticket's own policy goes before all; then the first, by ``sort_order``, whose conditions it meets; then
    its department's; then the default. A policy without conditions is found by the last two ways alone.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.TextField(_("description"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    # True or NULL: a plain unique column allows many NULLs on every database, so one default at most.
    default_key = models.BooleanField(
        _("default policy"),
        null=True,
        blank=True,
        unique=True,
        error_messages={"unique": _("Another policy is the default one already.")},
    )
    business_hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours",
        verbose_name=_("business hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        help_text=_("Empty means its department's, then those in the desk's settings."),
    )
    pause_statuses = models.JSONField(
        _("the clock stops while"),
        default=default_pause_statuses,
        blank=True,
        validators=[known_pause_statuses],
        help_text=_("It always stops while a ticket is snoozed."),
    )

    warn_at = models.JSONField(
        _("warn at per cent of the target"),
        default=list,
        blank=True,
        validators=[known_steps],
        help_text=_(
            "Such as 50, 80, 150; more than 100 warns again after it was missed, which is recorded anyway."
            " Empty: once, shortly before."
        ),
    )

    sort_order = models.PositiveIntegerField(
        _("order"), default=0, help_text=_("Conditions are tried in this order, lowest first.")
    )
    for_departments = models.ManyToManyField(
        "wagtail_escalated.Department",
        verbose_name=_("departments"),
        blank=True,
        related_name="+",
    )
    for_tags = models.ManyToManyField(
        "wagtail_escalated.Tag", verbose_name=_("any of these tags"), blank=True, related_name="+"
    )
    for_types = models.JSONField(_("types"), default=list, blank=True, validators=[known_types])
    for_domains = models.TextField(
        _("domains of the requester's address"),
        blank=True,
        validators=[known_domains],
        help_text=_("One a line, such as example.com; its subdomains count too."),
    )

    #: As ``conditions.structure`` stores them, on custom fields alone.
    for_fields = models.JSONField(_("custom fields"), default=dict, blank=True)

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")

    def __str__(self):
        return self.name

    def clean(self):
        self.default_key = self.default_key or None

    @property
    def is_default(self) -> bool:
        return bool(self.default_key)


class SLATarget(models.Model):
    """A promise for one priority and metric. No row means no promise."""

    policy = ParentalKey(SLAPolicy, on_delete=models.CASCADE, related_name="targets")
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices)
    metric = models.CharField(_("metric"), max_length=20, choices=Metric.choices)
    minutes = models.PositiveIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TARGET)]
    )
    business_time = models.BooleanField(
        _("counted in business hours"), default=True, help_text=_("Otherwise around the clock.")
    )

    class Meta:
        ordering = ["-priority", "metric"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "priority", "metric"], name="esc_one_target_per_metric"
            )
        ]
        verbose_name = _("SLA target")
        verbose_name_plural = _("SLA targets")

    def __str__(self):
        return f"{self.get_priority_display()} {self.get_metric_display()}"


class SLAClock(models.Model):
    """The time that counts towards one promise made for one ticket.

    It runs, stands still, or has been met. What it counted is told from ``started_at``, ``pauses``,
    ``calendar`` and ``met_at`` alone, whenever it is asked.
    """

    ticket = models.ForeignKey(
        "wagtail_escalated.Ticket", on_delete=models.CASCADE, related_name="clocks", db_index=False
    )
    metric = models.CharField(_("metric"), max_length=20, choices=Metric.choices)
    #: Each unanswered letter of the customer starts another clock for the next response.
    round = models.PositiveIntegerField(default=1)
    policy = models.ForeignKey(
        SLAPolicy, null=True, on_delete=models.SET_NULL, related_name="clocks"
    )
    #: Empty: around the clock.
    calendar = models.ForeignKey(
        "wagtail_escalated.CalendarVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    target = models.DurationField(_("target"))
    started_at = models.DateTimeField()
    #: ``[from, to, reason]`` in ISO 8601, in order; ``to`` is null while it stands still.
    pauses = models.JSONField(default=list)
    #: Empty while it stands still in time, and where the calendar has no such moment.
    due_at = models.DateTimeField(null=True)
    #: ``due_at`` as long as a breach may still have to be recorded: the one column the checks search.
    check_at = models.DateTimeField(null=True)
    #: While it runs: as if it had run since then without a pause. So one moment tells who has used up how much.
    counts_from = models.DateTimeField(null=True)
    #: While it stands still: the time used up.
    used = models.DurationField(null=True)
    warned_at = models.DateTimeField(null=True)
    #: Where the policy warns in steps: the last per cent that was recorded, else NULL.
    step = models.PositiveSmallIntegerField(null=True)
    #: When the next step is reached; empty where there is none, or the time stands still.
    step_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    #: The moment that passed, not the moment somebody noticed.
    breached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "metric", "round"], name="esc_one_clock_per_round"
            )
        ]
        indexes = [
            models.Index(
                fields=["check_at", "id"],
                name="esc_clock_check",
                condition=models.Q(check_at__isnull=False),
            ),
            models.Index(
                fields=["check_at", "id"],
                name="esc_clock_warn",
                condition=models.Q(check_at__isnull=False, warned_at=None),
            ),
            models.Index(
                fields=["step_at", "id"],
                name="esc_clock_step",
                condition=models.Q(step_at__isnull=False),
            ),
        ]
        verbose_name = _("SLA clock")
        verbose_name_plural = _("SLA clocks")

    def __str__(self):
        return f"{self.ticket_id} {self.metric}"

    @property
    def is_paused(self) -> bool:
        return self.met_at is None and bool(self.pauses) and self.pauses[-1][1] is None
