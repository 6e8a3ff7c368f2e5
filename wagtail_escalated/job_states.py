"""When each job last ran, how long it took, with what result, and when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_q.models import Schedule

from wagtail_escalated import jobs
from wagtail_escalated.models import JobRun

#: What each job does, for people. An app with a job of its own adds its line.
PURPOSES: dict[str, Promise] = {
    "escalated_check_sla": _("Records missed deadlines, and warns of those that come near"),
    "escalated_wake_snoozed_tickets": _("Wakes the tickets whose snooze is over"),
    "escalated_process_inbound": _("Works on letters that wait or failed"),
    "escalated_send_mail": _("Sends the mails that wait or failed"),
    "escalated_send_webhooks": _("Sends the webhooks that wait or failed"),
    "escalated_send_digests": _("Sends the daily summaries that agents asked for"),
    "escalated_sweep_reactions": _("Catches up on notifications and rules that were missed"),
    "escalated_run_automations": _("Runs the automations whose tickets have come of age"),
    "escalated_close_resolved": _("Closes tickets that have been resolved for long enough"),
    "escalated_purge": _("Deletes what is past its time"),
}
#: What an app beside the desk put among the jobs.
OF_ANOTHER_APP = _("Work of an app installed beside the desk")
#: A schedule that is this late has no worker.
LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    name: str
    purpose: Promise
    schedule: Schedule | None
    last: JobRun | None
    failures: int
    is_late: bool

    @property
    def minutes(self) -> int | None:
        """Between two runs."""
        return self.schedule.minutes if self.schedule else None

    @property
    def took(self) -> timedelta | None:
        return self.last.finished_at - self.last.started_at if self.has_finished else None

    @property
    def has_finished(self) -> bool:
        return self.last is not None and self.last.finished_at is not None

    @property
    def seconds(self) -> float | None:
        return round(self.took.total_seconds(), 2) if self.took is not None else None


def all_jobs(now: datetime) -> list[Job]:
    """Every job with its schedule and its latest run, in three queries."""
    schedules = {row.name: row for row in Schedule.objects.filter(name__in=jobs.JOBS)}
    runs: dict[str, list[JobRun]] = {}
    for run in JobRun.objects.filter(name__in=jobs.JOBS).order_by("-started_at"):
        runs.setdefault(run.name, []).append(run)
    return [_job(name, schedules.get(name), runs.get(name, []), now) for name in jobs.JOBS]


def _job(name: str, schedule: Schedule | None, runs: list[JobRun], now: datetime) -> Job:
    return Job(
        name=name,
        purpose=PURPOSES.get(name, OF_ANOTHER_APP),
        schedule=schedule,
        last=runs[0] if runs else None,
        failures=sum(run.ok is False for run in runs),
        is_late=schedule is not None and schedule.next_run < now - LATE,
    )
