"""How many promises were kept, counted by the database in one query."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils import timezone

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import Metric, SLAClock


def stats() -> dict[str, int | float]:
    """The desk's promises: counts, and rates in per cent with one decimal; ``{}`` where SLA is off.

    A rate counts what is decided: kept in time, or missed.
    """
    if not desk_settings.SLA["ENABLED"]:
        return {}
    # Found by the check, or passed and still to be found by it.
    late = Q(breached_at__isnull=False) | Q(check_at__lt=timezone.now())
    in_time = Q(met_at__isnull=False) & ~late
    first, resolution = Q(metric=Metric.FIRST_RESPONSE), Q(metric=Metric.RESOLUTION)
    counted = SLAClock.objects.aggregate(
        total=Count("ticket", distinct=True),
        breached=Count("ticket", distinct=True, filter=late),
        first_in_time=Count("pk", filter=first & in_time),
        first_late=Count("pk", filter=first & late),
        resolution_in_time=Count("pk", filter=resolution & in_time),
        resolution_late=Count("pk", filter=resolution & late),
    )
    first_decided = counted["first_in_time"] + counted["first_late"]
    resolution_decided = counted["resolution_in_time"] + counted["resolution_late"]
    return {
        "total_with_sla": counted["total"],
        "total_breached": counted["breached"],
        "breach_rate": _rate(counted["breached"], counted["total"]),
        "first_response_on_time": counted["first_in_time"],
        "first_response_on_time_rate": _rate(counted["first_in_time"], first_decided),
        "resolution_on_time": counted["resolution_in_time"],
        "resolution_on_time_rate": _rate(counted["resolution_in_time"], resolution_decided),
    }


def _rate(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
