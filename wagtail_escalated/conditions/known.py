"""What rules may name: the desk's vocabularies, and the rows that are there now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from wagtail_escalated.filters import NOBODY, NONE, SLA_STATES
from wagtail_escalated.models import (
    AgentProfile,
    CannedResponse,
    Channel,
    Department,
    Metric,
    Priority,
    Status,
    Tag,
    TicketType,
    WebhookEndpoint,
)

from .fields import ConditionField, all_fields

Choices = dict[str, str]


class Known:
    """Each vocabulary is read once, when it is first asked for.

    ``owner`` is whose own canned responses count besides the shared ones; ``None``: the shared ones alone.
    """

    def __init__(self, owner: Any = None):
        self.owner = owner
        #: For what others read once beside it.
        self.cache: dict[str, Any] = {}
        self._read: dict[str, Choices] = {}
        self._fields: dict[str, ConditionField] | None = None

    @property
    def fields(self) -> dict[str, ConditionField]:
        """What conditions may ask about now, by name."""
        if self._fields is None:
            self._fields = all_fields()
        return self._fields

    def choices(self, vocabulary: str) -> Choices:
        """Key → name. Raises ``KeyError`` for a vocabulary that nobody has registered."""
        if vocabulary not in self._read:
            self._read[vocabulary] = VOCABULARIES[vocabulary](self)
        return self._read[vocabulary]


def _labels(choices: Any) -> Callable[[Known], Choices]:
    return lambda known: {str(value): str(label) for value, label in choices.choices}


def _priorities(known: Known) -> Choices:
    return {priority.slug: str(priority.label) for priority in Priority}


def _departments(known: Known) -> Choices:
    return {str(pk): name for pk, name in Department.objects.values_list("pk", "name")}


def _agents(known: Known) -> Choices:
    agents = AgentProfile.objects.filter(active=True, user__is_active=True).select_related("user")
    return {str(agent.pk): str(agent) for agent in agents}


def _tags(known: Known) -> Choices:
    return {str(pk): name for pk, name in Tag.objects.order_by("name").values_list("pk", "name")}


def _canned(known: Known) -> Choices:
    responses = CannedResponse.objects.filter(Q(owner=None) | Q(owner=known.owner))
    return {str(pk): title for pk, title in responses.values_list("pk", "title")}


def _webhooks(known: Known) -> Choices:
    return {str(pk): name for pk, name in WebhookEndpoint.objects.values_list("pk", "name")}


def _sla_states(known: Known) -> Choices:
    labels = {
        "breached": _("Missed"),
        "due_soon": _("Due soon"),
        "running": _("Running"),
        "paused": _("Paused"),
        "none": _("None"),
    }
    return {state: labels[state] for state in SLA_STATES}


#: Name → how it is read. A custom field's own choices are one more.
VOCABULARIES: dict[str, Callable[[Known], Choices]] = {
    "status": _labels(Status),
    "priority": _priorities,
    "type": _labels(TicketType),
    "channel": _labels(Channel),
    "metric": _labels(Metric),
    "sla": _sla_states,
    "department": _departments,
    "department_or_none": lambda known: {NONE: _("None"), **known.choices("department")},
    "agent": _agents,
    "agent_or_nobody": lambda known: {NOBODY: _("Nobody"), **known.choices("agent")},
    "tag": _tags,
    "canned": _canned,
    "webhook": _webhooks,
}
