"""A rule's structures, checked when it is saved and again before it acts.

What it names may be deleted in between: then the rule is broken, says so, and does nothing at all.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.conditions.structure import Errors
from wagtail_escalated.models import STARTING_KINDS, Rule, Workflow

from .catalogue import offered

VERSION = 1
MOST = 20


def clean_actions(data: Any, kind: str, known: Known) -> tuple[dict[str, Any], Errors]:
    """``{"version": 1, "actions": [{"action", "value"}, …]}`` as it can be stored, and what is wrong."""
    errors = Errors()
    rows = data.get("actions") if isinstance(data, dict) else None
    if not isinstance(rows, list) or data.get("version", VERSION) != VERSION:
        errors.add((), _("Say what the rule does."))
        return {}, errors
    if not rows:
        errors.add((), _("Say what the rule does."))
    if len(rows) > MOST:
        errors.add((MOST,), _("A rule does at most %(limit)s things.") % {"limit": MOST})
    cleaned = [_clean_action(row, number, kind, known, errors) for number, row in enumerate(rows)]
    return {"version": VERSION, "actions": cleaned}, errors


def _clean_action(row: Any, number: int, kind: str, known: Known, errors: Errors) -> dict[str, Any]:
    name = str(row.get("action")) if isinstance(row, dict) else ""
    action = offered(kind, known).get(name)
    if action is None:
        errors.add((number,), _("Choose what to do."))
        return {"action": name}
    value, wrong = action.clean(structure.as_text(row.get("value")), known)
    if wrong:
        errors.add((number,), wrong)
    return {"action": name} if action.kind == "none" else {"action": name, "value": value}


def problems(rule: Rule, known: Known) -> list[str]:
    """Why the rule cannot act now, each a sentence; nothing where it can."""
    _conditions, wrong = structure.clean(rule.conditions, known)
    _actions, wrong_too = clean_actions(rule.actions, rule.kind, known)
    found = [
        _("Condition %(number)s: %(why)s") % {"number": _number(place), "why": why}
        for place, why in wrong.at.items()
    ]
    found += [
        _("Action %(number)s: %(why)s") % {"number": _number(place), "why": why}
        for place, why in wrong_too.at.items()
    ]
    if isinstance(rule, Workflow) and not set(rule.events) & set(STARTING_KINDS):
        found.append(_("Nothing starts it."))
    return found


def _number(place: str) -> str:
    """``"0.2"`` → ``1.3``: people count from one."""
    return ".".join(str(int(part) + 1) for part in place.split(".") if part) or "1"


def known_to(rule: Rule) -> Known:
    """What this rule may name: a private macro also its owner's own responses."""
    return Known(getattr(rule, "owner", None))


class Problems:
    """The problems of many rules: each table is read once, however many rules name its rows."""

    def __init__(self) -> None:
        self._shared = Known()

    def of(self, rule: Rule) -> list[str]:
        known = known_to(rule) if getattr(rule, "owner_id", None) else self._shared
        return problems(rule, known)
