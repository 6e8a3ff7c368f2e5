"""Scheduled work: one name for its command, its schedule and its record."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string

from wagtail_escalated.models import JobRun

logger = logging.getLogger(__name__)

#: name → a function without arguments that does the work and says in one line what it did.
JOBS: dict[str, str] = {
    "escalated_check_sla": "wagtail_escalated.jobs.check_sla",
    "escalated_wake_snoozed_tickets": "wagtail_escalated.jobs.wake_snoozed_tickets",
    "escalated_close_resolved": "wagtail_escalated.jobs.close_resolved",
    "escalated_process_inbound": "wagtail_escalated.mail.jobs.process_inbound",
    "escalated_send_mail": "wagtail_escalated.mail.jobs.send_mail",
    "escalated_send_webhooks": "wagtail_escalated.reactions.webhooks_sending.run",
    "escalated_send_digests": "wagtail_escalated.reactions.digests.run",
    "escalated_sweep_reactions": "wagtail_escalated.jobs.sweep_reactions",
    "escalated_run_automations": "wagtail_escalated.jobs.run_automations",
    "escalated_purge": "wagtail_escalated.jobs.purge",
}
#: How many runs of each are kept.
KEPT_RUNS = 50


def run(name: str) -> str:
    """Do a job, and keep when it ran, how long, and with what result. Raises what the job raises."""
    job: Callable[[], str] = import_string(JOBS[name])
    record = JobRun.objects.create(name=name, started_at=timezone.now())
    try:
        result = job()
    except Exception as error:  # noqa: BLE001 (kept in the record, then raised)
        _finish(record, ok=False, result=f"{type(error).__name__}: {error}")
        raise
    _finish(record, ok=True, result=result)
    return result


def _finish(record: JobRun, *, ok: bool, result: str) -> None:
    record.ok, record.result, record.finished_at = ok, result[:2000], timezone.now()
    record.save(update_fields=["ok", "result", "finished_at"])
    kept = JobRun.objects.filter(name=record.name).order_by("-pk").values_list("pk", flat=True)
    oldest = kept[KEPT_RUNS : KEPT_RUNS + 1].first()
    if oldest is not None:
        JobRun.objects.filter(name=record.name, pk__lte=oldest).delete()


def check_sla() -> str:
    from wagtail_escalated.actions import sla

    breaches, warnings = sla.check_breaches(), sla.check_warnings()
    return f"{len(breaches)} breaches and {len(warnings)} warnings recorded"


def wake_snoozed_tickets() -> str:
    from wagtail_escalated.actions import tickets

    return f"{len(tickets.wake_snoozed())} tickets woken"


def close_resolved() -> str:
    from wagtail_escalated.actions import tickets

    return f"{len(tickets.close_resolved())} tickets closed"


def run_automations() -> str:
    from wagtail_escalated.actions.rules import automations

    logs = automations.run_all()
    done, failed = sum(log.done for log in logs), sum(log.failed for log in logs)
    return f"{len(logs)} automations changed {done} tickets, and could not change {failed}"


def sweep_reactions() -> str:
    from wagtail_escalated import tasks

    swept = tasks.sweep_reactions()
    said = f"{swept.done} history entries reacted to"
    if swept.failed:
        said += f", {swept.failed} failed (see the log of the site)"
    queued = tasks.sweep_bulk_runs()
    return f"{said}, {queued} bulk actions queued again" if queued else said


def purge() -> str:
    from wagtail_escalated.actions import retention

    return f"{in_words(retention.purge())} deleted"


def in_words(purged: Any) -> str:
    """``retention.Purged`` in one line."""
    return f"{purged.tickets} tickets, {purged.letters} letters and {purged.rows} spent rows"
