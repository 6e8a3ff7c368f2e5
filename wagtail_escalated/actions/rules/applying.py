"""A rule's actions on one ticket: all of them or none."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from wagtail_escalated.actions.change import lock
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Rule, Ticket

from .catalogue import Doing, action_named

logger = logging.getLogger(__name__)

#: As in the log: ``{"action", "value", "changed"}``.
Deed = dict[str, Any]


class RuleFailed(EscalatedError):
    """A rule could not do all that it should; the ticket is as it was."""

    code = "rule_failed"


def apply(rule: Rule, ticket: Ticket, *, actor: Any, now: datetime) -> list[Deed]:
    """Do what the rule says, in its order. Raises ``RuleFailed`` with the first that could not be done.

    What a database does that is away or had to choose between two who waited for each other is raised as it
    is: it is tried again. Whatever else nobody foresaw is in the log, and no reason to keep others waiting.
    """
    doing = Doing(actor=actor, user=_whose_name(ticket, actor), now=now)
    try:
        with transaction.atomic():
            lock(ticket)
            rows = rule.actions["actions"]
            return [_do(row, number, ticket, doing) for number, row in enumerate(rows, start=1)]
    except (RuleFailed, OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("The rule %s broke at ticket %s", rule.key, ticket.pk)
        raise RuleFailed(_("Something went wrong; it is in the log of the site.")) from error


def _do(row: dict[str, Any], number: int, ticket: Ticket, doing: Doing) -> Deed:
    action, before = action_named(row["action"]), ticket.version
    if action is None:
        raise RuleFailed(_("Action %(number)s no longer exists.") % {"number": number})
    try:
        action.apply(ticket, row.get("value"), doing)
    except PermissionDenied:
        reason = _("You may not do this with this ticket.")
    except ObjectDoesNotExist:
        reason = _("What it names no longer exists.")
    except EscalatedError as error:
        reason = str(error)
    else:
        return {**row, "changed": ticket.version != before}
    raise RuleFailed(
        _("Action %(number)s (%(label)s): %(why)s")
        % {"number": number, "label": action.label, "why": reason}
    )


def _whose_name(ticket: Ticket, actor: Any) -> Any:
    if actor is not SYSTEM:
        return actor
    return ticket.assignee.user if ticket.assignee else None


def try_out(rule: Rule, ticket: Ticket, *, actor: Any, now: datetime) -> tuple[list[Deed], str]:
    """What the rule would do, and why it could not. Nothing is kept."""
    with transaction.atomic():
        try:
            answer = apply(rule, ticket, actor=actor, now=now), ""
        except RuleFailed as error:
            answer = [], str(error)
        transaction.set_rollback(True)
    return answer
