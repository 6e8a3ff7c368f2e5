"""What only the database knows: people without rights, schedules that are missing, a worker that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections
from django.utils import timezone

#: The schedules run each minute; a worker that is busy may be late.
SEEN_WITHIN = timedelta(minutes=10)


@register(Tags.database, "wagtail_escalated")
def check_rows(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    from wagtail_escalated.models import AgentProfile

    alias = AgentProfile.objects.db
    if alias not in (databases or ()) or not _is_migrated(alias):
        return []
    return [*_agents(), *_schedules(), *_worker(), *_time_zones(alias)]


def _is_migrated(alias: str) -> bool:
    from django_q.models import Schedule

    from wagtail_escalated.models import AgentProfile

    try:
        tables = set(connections[alias].introspection.table_names())
    except DatabaseError:
        return False
    return {model._meta.db_table for model in (AgentProfile, Schedule)} <= tables


def agents_without_access() -> list[Any]:
    """The active agents whose user cannot enter the admin, and so cannot work."""
    from wagtail_escalated.models import AgentProfile
    from wagtail_escalated.permissions import ACCESS_ADMIN

    agents = AgentProfile.objects.filter(active=True).select_related("user")
    return [agent for agent in agents if not agent.user.has_perm(ACCESS_ADMIN)]


def _agents() -> Iterator[CheckMessage]:
    for agent in agents_without_access():
        yield Warning(
            f"The agent {agent} has no access to the admin.",
            hint="Put the user into the group “Support agents”, or make the agent inactive.",
            id="wagtail_escalated.W040",
        )


def missing_schedules() -> list[str]:
    from django_q.models import Schedule

    from wagtail_escalated.schedules import SCHEDULES

    there = set(Schedule.objects.filter(name__in=SCHEDULES).values_list("name", flat=True))
    return [name for name in SCHEDULES if name not in there]


def _schedules() -> Iterator[CheckMessage]:
    if missing := missing_schedules():
        yield Warning(
            f"Schedules are missing: {', '.join(missing)}.",
            hint="Run manage.py escalated_install.",
            id="wagtail_escalated.W041",
        )


def worker_seen_at() -> datetime | None:
    """When a worker last put a schedule's task into the queue; nothing else moves ``next_run``."""
    from django_q.models import Schedule

    from wagtail_escalated.schedules import SCHEDULES

    moved = Schedule.objects.filter(name__in=SCHEDULES, task__isnull=False)
    seen = [row.next_run - timedelta(minutes=row.minutes or 0) for row in moved]
    return max(seen, default=None)


def _worker() -> Iterator[CheckMessage]:
    seen = worker_seen_at()
    if seen is None or seen < timezone.now() - SEEN_WITHIN:
        since = f" since {seen:%Y-%m-%d %H:%M} UTC" if seen else " yet"
        yield Warning(
            f"No worker has been seen{since}.",
            hint="Start manage.py qcluster and keep it running; without it no mail comes or goes.",
            id="wagtail_escalated.W042",
        )


def _time_zones(alias: str) -> Iterator[CheckMessage]:
    """MariaDB and MySQL know zones by tables that somebody has to fill, and answer with nothing until then."""
    connection = connections[alias]
    if connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2026-01-01 12:00:00', 'UTC', 'Europe/Berlin')")
        [here] = cursor.fetchone()
    if here is None:
        yield Warning(
            "The database knows no time zones: reports have neither days nor weeks.",
            hint="Run mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root mysql.",
            id="wagtail_escalated.W043",
        )
