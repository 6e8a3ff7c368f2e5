"""The schedules, as constants, and their idempotent installation by name."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django_q.models import Schedule

PREFIX = "escalated_"
JOB = "wagtail_escalated.jobs.run"


class Every(NamedTuple):
    minutes: int


#: job → how often. What is due to the minute is found by an index, so an idle run costs next to nothing.
SCHEDULES: dict[str, Every] = {
    "escalated_check_sla": Every(1),
    "escalated_wake_snoozed_tickets": Every(1),
    "escalated_process_inbound": Every(1),
    "escalated_send_mail": Every(1),
    "escalated_send_webhooks": Every(1),
    "escalated_send_digests": Every(1),
    "escalated_sweep_reactions": Every(1),
    "escalated_run_automations": Every(1),
    "escalated_close_resolved": Every(60),
    "escalated_purge": Every(60 * 24),
}


def install_schedules() -> list[str]:
    """Write the schedules' rows; returns the names of those that were new. What an operator moved in time stays."""
    installed = []
    for name, every in SCHEDULES.items():
        rows = Schedule.objects.filter(name=name).order_by("pk")
        wanted = {
            "func": JOB,
            "args": repr((name,)),
            "schedule_type": Schedule.MINUTES,
            "minutes": every.minutes,
            "repeats": -1,
        }
        first = rows.first()
        if first is None:
            soon = timezone.now() + timedelta(seconds=5)
            Schedule.objects.create(name=name, next_run=soon, **wanted)
            installed.append(name)
        else:
            rows.exclude(pk=first.pk).delete()
            rows.update(**wanted)
    stale = Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=SCHEDULES)
    stale.filter(func=JOB).delete()
    return installed
