"""Which rules and saved views name a row of the desk, and what becomes of them when it becomes another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from django.db.models import Model

from wagtail_escalated.conditions.known import Known
from wagtail_escalated.conditions.structure import leaves
from wagtail_escalated.field_conditions import PARAMETER, PREFIX
from wagtail_escalated.models import (
    AgentProfile,
    Automation,
    CannedResponse,
    CustomField,
    Department,
    Macro,
    Rule,
    SavedView,
    Tag,
    WebhookEndpoint,
    Workflow,
)

from .catalogue import actions_in

#: The vocabularies of ``conditions.known`` by whose keys a row may be named.
VOCABULARIES: dict[type[Model], frozenset[str]] = {
    Tag: frozenset({"tag"}),
    Department: frozenset({"department", "department_or_none"}),
    AgentProfile: frozenset({"agent", "agent_or_nobody"}),
    CannedResponse: frozenset({"canned"}),
    WebhookEndpoint: frozenset({"webhook"}),
}
#: The fields of a ``TicketFilter`` that hold such keys.
FILTERS: dict[type[Model], tuple[str, ...]] = {
    Tag: ("tags_any", "tags_all", "tags_none"),
    Department: ("department",),
    AgentProfile: ("assignee",),
}


def rules_naming(row: Model) -> list[Rule]:
    """In their conditions or in what they do. They are broken when the row is gone."""
    if type(row) not in VOCABULARIES and not isinstance(row, CustomField):
        return []
    names = _named_by(row, Known())
    return [rule for rule in _all_rules() if any(names(part) for part in _parts(rule))]


def views_naming(row: Model) -> list[SavedView]:
    if type(row) not in FILTERS and not isinstance(row, CustomField):
        return []
    return [view for view in SavedView.objects.all() if _view_names(view, row)]


def rename(row: Model, into: Model) -> None:
    """Whatever names ``row`` names ``into`` from now on, each once."""
    names, old, new = _named_by(row, Known()), str(row.pk), str(into.pk)
    for rule in _all_rules():
        before = deepcopy((rule.conditions, rule.actions))
        for part in _parts(rule):
            if names(part):
                part["value"] = _renamed(part["value"], old, new)
        if (rule.conditions, rule.actions) != before:
            rule.save(update_fields=["conditions", "actions"])
    for view in views_naming(row):
        for name in FILTERS[type(row)]:
            if name in view.filters:
                view.filters[name] = _renamed(view.filters[name], old, new)
        view.save(update_fields=["filters"])


def _all_rules() -> Iterator[Rule]:
    for model in (Macro, Workflow, Automation):
        yield from model.objects.all()


def _parts(rule: Rule) -> Iterator[dict[str, Any]]:
    """Its conditions, whichever groups they stand in, and its actions."""
    yield from leaves(rule.conditions or {})
    yield from (rule.actions or {}).get("actions", ())


def _named_by(row: Model, known: Known) -> Callable[[dict[str, Any]], bool]:
    if isinstance(row, CustomField):
        return lambda part: PREFIX + row.key in (part.get("field"), part.get("action"))
    vocabularies = VOCABULARIES.get(type(row), frozenset())

    def names(part: dict[str, Any]) -> bool:
        return _vocabulary(part, known) in vocabularies and str(row.pk) in _keys(part.get("value"))

    return names


def _vocabulary(part: dict[str, Any], known: Known) -> str:
    rows: Any = known.fields if "field" in part else actions_in(known)
    found = rows.get(part.get("field") or part.get("action"))
    return found.vocabulary if found else ""


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value] if isinstance(value, list) else [str(value)]


def _view_names(view: SavedView, row: Model) -> bool:
    if isinstance(row, CustomField):
        asked = (PARAMETER.fullmatch(name) for name in view.filters)
        return any(match and match[1] == row.key for match in asked)
    found = (view.filters.get(name) for name in FILTERS.get(type(row), ()))
    return any(str(row.pk) in _keys(value) for value in found if value)


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, list):
        return list(dict.fromkeys(new if str(key) == old else key for key in value))
    return new if str(value) == old else value
