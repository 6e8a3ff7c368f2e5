"""Other promises, made to the tickets of the past: what would have been kept and missed.

Each ticket of the last ninety days is replayed with its own beginning, pauses and end, and another target or
calendar, some at a time by the worker. No promise is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.actions.sla_clocks import deadline, stretches
from wagtail_escalated.actions.sla_past import Past, pasts_of
from wagtail_escalated.actions.sla_reach import Reach, tickets_for_policy
from wagtail_escalated.calendars import calendar_from
from wagtail_escalated.hours import ALWAYS, Calendar, CalendarError
from wagtail_escalated.models import (
    BusinessHours,
    Department,
    DeskSettings,
    SLAClock,
    SLAPolicy,
    SLAReplay,
    Ticket,
)
from wagtail_escalated.models.among import Among

DAYS = 90
BATCH = 1_000
#: So many questions of a policy, of business hours, or of policies that were never saved, are kept.
KEPT = 10
#: So many examples are kept.
EXAMPLES = 50

#: Priority, metric, minutes, whether in business hours.
Target = tuple[int, str, int, bool]
#: Department's name, priority, metric.
Line = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """A policy as it may be while it is edited: for which tickets, what it promises, when its clocks stop."""

    reach: Reach
    targets: list[Target]
    pause_statuses: list[str]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PolicyTerms:
        targets = [(row[0], row[1], row[2], row[3]) for row in data["targets"]]
        return cls(Reach(**data["reach"]), targets, data["pause_statuses"])


@dataclass(frozen=True, slots=True)
class Term:
    """What would be promised: a target, counted by a calendar."""

    target: timedelta
    calendar: Calendar


#: What would be promised; ``None`` for nothing.
Terms = Callable[[Past], Term | None]


@dataclass(slots=True)
class Tally:
    """How many were kept and missed, as it was and as it would have been."""

    kept: int = 0
    missed: int = 0
    would_keep: int = 0
    would_miss: int = 0

    def add(self, was_late: bool | None, would_be_late: bool | None) -> None:
        self.kept += was_late is False
        self.missed += was_late is True
        self.would_keep += would_be_late is False
        self.would_miss += would_be_late is True

    def __add__(self, other: Tally) -> Tally:
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


@dataclass(slots=True)
class Found:
    tallies: dict[Line, Tally] = field(default_factory=dict)
    examples: list[list[Any]] = field(default_factory=list)


def begin(
    policy: SLAPolicy | None,
    terms: PolicyTerms,
    *,
    business_hours: BusinessHours | None,
    actor: Any,
    now: datetime | None = None,
) -> SLAReplay:
    """Ask what a policy would have meant, saved or not, for the tickets that it would be for or was for."""
    row = SLAReplay(policy=policy, business_hours=business_hours, terms=asdict(terms))
    return _asked(row, SLAReplay.objects.filter(policy=policy, rules__isnull=True), actor, now)


def begin_with_hours(
    hours: BusinessHours,
    *,
    rules: dict[str, Any],
    actor: Any,
    now: datetime | None = None,
) -> SLAReplay:
    """Ask what other hours (``calendars.rules_of``) would have meant for all that was promised by these."""
    row = SLAReplay(business_hours=hours, rules=rules)
    same = SLAReplay.objects.filter(business_hours=hours, rules__isnull=False)
    return _asked(row, same, actor, now)


def _asked(
    row: SLAReplay, same: QuerySet[SLAReplay], actor: Any, now: datetime | None
) -> SLAReplay:
    row.asked_by, row.asked_at = actor, now or timezone.now()
    row.touched_at = row.asked_at
    row.total = _tickets(row).count()
    old = same.order_by("-pk").values_list("pk", flat=True)
    SLAReplay.objects.filter(pk__in=list(old[KEPT - 1 :])).delete()
    row.save()
    return row


def go_on(pk: int, *, after: int, now: datetime | None = None) -> int | None:
    """Replay the next tickets behind ``after``. The last of them, ``None`` when there is nothing left to do.

    Run twice, or by two workers, each part is counted once.
    """
    now = now or timezone.now()
    row = SLAReplay.objects.filter(pk=pk, behind=after, finished_at=None).first()
    if row is None:
        return None
    left = _tickets(row).filter(pk__gt=after).order_by("pk").select_related("department")
    tickets = list(left[:BATCH])
    found = Found(tallies_of(row), row.examples)
    count(_pasts(row, tickets), terms_of(row, tickets), found, now=row.asked_at)
    last = len(tickets) < BATCH
    behind = tickets[-1].pk if tickets else after
    written = SLAReplay.objects.filter(pk=pk, behind=after, finished_at=None).update(
        behind=behind,
        done=row.done + len(tickets),
        tallies=[[*line, *astuple(tally)] for line, tally in found.tallies.items()],
        examples=found.examples[:EXAMPLES],
        touched_at=now,
        finished_at=now if last else None,
    )
    return behind if written and not last else None


def tallies_of(row: SLAReplay) -> dict[Line, Tally]:
    return {(line[0], line[1], line[2]): Tally(*line[3:]) for line in row.tallies}


def count(pasts: Iterable[Past], terms: Terms, found: Found, *, now: datetime) -> None:
    for past in pasts:
        was_late = _was_late(past.clock, now) if past.clock else None
        term = terms(past)
        due = _due(term, past) if term else None
        would_be_late = _is_late(due, past.met_at, now) if term else None
        if was_late is None and would_be_late is None:
            continue
        ticket = past.ticket
        department = ticket.department.name if ticket.department else ""
        line = (department, ticket.priority, past.metric)
        found.tallies.setdefault(line, Tally()).add(was_late, would_be_late)
        if due and would_be_late and not was_late and len(found.examples) < EXAMPLES:
            found.examples.append([ticket.pk, past.metric, due.isoformat()])


def terms_of(row: SLAReplay, tickets: list[Ticket]) -> Terms:
    if row.rules is not None:
        calendar = calendar_from(row.rules)
        return lambda past: Term(past.clock.target, calendar) if past.clock else None
    terms = PolicyTerms.from_json(row.terms or {})
    its = _that_would_be_its(terms, tickets)
    calendar_for = _calendars(row.business_hours)
    targets = {(row[0], row[1]): row[2:] for row in terms.targets}

    def promised(past: Past) -> Term | None:
        target = targets.get((past.ticket.priority, past.metric))
        if target is None or past.ticket.pk not in its:
            return None
        minutes, in_hours = target
        return Term(timedelta(minutes=minutes), calendar_for(past.ticket) if in_hours else ALWAYS)

    return promised


def _that_would_be_its(terms: PolicyTerms, tickets: list[Ticket]) -> set[int]:
    these = Ticket.objects.filter(Among("pk", [ticket.pk for ticket in tickets]))
    return set(tickets_for_policy(these, terms.reach).values_list("pk", flat=True))


def _calendars(hours: BusinessHours | None) -> Callable[[Ticket], Calendar]:
    """The policy's, else those of the ticket's department, else those in the settings of its site."""
    if hours is not None:
        fixed = calendar_from(rules_of(hours))
        return lambda ticket: fixed
    of_departments = _by_key(Department.objects.exclude(business_hours=None), "pk")
    of_sites = _by_key(DeskSettings.objects.exclude(business_hours=None), "site_id")

    def calendar_for(ticket: Ticket) -> Calendar:
        own = of_departments.get(ticket.department_id)
        return own or of_sites.get(ticket.site_id) or ALWAYS

    return calendar_for


def _by_key(rows: QuerySet[Any], key: str) -> dict[Any, Calendar]:
    return {
        getattr(row, key): calendar_from(rules_of(row.business_hours))
        for row in rows.select_related("business_hours")
    }


def _pasts(row: SLAReplay, tickets: list[Ticket]) -> Iterable[Past]:
    if row.rules is not None:
        return _as_promised_by(row.business_hours_id, tickets)
    terms = PolicyTerms.from_json(row.terms or {})
    metrics = {metric for _priority, metric, _minutes, _in_hours in terms.targets}
    return pasts_of(tickets, terms.pause_statuses, metrics)


def _as_promised_by(hours: int | None, tickets: list[Ticket]) -> Iterator[Past]:
    by_key = {ticket.pk: ticket for ticket in tickets}
    for clock in _clocks_by(hours).filter(Among("ticket_id", by_key.keys())).order_by("pk"):
        ran = list(stretches(clock))
        yield Past(by_key[clock.ticket_id], clock.metric, ran, clock.met_at, clock)


def _tickets(row: SLAReplay) -> QuerySet[Ticket]:
    """Those of the last ninety days for which the terms would be, or were."""
    since = row.asked_at - timedelta(days=DAYS)
    tickets = Ticket.objects.filter(
        created_at__gte=since, created_at__lte=row.asked_at, is_spam=False, merged_into=None
    )
    if row.rules is not None:
        counted = _clocks_by(row.business_hours_id)
        return tickets.filter(pk__in=counted.values("ticket"))
    would_be = tickets_for_policy(
        Ticket.objects.all(), PolicyTerms.from_json(row.terms or {}).reach
    )
    its = Q(pk__in=would_be.values("pk"))
    if row.policy_id:
        its |= Q(pk__in=SLAClock.objects.filter(policy=row.policy_id).values("ticket"))
    return tickets.filter(its)


def _clocks_by(hours: int | None) -> QuerySet[SLAClock]:
    return SLAClock.objects.filter(calendar__hours=hours)


def _was_late(clock: SLAClock, now: datetime) -> bool | None:
    """``None`` where it still runs in time and could go either way."""
    if clock.breached_at is not None:
        return True
    return _is_late(clock.due_at, clock.met_at, now)


def _due(term: Term, past: Past) -> datetime | None:
    try:
        return deadline(term.calendar, term.target, iter(past.ran))
    except CalendarError:
        return None


def _is_late(due: datetime | None, met_at: datetime | None, now: datetime) -> bool | None:
    if due is not None and due < (met_at or now):
        return True
    return False if met_at else None
