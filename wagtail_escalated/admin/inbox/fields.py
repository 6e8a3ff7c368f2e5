"""The filters as an agent picks them: the choices of each field of ``TicketFilter``, and its pills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from wagtail_escalated.filters import ME, NOBODY, NONE, SLA_STATES, TicketFilter
from wagtail_escalated.models import (
    AgentProfile,
    Channel,
    Department,
    Priority,
    Status,
    Tag,
    TicketType,
)
from wagtail_escalated.permissions import agent_profile, is_manager

from .controls import FilterField, Option, Pill, query_without
from .custom_fields import custom_filter_fields, custom_pills


def filter_fields(wanted: TicketFilter, user: Any) -> list[FilterField]:
    """In five queries, however many departments, agents, tags and custom fields there are."""
    fields = [_field(name, wanted, choices) for name, choices in _choices_for(user).items()]
    return [*fields, *custom_filter_fields(wanted, user)]


def _field(name: str, wanted: TicketFilter, choices: list[tuple[str, str]] | None) -> FilterField:
    value = getattr(wanted, name)
    label = LABELS[name]()
    if choices is None:
        kind = "date" if name.endswith(("_from", "_to")) else "text"
        return FilterField(name, label, kind, value=str(value or ""))
    if isinstance(value, tuple):
        options = [Option(key, text, key in value) for key, text in choices]
        return FilterField(name, label, "many", options)
    default = TicketFilter.__dataclass_fields__[name].default
    chosen = _flag_text(value) if value != default else ""
    options = [Option(key, text, key == chosen) for key, text in choices]
    return FilterField(name, label, "one", options)


def pills(wanted: TicketFilter, query: QueryDict, user: Any) -> list[Pill]:
    """What narrows now, for everything but the search itself."""
    result = []
    for name in LABELS:
        value = getattr(wanted, name)
        if value == TicketFilter.__dataclass_fields__[name].default:
            continue
        values = value if isinstance(value, tuple) else (value,)
        names = _names_of(name, values, user)
        for item in values:
            without = query_without(query, name, _flag_text(item), values)
            result.append(Pill(name, LABELS[name](), names.get(str(item), str(item)), without))
    return result + custom_pills(wanted, query)


def _names_of(name: str, values: Sequence[Any], user: Any) -> dict[str, str]:
    if isinstance(values[0], bool):
        return {str(True): _("Yes"), str(False): _("No")}
    if name.endswith(("_from", "_to")):
        return {str(value): date_format(value, "SHORT_DATE_FORMAT") for value in values}
    if name in STATIC:
        return {key: str(label) for key, label in STATIC[name]()}
    keys = [value for value in values if value.isdigit()]
    names = {ME: _("Me"), NOBODY: _("Nobody"), NONE: _("None")}
    if name == "department":
        names |= {key: label for key, label in departments_of(user) if key in keys}
    elif name == "assignee" and keys:
        names |= {str(agent.pk): str(agent) for agent in _agents().filter(pk__in=keys)}
    elif name.startswith("tags_") and keys:
        names |= {
            str(pk): tag for pk, tag in Tag.objects.filter(pk__in=keys).values_list("pk", "name")
        }
    return names


def _choices_for(user: Any) -> dict[str, list[tuple[str, str]] | None]:
    """``None``: a field that is typed, not chosen."""
    tags = [(str(pk), name) for pk, name in Tag.objects.values_list("pk", "name")[:200]]
    flags = [("", _("Any")), ("true", _("Yes")), ("false", _("No"))]
    agents = [(str(agent.pk), str(agent)) for agent in _agents()]
    fixed = {name: [(k, str(label)) for k, label in make()] for name, make in STATIC.items()}
    return {
        **fixed,
        "department": [(NONE, _("None")), *departments_of(user)],
        "assignee": [(ME, _("Me")), (NOBODY, _("Nobody")), *agents],
        "tags_any": tags,
        "tags_all": tags,
        "tags_none": tags,
        "requester": None,
        "open": flags,
        "snoozed": flags,
        "spam": flags,
        "proved": flags,
        "following": flags[:2],
        "mentions": flags[:2],
        "created_from": None,
        "created_to": None,
        "updated_from": None,
        "updated_to": None,
    }


def _agents() -> Any:
    return AgentProfile.objects.filter(active=True).select_related("user")


def departments_of(user: Any) -> list[tuple[str, str]]:
    """Those whose tickets the user may see, and no other names."""
    departments = Department.objects.all()
    if not is_manager(user):
        departments = departments.filter(memberships__agent=agent_profile(user))
    return [(str(pk), name) for pk, name in departments.values_list("pk", "name")]


def _flag_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)


def _sla_labels() -> list[tuple[str, str]]:
    labels = {
        "breached": _("Missed"),
        "due_soon": _("Due soon"),
        "running": _("Running"),
        "paused": _("Paused"),
        "none": _("None"),
    }
    return [(state, labels[state]) for state in SLA_STATES]


STATIC: dict[str, Any] = {
    "status": lambda: Status.choices,
    "priority": lambda: [(priority.slug, priority.label) for priority in Priority],
    "type": lambda: TicketType.choices,
    "channel": lambda: Channel.choices,
    "sla": _sla_labels,
}

LABELS: dict[str, Any] = {
    "status": lambda: _("Status"),
    "priority": lambda: _("Priority"),
    "type": lambda: _("Type"),
    "channel": lambda: _("Channel"),
    "sla": lambda: _("SLA"),
    "department": lambda: _("Department"),
    "assignee": lambda: _("Assignee"),
    "tags_any": lambda: _("Any of these tags"),
    "tags_all": lambda: _("All of these tags"),
    "tags_none": lambda: _("None of these tags"),
    "requester": lambda: _("Requester"),
    "open": lambda: _("Open"),
    "snoozed": lambda: _("Snoozed"),
    "spam": lambda: _("Spam"),
    "proved": lambda: _("The requester is verified"),
    "following": lambda: _("Followed by me"),
    "mentions": lambda: _("Mentions me"),
    "created_from": lambda: _("Created from"),
    "created_to": lambda: _("Created until"),
    "updated_from": lambda: _("Updated from"),
    "updated_to": lambda: _("Updated until"),
}
