"""Automations: what the desk does by itself when time has passed.

An automation acts once for each state of a ticket. It acts again when somebody else than a rule has changed
the ticket *and* the ticket has left its conditions in between; so one that goes on meeting them is left
alone, and two automations that undo each other act once each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wagtail_escalated.actions.change import locked
from wagtail_escalated.actors import SYSTEM, RuleChain, led_by, through
from wagtail_escalated.batches import batch
from wagtail_escalated.conditions.structure import matching
from wagtail_escalated.models import Automation, RuleOutcome, RuleRun, Ticket

from .applying import RuleFailed, apply
from .checking import Problems
from .log import RunLog
from .probing import idle

Result = RuleOutcome.Result
BATCH = 100
#: Of one automation in one run; the next run goes on.
MOST = 2000


def run_all(now: datetime | None = None) -> list[RunLog]:
    """Run those that are switched on, in their order. One query at most for each that has nothing to do, two
    where it has acted on tickets that may have left its conditions."""
    now = now or timezone.now()
    problems, logs = Problems(), []
    automations = list(_active())
    whole = [one for one in automations if not problems.of(one)]
    unmet = idle(whole, now=now)
    for automation in whole:
        logs.append(run(automation, now=now, is_unmet=automation.pk in unmet))
        if logs[-1].done:
            unmet = set()  # what it did may be what the next ones wait for
    Automation.objects.filter(pk__in=[one.pk for one in automations]).update(checked_at=now)
    return logs


def _active() -> QuerySet[Automation]:
    acted = RuleOutcome.objects.filter(automation=OuterRef("pk"), left_at=None)
    return Automation.objects.filter(active=True).annotate(has_acted=Exists(acted))


def run(
    automation: Automation,
    *,
    now: datetime | None = None,
    how: str = RuleRun.How.SCHEDULE,
    user: Any = None,
    is_unmet: bool = False,
) -> RunLog:
    """Act on each ticket that is due, each in a transaction of its own. A broken one does nothing.

    ``is_unmet``: it is known that no ticket meets the conditions.
    """
    now = now or timezone.now()
    log = RunLog(automation, how, now=now, user=user)
    if getattr(automation, "has_acted", True):
        _forget_those_that_left(automation, now)
    last, seen = 0, 0
    while seen < MOST and not is_unmet:
        due = candidates(automation, now=now).filter(pk__gt=last).order_by("pk")
        pks = list(due.values_list("pk", flat=True)[:BATCH])
        with batch():
            for pk in pks:
                _act(automation, pk, log)
        seen += len(pks)
        if len(pks) < BATCH:
            break
        last = pks[-1]
    return log


def candidates(automation: Automation, *, now: datetime) -> QuerySet[Ticket]:
    """The tickets that it has to act on: one query, however many conditions there are."""
    acted = RuleOutcome.objects.filter(automation=automation, ticket=OuterRef("pk"))
    acted = acted.filter(Q(left_at=None) | Q(state=OuterRef("state_version")))
    return matching(Ticket.objects.all(), automation.conditions, now=now).filter(~Exists(acted))


def _forget_those_that_left(automation: Automation, now: datetime) -> None:
    still = matching(Ticket.objects.all(), automation.conditions, now=now)
    RuleOutcome.objects.filter(automation=automation, left_at=None).filter(
        ~Exists(still.filter(pk=OuterRef("ticket_id")))
    ).update(left_at=now)


def _act(automation: Automation, pk: int, log: RunLog) -> None:
    log.run()
    try:
        with transaction.atomic():
            ticket = locked(pk)
            # Another process may have acted, or somebody changed it, since the list was read.
            if ticket and candidates(automation, now=log.now).filter(pk=pk).exists():
                _do(automation, ticket, log)
    except IntegrityError:
        # Where rows cannot be locked, the ledger says who was first.
        return


def _do(automation: Automation, ticket: Ticket, log: RunLog) -> None:
    state = ticket.state_version
    chain = RuleChain(rules=(automation.key,), names=(automation.name,))
    with through("automation"), led_by(chain):
        try:
            done = apply(automation, ticket, actor=SYSTEM, now=log.now)
        except RuleFailed as error:
            log.add(ticket, Result.FAILED, reason=str(error), state=state)
        else:
            log.add(ticket, Result.DONE, done=done, state=state)
