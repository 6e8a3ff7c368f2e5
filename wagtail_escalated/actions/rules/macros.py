"""Macros: run by an agent, with that agent's rights, on one ticket or on many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actions.bulk import BulkResult, run_bulk
from wagtail_escalated.actors import through
from wagtail_escalated.conditions.structure import matching
from wagtail_escalated.models import Macro, RuleOutcome, RuleRun, Ticket
from wagtail_escalated.permissions import agent_profile, check, is_manager, works_inside

from .applying import RuleFailed, apply
from .checking import known_to, problems
from .log import RunLog


def macros_for(user: Any) -> QuerySet[Macro]:
    """A person's own macros and those shared with them, switched on or not."""
    if not works_inside(user):
        return Macro.objects.none()
    shared = Q(owner=None)
    if not is_manager(user):
        profile = agent_profile(user)
        departments = profile.memberships.values("department_id") if profile else []
        shared &= Q(department=None) | Q(department__in=departments)
    return Macro.objects.filter(Q(owner=user) | shared).order_by("sort_order", "pk")


class MacroChoice(NamedTuple):
    """What a menu shows of a macro."""

    pk: Any
    name: str
    description: str


def choices_for(user: Any) -> list[MacroChoice]:
    """The active ones of ``macros_for``, asked for more cheaply: every page of a ticket has this menu."""
    if not works_inside(user):
        return []
    active = Macro.objects.filter(Q(owner=None) | Q(owner=user), active=True)
    rows = active.order_by("sort_order", "pk").values_list(
        "pk", "name", "description", "owner_id", "department_id"
    )
    found = list(rows)
    everywhere = {row[0] for row in found if row[3] or not row[4]}
    if len(everywhere) < len(found) and not is_manager(user):
        own = _departments(user)
        found = [row for row in found if row[0] in everywhere or row[4] in own]
    return [MacroChoice(*row[:3]) for row in found]


def _departments(user: Any) -> set[Any]:
    profile = agent_profile(user)
    return set(profile.memberships.values_list("department_id", flat=True)) if profile else set()


def run(
    macro: Macro, tickets: Iterable[Ticket], *, actor: Any, now: datetime | None = None
) -> BulkResult:
    """On each ticket all or nothing; one undo takes the whole back while its replies have not left."""
    return run_bulk(tickets, Click(macro, actor, now or timezone.now()), actor=actor)


class Click:
    """What a click on a macro does with a ticket. Raises ``RuleFailed`` with the sentence why it does not."""

    def __init__(self, macro: Macro, actor: Any, now: datetime):
        self.macro, self.actor, self.now = macro, actor, now
        self.log = RunLog(macro, RuleRun.How.CLICK, now=now, user=actor)
        self.problems = [] if macro.active else [_("The macro is switched off.")]
        self.problems += problems(macro, known_to(macro))

    def begin(self) -> Click:
        """Write the log's row now: what is written within a transaction may be put back with a ticket."""
        self.log.run()
        return self

    def __call__(self, ticket: Ticket) -> None:
        check(self.actor, "work", ticket)
        try:
            self._run(ticket)
        except RuleFailed as error:
            self.failed(ticket, str(error))
            raise

    def failed(self, ticket: Ticket, reason: str) -> None:
        self.log.add(ticket, RuleOutcome.Result.FAILED, reason=reason)

    def _run(self, ticket: Ticket) -> None:
        if self.problems:
            raise RuleFailed(" ".join(self.problems))
        if not self._is_for(ticket):
            raise RuleFailed(_("The ticket does not meet the conditions of the macro."))
        self.log.run()
        with transaction.atomic(), through("macro"):
            done = apply(self.macro, ticket, actor=self.actor, now=self.now)
            self.log.add(ticket, RuleOutcome.Result.DONE, done=done)
            Macro.objects.filter(pk=self.macro.pk).update(use_count=F("use_count") + 1)

    def _is_for(self, ticket: Ticket) -> bool:
        if not self.macro.conditions:
            return True
        this = Ticket.objects.filter(pk=ticket.pk)
        return matching(this, self.macro.conditions, now=self.now).exists()
