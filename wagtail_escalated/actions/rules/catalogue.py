"""What a rule may do with a ticket. Each is one call of an action, with its right and its sentence.

``register`` adds one; forms, checks, previews and the log follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actions.canned import count_use, filled_in, unknown_variables
from wagtail_escalated.actions.change import changing
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.conditions.structure import choices_of, clean_day, clean_keys
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import (
    AgentProfile,
    CannedResponse,
    Channel,
    Department,
    EventKind,
    Priority,
    Status,
    Tag,
    Ticket,
    WebhookEndpoint,
)

LONGEST_TEXT = 10_000
MACRO, BY_ITSELF = "macro", "by_itself"


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it and when. ``user`` is whose name variables give; without one, the assignee's."""

    actor: Any
    user: Any
    now: datetime


@dataclass(frozen=True, slots=True)
class RuleAction:
    """``verb`` is the right that the actor needs on the ticket; ``kind`` what value the action takes."""

    name: str
    label: Promise | str
    #: With ``%(value)s`` where there is a value.
    sentence: Promise | str
    apply: Callable[[Ticket, Any, Doing], Any]
    #: ``none``, ``choice``, ``choices``, ``text``, ``line``, ``date`` or ``number``.
    kind: str = "none"
    vocabulary: str = ""
    #: What may be chosen where it is this action's own: key and name.
    choices: tuple[tuple[str, str], ...] = ()
    unit: Promise | str = ""
    lowest: int = 1
    highest: int = 366 * 24
    verb: str = "work"
    #: Of which rules it makes no sense.
    not_for: str = ""

    def clean(self, value: Any, known: Known) -> tuple[Any, str]:
        """The value as it is stored, and a sentence where it is none."""
        match self.kind:
            case "none":
                return None, ""
            case "choice":
                keys, wrong = clean_keys(value, choices_of(self, known))
                return (keys[0] if keys else ""), wrong
            case "choices":
                return clean_keys(value, choices_of(self, known))
            case "number":
                return self._clean_number(value)
            case "date":
                return clean_day(value)
        return _clean_text(value)

    def _clean_number(self, value: Any) -> tuple[Any, str]:
        text = str(value if value is not None else "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            return text[:20], _("Write a whole number.")
        if not self.lowest <= int(text) <= self.highest:
            return int(text), _("From %(lowest)s to %(highest)s.") % {
                "lowest": self.lowest,
                "highest": self.highest,
            }
        return int(text), ""

    def tell(self, value: Any, known: Known) -> str:
        """What it does, as a sentence without its full stop."""
        return str(self.sentence) % {"value": self._in_words(value, known)}

    def _in_words(self, value: Any, known: Known) -> str:
        if self.kind in ("choice", "choices"):
            keys = value if isinstance(value, list) else [value]
            choices = choices_of(self, known)
            return ", ".join(choices.get(str(key), str(key)) for key in keys)
        if self.kind == "text":
            text = " ".join(str(value).split())
            return text if len(text) <= 60 else f"{text[:59]}…"
        return str(value)


def _clean_text(value: Any) -> tuple[str, str]:
    text = str(value or "").replace("\r\n", "\n").strip()
    if not text:
        return "", _("Write something first.")
    if len(text) > LONGEST_TEXT:
        return text, _("The text is too long.")
    if unknown := unknown_variables(text):
        names = ", ".join(f"“{name}”" for name in unknown)
        return text, _("There is no such variable: %(names)s.") % {"names": names}
    return text, ""


def _assign(ticket: Ticket, value: str, doing: Doing) -> None:
    agent = AgentProfile.objects.select_related("user").get(pk=value)
    assignment.assign(ticket, agent, actor=doing.actor)


def _set_department(ticket: Ticket, value: str, doing: Doing) -> None:
    tickets.set_department(ticket, Department.objects.get(pk=value), actor=doing.actor)


def _tags(keys: list[str]) -> list[Tag]:
    found = list(Tag.objects.filter(pk__in=keys))
    if len(found) < len(keys):
        raise Tag.DoesNotExist
    return found


def _reply(ticket: Ticket, text: str, doing: Doing) -> None:
    body = filled_in(text, ticket=ticket, user=doing.user)
    messages.reply(ticket, body=body, actor=doing.actor, channel=Channel.AGENT)


def _reply_canned(ticket: Ticket, value: str, doing: Doing) -> None:
    response = CannedResponse.objects.get(pk=value)
    _reply(ticket, response.body, doing)
    count_use(response)


def _note(ticket: Ticket, text: str, doing: Doing) -> None:
    body = filled_in(text, ticket=ticket, user=doing.user)
    messages.add_note(ticket, body=body, actor=doing.actor)


def _follow(ticket: Ticket, value: str, doing: Doing) -> None:
    agent = AgentProfile.objects.select_related("user").get(pk=value)
    tickets.follow(ticket, actor=doing.actor, user=agent.user)


def _escalate(ticket: Ticket, value: None, doing: Doing) -> None:
    """The status where the table leads to it, and the next higher priority."""
    if ticket.status == Status.ESCALATED:
        return
    tickets.set_status(ticket, Status.ESCALATED, actor=doing.actor)
    if ticket.priority < Priority.CRITICAL:
        tickets.set_priority(ticket, ticket.priority + 1, actor=doing.actor)


def _call(ticket: Ticket, value: str, doing: Doing) -> None:
    """A history row for one endpoint; its reaction sends it, tries again, and keeps the log."""
    endpoint = WebhookEndpoint.objects.get(pk=value)
    if not endpoint.active:
        raise InvalidTicket(
            "webhook", _("The webhook “%(name)s” is switched off.") % {"name": endpoint.name}
        )
    with changing(ticket, actor=doing.actor, verb="work") as change:
        change.record(EventKind.RULE, endpoint=endpoint.pk, name=endpoint.name)


ACTIONS: dict[str, RuleAction] = {}


def register(*actions: RuleAction) -> None:
    ACTIONS.update({action.name: action for action in actions})


#: Each answers the actions about what stands in a table, such as custom fields.
_families: list[Callable[[], Iterable[RuleAction]]] = []


def register_family(actions: Callable[[], Iterable[RuleAction]]) -> None:
    _families.append(actions)


def all_actions() -> dict[str, RuleAction]:
    """By name, in the order in which they are offered."""
    found = dict(ACTIONS)
    for family in _families:
        found.update({action.name: action for action in family()})
    return found


def action_named(name: str) -> RuleAction | None:
    return ACTIONS.get(name) or all_actions().get(name)


def actions_in(known: Known) -> dict[str, RuleAction]:
    """All of them, read once for whoever checks or tells many."""
    if "actions" not in known.cache:
        known.cache["actions"] = all_actions()
    return cast(dict[str, RuleAction], known.cache["actions"])


def offered(kind: str, known: Known) -> dict[str, RuleAction]:
    """What a rule of this kind (``macro``, ``workflow`` or ``automation``) may do, by name."""
    place = MACRO if kind == "macro" else BY_ITSELF
    return {name: one for name, one in actions_in(known).items() if one.not_for != place}


register(
    RuleAction(
        "assign",
        gettext_lazy("Assign to"),
        gettext_lazy("Assign to %(value)s"),
        _assign,
        "choice",
        "agent",
    ),
    RuleAction(
        "take",
        gettext_lazy("Assign to me"),
        gettext_lazy("Assign to who runs it"),
        lambda ticket, value, doing: assignment.assign(ticket, doing.actor, actor=doing.actor),
        not_for=BY_ITSELF,
    ),
    RuleAction(
        "unassign",
        gettext_lazy("Assign to nobody"),
        gettext_lazy("Assign to nobody"),
        lambda ticket, value, doing: assignment.unassign(ticket, actor=doing.actor),
    ),
    RuleAction(
        "auto_assign",
        gettext_lazy("Assign automatically"),
        gettext_lazy("Assign to the agent with the fewest open tickets"),
        lambda ticket, value, doing: assignment.auto_assign(ticket, actor=doing.actor),
    ),
    RuleAction(
        "status",
        gettext_lazy("Set the status"),
        gettext_lazy("Set the status to %(value)s"),
        lambda ticket, value, doing: tickets.set_status(ticket, value, actor=doing.actor),
        "choice",
        "status",
    ),
    RuleAction(
        "priority",
        gettext_lazy("Set the priority"),
        gettext_lazy("Set the priority to %(value)s"),
        lambda ticket, value, doing: tickets.set_priority(ticket, value, actor=doing.actor),
        "choice",
        "priority",
    ),
    RuleAction(
        "type",
        gettext_lazy("Set the type"),
        gettext_lazy("Set the type to %(value)s"),
        lambda ticket, value, doing: tickets.set_type(ticket, value, actor=doing.actor),
        "choice",
        "type",
    ),
    RuleAction(
        "department",
        gettext_lazy("Move to the department"),
        gettext_lazy("Move to the department %(value)s"),
        _set_department,
        "choice",
        "department",
    ),
    RuleAction(
        "escalate",
        gettext_lazy("Escalate"),
        gettext_lazy("Escalate: status Escalated, and the next higher priority"),
        _escalate,
    ),
    RuleAction(
        "add_tags",
        gettext_lazy("Add tags"),
        gettext_lazy("Add the tags %(value)s"),
        lambda ticket, value, doing: tickets.add_tags(ticket, _tags(value), actor=doing.actor),
        "choices",
        "tag",
    ),
    RuleAction(
        "remove_tags",
        gettext_lazy("Remove tags"),
        gettext_lazy("Remove the tags %(value)s"),
        lambda ticket, value, doing: tickets.remove_tags(ticket, _tags(value), actor=doing.actor),
        "choices",
        "tag",
    ),
    RuleAction(
        "reply",
        gettext_lazy("Reply"),
        gettext_lazy("Reply “%(value)s”"),
        _reply,
        "text",
        verb="reply",
    ),
    RuleAction(
        "reply_canned",
        gettext_lazy("Reply with a canned response"),
        gettext_lazy("Reply with “%(value)s”"),
        _reply_canned,
        "choice",
        "canned",
        verb="reply",
    ),
    RuleAction(
        "note",
        gettext_lazy("Add an internal note"),
        gettext_lazy("Add the note “%(value)s”"),
        _note,
        "text",
        verb="note",
    ),
    RuleAction(
        "snooze",
        gettext_lazy("Snooze"),
        gettext_lazy("Snooze for %(value)s hours"),
        lambda ticket, value, doing: tickets.snooze(
            ticket, doing.now + timedelta(hours=value), actor=doing.actor
        ),
        "number",
        unit=gettext_lazy("hours"),
    ),
    RuleAction(
        "follow",
        gettext_lazy("Add a follower"),
        gettext_lazy("Add %(value)s as a follower"),
        _follow,
        "choice",
        "agent",
    ),
    RuleAction(
        "webhook",
        gettext_lazy("Call a webhook"),
        gettext_lazy("Call the webhook %(value)s"),
        _call,
        "choice",
        "webhook",
    ),
)
