"""What Fernhill Coffee promises: office hours with the holidays of England, and a workshop with hours of its own."""

from datetime import date, time

from django.utils import timezone

from wagtail_escalated.actions import public_holidays
from wagtail_escalated.models import (
    BusinessHours,
    Department,
    Holiday,
    Metric,
    Priority,
    Shift,
    SLAPolicy,
    SLATarget,
)

#: In minutes, by priority.
WORKSHOP = {
    Metric.FIRST_RESPONSE: {"low": 480, "medium": 240, "high": 120, "urgent": 60, "critical": 30},
    Metric.NEXT_RESPONSE: {"low": 960, "medium": 480, "high": 240, "urgent": 120, "critical": 60},
    Metric.RESOLUTION: {"low": 4800, "medium": 2400, "high": 1440, "urgent": 960, "critical": 480},
}


def write_promises() -> None:
    office = BusinessHours.objects.get()
    this_year = timezone.localdate().year
    years = (this_year, this_year + 1)
    public_holidays.take_over(office, public_holidays.public_holidays("GB", "ENG", years))
    policy = SLAPolicy.objects.create(
        name="Workshop",
        description="Grinders and machines: who cannot make coffee cannot wait.",
        business_hours=_workshop_hours(this_year),
        warn_at=[50, 80],
        sort_order=1,
    )
    policy.for_departments.add(Department.objects.get(slug="machines"))
    SLATarget.objects.bulk_create(
        SLATarget(policy=policy, metric=metric, priority=Priority.from_name(name), minutes=minutes)
        for metric, minutes_by_priority in WORKSHOP.items()
        for name, minutes in minutes_by_priority.items()
    )


def _workshop_hours(year: int) -> BusinessHours:
    """A lunch break, Saturdays, and a fair on a Sunday."""
    hours = BusinessHours.objects.create(name="Workshop")
    shifts = [(day, *part) for day in range(5) for part in ((8, 12), (13, 18))] + [(5, 9, 13)]
    for weekday, start, end in shifts:
        Shift.objects.create(hours=hours, weekday=weekday, start=time(start), end=time(end))
    Holiday.objects.create(hours=hours, name="New Year", date=date(year, 1, 1), yearly=True)
    Holiday.objects.create(hours=hours, name="Christmas", date=date(year, 12, 25), yearly=True)
    Holiday.objects.create(
        hours=hours, name="Coffee fair", date=date(year, 12, 13), start=time(10), end=time(16)
    )
    return hours
