"""Business hours as rows; the arithmetic stands in ``wagtail_escalated.hours``."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel


class CalendarVersion(models.Model):
    """Business hours as they were at one time, in one immutable row.

    Clocks point here, so a deadline keeps the hours it was promised with. ``rules`` is what
    ``actions.calendars`` reads and writes.
    """

    hours = models.ForeignKey(
        "wagtail_escalated.BusinessHours",
        null=True,
        on_delete=models.SET_NULL,
        related_name="versions",
    )
    rules = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("version of business hours")
        verbose_name_plural = _("versions of business hours")

    def __str__(self):
        return f"{self.hours_id}:{self.pk}"


class BusinessHours(ClusterableModel):
    name = models.CharField(_("name"), max_length=120, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    always_open = models.BooleanField(
        _("open around the clock"),
        default=False,
        help_text=_("Shifts are ignored then; holidays and special openings still count."),
    )
    #: The version of the rows as they are; empty until it is needed after a change.
    current = models.ForeignKey(
        CalendarVersion, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("business hours")
        verbose_name_plural = _("business hours")

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.current = None
        super().save(*args, **kwargs)


class CalendarRow(models.Model):
    """A row of business hours: each change of one makes the version taken before it an old one."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self._outdate()

    def delete(self, *args, **kwargs):
        deleted = super().delete(*args, **kwargs)
        self._outdate()
        return deleted

    def _outdate(self):
        BusinessHours.objects.filter(pk=self.hours_id).update(current=None)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Shift(CalendarRow):
    """From ``start`` to ``end`` local time; an end at or before the start is on the next day."""

    hours = ParentalKey(BusinessHours, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start = models.TimeField(_("from"))
    end = models.TimeField(
        _("to"), help_text=_("At or before the beginning means on the next day.")
    )

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")

    def __str__(self):
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class Holiday(CalendarRow):
    """A date with hours of its own: closed, or open from ``start`` to ``end``.

    Several rows for one date open it several times; a closed row beside them gives the day its name.
    """

    hours = ParentalKey(BusinessHours, on_delete=models.CASCADE, related_name="holidays")
    name = models.CharField(_("name"), max_length=120)
    date = models.DateField(_("date"))
    yearly = models.BooleanField(_("every year"), default=False)
    start = models.TimeField(
        _("open from"), null=True, blank=True, help_text=_("Empty means closed all day.")
    )
    end = models.TimeField(_("open to"), null=True, blank=True)

    class Meta:
        ordering = ["date", "start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(start=None, end=None)
                | models.Q(start__isnull=False, end__isnull=False),
                name="esc_holiday_open_or_closed",
            ),
        ]
        verbose_name = _("holiday or special day")
        verbose_name_plural = _("holidays and special days")

    def __str__(self):
        return f"{self.name} ({self.date})"

    def clean(self):
        if (self.start is None) != (self.end is None):
            empty = "start" if self.start is None else "end"
            message = _("Give both times, or none for a day on which it is closed.")
            raise ValidationError({empty: message}, code="half_open")
