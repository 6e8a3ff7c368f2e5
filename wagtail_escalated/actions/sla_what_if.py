"""Other promises, made to the tickets of the past: what would have been kept and missed.

Each clock of the last ninety days is replayed with its own beginning, pauses and end, and another target or
calendar, some at a time by the worker. No promise is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.actions.sla_clocks import deadline, stretches
from wagtail_escalated.calendars import calendar_from
from wagtail_escalated.hours import ALWAYS, Calendar, CalendarError
from wagtail_escalated.models import BusinessHours, SLAClock, SLAPolicy, SLAReplay

DAYS = 90
BATCH = 2_000
#: So many questions of a policy are kept.
KEPT = 10


@dataclass(frozen=True, slots=True)
class Term:
    """What would be promised: a target, counted by a calendar."""

    target: timedelta
    calendar: Calendar


#: By priority and metric; what is missing would not be promised.
Terms = Mapping[tuple[int, str], Term]
#: Department's name, priority, metric.
Line = tuple[str, int, str]


@dataclass(slots=True)
class Tally:
    """How many were kept and missed, as it was and as it would have been."""

    kept: int = 0
    missed: int = 0
    would_keep: int = 0
    would_miss: int = 0

    def add(self, was_late: bool, would_be_late: bool | None) -> None:
        self.kept += not was_late
        self.missed += was_late
        self.would_keep += would_be_late is False
        self.would_miss += would_be_late is True


def begin(
    policy: SLAPolicy,
    *,
    targets: Iterable[tuple[int, str, int, bool]],
    business_hours: BusinessHours | None,
    actor: Any,
    now: datetime | None = None,
) -> SLAReplay:
    """Ask what other targets (priority, metric, minutes, in business hours) would have meant."""
    now = now or timezone.now()
    old = SLAReplay.objects.filter(policy=policy).order_by("-pk").values_list("pk", flat=True)
    SLAReplay.objects.filter(pk__in=list(old[KEPT - 1 :])).delete()
    return SLAReplay.objects.create(
        policy=policy,
        asked_by=actor,
        asked_at=now,
        touched_at=now,
        business_hours=business_hours,
        targets=[list(target) for target in targets],
        total=_decided(policy, now).count(),
    )


def go_on(pk: int, *, after: int, now: datetime | None = None) -> int | None:
    """Replay the next clocks behind ``after``. The last of them, ``None`` when there is nothing left to do.

    Run twice, or by two workers, each part is counted once.
    """
    now = now or timezone.now()
    row = SLAReplay.objects.filter(pk=pk, behind=after, finished_at=None).first()
    if row is None:
        return None
    decided = _decided(row.policy, row.asked_at).filter(pk__gt=after).order_by("pk")
    clocks = list(decided.select_related("ticket__department", "calendar")[:BATCH])
    tallies = tallies_of(row)
    count(clocks, terms_of(row), tallies, now=row.asked_at)
    last = len(clocks) < BATCH
    behind = clocks[-1].pk if clocks else after
    written = SLAReplay.objects.filter(pk=pk, behind=after, finished_at=None).update(
        behind=behind,
        done=row.done + len(clocks),
        tallies=[[*line, *astuple(tally)] for line, tally in tallies.items()],
        touched_at=now,
        finished_at=now if last else None,
    )
    return behind if written and not last else None


def tallies_of(row: SLAReplay) -> dict[Line, Tally]:
    return {(line[0], line[1], line[2]): Tally(*line[3:]) for line in row.tallies}


def terms_of(row: SLAReplay) -> Terms:
    hours = row.business_hours
    calendar = calendar_from(rules_of(hours)) if hours else ALWAYS
    return {
        (priority, metric): Term(timedelta(minutes=minutes), calendar if in_hours else ALWAYS)
        for priority, metric, minutes, in_hours in row.targets
    }


def count(
    clocks: Iterable[SLAClock], terms: Terms, tallies: dict[Line, Tally], *, now: datetime
) -> None:
    for clock in clocks:
        ticket = clock.ticket
        department = ticket.department.name if ticket.department else ""
        term = terms.get((ticket.priority, clock.metric))
        would_be_late = _would_be_late(clock, term, now) if term else None
        line = (department, ticket.priority, clock.metric)
        tallies.setdefault(line, Tally()).add(_was_late(clock, now), would_be_late)


def _decided(policy: SLAPolicy, now: datetime) -> QuerySet[SLAClock]:
    """Met, or late already: one that still runs in time could go either way."""
    since = now - timedelta(days=DAYS)
    clocks = SLAClock.objects.filter(policy=policy, started_at__gte=since, started_at__lte=now)
    return clocks.exclude(met_at=None, breached_at=None)


def _was_late(clock: SLAClock, now: datetime) -> bool:
    late = clock.due_at is not None and clock.due_at < (clock.met_at or now)
    return clock.breached_at is not None or late


def _would_be_late(clock: SLAClock, term: Term, now: datetime) -> bool | None:
    """``None`` where it is still open and could go either way."""
    try:
        due = deadline(term.calendar, term.target, stretches(clock))
    except CalendarError:
        due = None
    if due is not None and due < (clock.met_at or now):
        return True
    return False if clock.met_at else None
