"""What the tests of service levels begin with: hours, policies, and a ticket at a known moment."""

from datetime import UTC, datetime, time, timedelta

from tests import factories
from wagtail_escalated.models import BusinessHours, Priority, Shift, SLAClock, SLAPolicy, SLATarget

HOUR = timedelta(hours=1)
#: A Monday.
MONDAY = datetime(2026, 4, 13, tzinfo=UTC)


def at(hour, minute=0, *, day=0, second=0):
    """That time, in UTC, so many days after the Monday."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def make_hours(name="Office", **fields):
    """09:00 to 17:00, Monday to Friday."""
    hours = BusinessHours.objects.create(name=name, **fields)
    for weekday in range(5):
        Shift.objects.create(hours=hours, weekday=weekday, start=time(9), end=time(17))
    return hours


def make_policy(name="Standard", *, targets=None, default=True, **fields):
    """Minutes by metric, the same at each priority; in business time where the policy has hours."""
    policy = SLAPolicy.objects.create(name=name, default_key=default or None, **fields)
    wanted = {"first_response": 120, "resolution": 480} if targets is None else targets
    for metric, minutes in wanted.items():
        for priority in Priority:
            add_target(policy, metric, priority, minutes)
    return policy


def add_target(policy, metric, priority, minutes, *, business_time=None):
    in_hours = policy.business_hours_id is not None if business_time is None else business_time
    return SLATarget.objects.update_or_create(
        policy=policy,
        metric=metric,
        priority=Priority(priority),
        defaults={"minutes": minutes, "business_time": in_hours},
    )[0]


def make_ticket(now=None, **fields):
    return factories.make_ticket(now=now or at(10), **fields)


def clock(ticket, metric="resolution", **fields) -> SLAClock:
    """The clock as the database has it, the newest of its metric."""
    return ticket.clocks.filter(metric=metric, **fields).latest("pk")


def kinds(ticket):
    return list(ticket.events.order_by("pk").values_list("kind", flat=True))
