"""What rules did, for people to read and for the once-only of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wagtail_escalated.models import Rule, RuleOutcome, RuleRun, Ticket

from .applying import Deed


class RunLog:
    """One run; its row is written with the first outcome, so that an idle run leaves nothing behind."""

    def __init__(self, rule: Rule, how: str, *, now: datetime, user: Any = None, event: Any = None):
        self.rule, self.how, self.now = rule, how, now
        self.user, self.event = user, event
        self.done = self.failed = 0
        self._run: RuleRun | None = None

    def add(
        self,
        ticket: Ticket,
        result: str,
        *,
        done: list[Deed] | None = None,
        reason: str = "",
        state: int | None = None,
    ) -> RuleOutcome:
        """Raises ``IntegrityError`` where the rule has acted on this state of the ticket already."""
        if result == RuleOutcome.Result.DONE:
            self.done += 1
        else:
            self.failed += 1
        outcome = RuleOutcome(
            run=self.run(),
            ticket_id=ticket.pk,
            result=result,
            done=done or [],
            reason=reason,
            state=state,
        )
        if self.rule.kind in ("workflow", "automation"):
            setattr(outcome, self.rule.kind, self.rule)
        outcome.save(force_insert=True)
        return outcome

    def run(self) -> RuleRun:
        if self._run is None:
            self._run = RuleRun.objects.create(
                **{self.rule.kind: self.rule},
                how=self.how,
                user=self.user,
                event=self.event,
                started_at=self.now,
            )
        return self._run
