"""Workflows: what the desk does by itself when something happens to a ticket.

A ticket's history rows are answered in their order, each once, whichever worker comes first: whoever is told
of one answers those before it, too. A workflow acts once for each row at which a chain of causes began, so
that it can start itself neither directly nor through another, and whatever the rules are, they come to an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actors import SYSTEM, RuleChain, because_of, led_by, through
from wagtail_escalated.conditions.structure import matching
from wagtail_escalated.models import RuleOutcome, RuleRun, Ticket, TicketEvent, Workflow

from .applying import RuleFailed, apply
from .checking import Problems
from .log import RunLog

By, Result = Workflow.By, RuleOutcome.Result
#: A chain of workflows that start each other ends here.
LONGEST_CHAIN = 10


def respond(events: Sequence[TicketEvent]) -> None:
    """Run the workflows that these history rows start. Three queries where none does."""
    kinds = {event.kind for event in events}
    workflows = list(Workflow.objects.filter(active=True))
    if not any(kinds & set(one.events) for one in workflows):
        return
    # All of them: a row before these may be another's, and is answered before them.
    waiting = _waiting(events, workflows)
    busy, idle = _split(waiting, workflows)
    TicketEvent.objects.filter(pk__in=idle, ruled_at=None).update(ruled_at=timezone.now())
    for event in busy:
        _respond_to(event)


def _waiting(events: Sequence[TicketEvent], workflows: list[Workflow]) -> list[Any]:
    """The rows that nobody has answered, up to the newest given, with a flag for each workflow's conditions."""
    now = timezone.now()
    rows = TicketEvent.objects.filter(
        ticket__in={event.ticket_id for event in events},
        pk__lte=max(event.pk for event in events),
        kind__in={kind for one in workflows for kind in one.events},
        ruled_at=None,
        reacted_at=None,
    )
    return list(_flagged(rows, workflows, now).order_by("ticket_id", "pk"))


def _flagged(
    rows: QuerySet[TicketEvent], workflows: list[Workflow], now: datetime
) -> QuerySet[TicketEvent]:
    flags = {}
    for one in workflows:
        try:
            meeting = matching(Ticket.objects.all(), one.conditions, now=now)
        except (KeyError, TypeError, ValueError):
            continue  # broken: the workflow says so on its own pages
        flags[f"meets_{one.pk}"] = Exists(meeting.filter(pk=OuterRef("ticket_id")))
    return rows.select_related("reply").annotate(
        requester_user=F("ticket__requester__user_id"), **flags
    )


def _split(waiting: list[Any], workflows: list[Workflow]) -> tuple[list[TicketEvent], list[int]]:
    """Those to be answered, in order, and the keys of those before them that start nothing."""
    busy, idle = [], []
    for _ticket, rows in groupby(waiting, key=lambda row: row.ticket_id):
        starting = False
        for row in rows:
            # What an answer changes may make a later row start something.
            starting = starting or any(_starts(one, row) for one in workflows)
            if starting:
                busy.append(row)
            else:
                idle.append(row.pk)
    return busy, idle


def _starts(workflow: Workflow, row: Any) -> bool:
    return (
        row.kind in workflow.events
        and getattr(row, f"meets_{workflow.pk}", False)
        and workflow.by in (By.ANYBODY, _by(row))
    )


def _by(row: Any) -> str:
    if row.reply is not None:
        wrote_for_desk = By.AGENT if row.reply.author_user_id else By.DESK
        return wrote_for_desk if row.reply.by_agent else By.CUSTOMER
    if row.actor_contact_id is not None:
        return By.CUSTOMER
    if row.actor_user_id is None:
        return By.DESK
    return By.CUSTOMER if row.actor_user_id == row.requester_user else By.AGENT


def _respond_to(event: TicketEvent) -> None:
    """One row's workflows, one after the other, in one transaction."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(pk=event.ticket_id).first()
        still = TicketEvent.objects.filter(pk=event.pk, ruled_at=None).exists()
        if ticket is None or not still:
            return
        problems = Problems()
        for workflow in Workflow.objects.filter(active=True):
            if event.kind in workflow.events:
                _run_if_started(workflow, event, ticket, problems)
        TicketEvent.objects.filter(pk=event.pk).update(ruled_at=timezone.now())


def _run_if_started(
    workflow: Workflow, event: TicketEvent, ticket: Ticket, problems: Problems
) -> None:
    now = timezone.now()
    # The state after the workflows before it, not that at which the row was read.
    row = _flagged(TicketEvent.objects.filter(pk=event.pk), [workflow], now).get()
    if not _starts(workflow, row) or problems.of(workflow):
        return
    log = RunLog(workflow, RuleRun.How.EVENT, now=now, event=event)
    root = event.data.get("root") or event.pk
    acted = RuleOutcome.objects.filter(workflow=workflow, ticket=ticket, state=root).first()
    led_here = event.data.get("rules", [])
    if acted is not None:
        # The same row delivered twice is no loop, and nothing to tell.
        if led_here:
            log.add(ticket, Result.STOPPED, reason=_("It has acted on this already: a loop."))
        return
    if len(led_here) >= LONGEST_CHAIN:
        reason = _("Too many rules led here, one from the other.")
        log.add(ticket, Result.STOPPED, reason=reason, state=root)
        return
    _run(workflow, event, ticket, log, root)


def _run(workflow: Workflow, event: TicketEvent, ticket: Ticket, log: RunLog, root: int) -> None:
    data = event.data
    chain = RuleChain(
        rules=(*data.get("rules", ()), workflow.key),
        names=(*data.get("rule_names", ()), workflow.name),
        root=root,
    )
    with through("workflow"), because_of(event.pk), led_by(chain):
        try:
            done = apply(workflow, ticket, actor=SYSTEM, now=log.now)
        except RuleFailed as error:
            log.add(ticket, Result.FAILED, reason=str(error), state=root)
        else:
            log.add(ticket, Result.DONE, done=done, state=root)
