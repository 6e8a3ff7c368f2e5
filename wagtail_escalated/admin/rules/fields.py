"""Form fields for a rule's conditions and actions: rows that a script builds from the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.translation import gettext as _

from wagtail_escalated.actions.rules.catalogue import offered
from wagtail_escalated.actions.rules.checking import clean_actions
from wagtail_escalated.conditions import structure
from wagtail_escalated.conditions.fields import OPERATORS, WITHOUT_VALUE
from wagtail_escalated.conditions.known import Known
from wagtail_escalated.conditions.structure import Errors

LONGEST = 200_000


class RowsWidget(forms.HiddenInput):
    """A hidden input, and beside it the rows that fill it. ``errors_at`` are shown at their rows."""

    template_name = "wagtail_escalated/admin/rules/rows.html"
    controller = ""
    #: Other words than usual, by their names in ``_texts``.
    texts: dict[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.known, self.kind = Known(), ""
        self.errors_at: dict[str, str] = {}

    @property
    def is_hidden(self) -> bool:
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        values = {
            "catalogue": self.catalogue(),
            "errors": self.errors_at,
            "texts": _texts() | self.texts,
        }
        context["script"] = flatatt(
            {"data-controller": self.controller}
            | {f"data-{self.controller}-{key}-value": json.dumps(values[key]) for key in values}
        )
        return context

    def catalogue(self) -> dict[str, Any]:
        raise NotImplementedError

    def vocabularies(self, names: set[str]) -> dict[str, list[tuple[str, str]]]:
        return {name: list(self.known.choices(name).items()) for name in sorted(names) if name}

    def rows(self, found: Iterable[Any], kind: Callable[[Any], str]) -> list[dict[str, Any]]:
        """Fields or actions for the script. What one alone may choose comes with it."""
        return [
            {
                "name": one.name,
                "label": str(one.label),
                "kind": kind(one),
                "vocabulary": one.vocabulary,
                "choices": one.choices,
                "unit": str(one.unit),
                "lowest": one.lowest,
                "highest": one.highest,
                "step": 10 ** -getattr(one, "places", 0),
            }
            for one in found
        ]

    def id_for_label(self, id_: str) -> str:
        return ""

    class Media:
        css = {"all": ["wagtail_escalated/admin/rules.css"]}
        js = [
            "wagtail_escalated/admin/rule-values.js",
            "wagtail_escalated/admin/rule-conditions.js",
            "wagtail_escalated/admin/rule-actions.js",
        ]


class ConditionsWidget(RowsWidget):
    controller = "esc-conditions"

    def catalogue(self) -> dict[str, Any]:
        fields = self.known.fields.values()
        rows = self.rows(fields, lambda field: field.value_kind)
        for row, field in zip(rows, fields, strict=True):
            row["operators"] = field.operators
        return {
            "fields": rows,
            "operators": {name: str(label) for name, label in OPERATORS.items()},
            "bare": sorted(WITHOUT_VALUE),
            "deepest": structure.DEEPEST,
            "vocabularies": self.vocabularies({field.vocabulary for field in fields}),
        }


class ActionsWidget(RowsWidget):
    controller = "esc-actions"

    def catalogue(self) -> dict[str, Any]:
        actions = offered(self.kind, self.known).values()
        return {
            "actions": self.rows(actions, lambda action: action.kind),
            "vocabularies": self.vocabularies({action.vocabulary for action in actions}),
        }


class RowsField(forms.Field):
    """JSON from the rows, cleaned by the catalogue; what is wrong is told at the row."""

    summary = ""

    def __init__(self, *, kind: str = "", **kwargs: Any):
        super().__init__(**kwargs)
        self.widget.kind = kind

    def bind_to(self, known: Known) -> None:
        """What may be named in this form."""
        self.widget.known = known

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value or {})

    def clean(self, value: Any) -> dict[str, Any]:
        cleaned, errors = self.cleaned(self._read(value))
        self.widget.errors_at = errors.at
        if not errors.at:
            return cleaned
        general = errors.at.get("")
        raise ValidationError(general or _("See what is marked below."))

    def _read(self, value: Any) -> Any:
        try:
            return json.loads(value[:LONGEST]) if value else {}
        except (ValueError, RecursionError):
            raise ValidationError(_("This cannot be read. Load the page again.")) from None

    def cleaned(self, data: Any) -> tuple[dict[str, Any], Errors]:
        raise NotImplementedError

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or {}) != (json.loads(data) if data else {})
        except ValueError:
            return True


class ConditionsField(RowsField):
    widget = ConditionsWidget

    def cleaned(self, data: Any) -> tuple[dict[str, Any], Errors]:
        return structure.clean(data, self.widget.known)


class ActionsField(RowsField):
    widget = ActionsWidget

    def cleaned(self, data: Any) -> tuple[dict[str, Any], Errors]:
        return clean_actions(data, self.widget.kind, self.widget.known)


def _texts() -> dict[str, str]:
    """What the script writes; ``%s`` is filled in by it."""
    return {
        "match": _("A ticket must meet"),
        "all": _("all of these"),
        "any": _("any of these"),
        "field": _("Condition"),
        "operator": _("How to compare"),
        "value": _("Value"),
        "choose": _("Choose…"),
        "nothing": _("Nothing chosen"),
        "gone": _("%s (no longer exists)"),
        "addCondition": _("Add a condition"),
        "addGroup": _("Add a group"),
        "removeGroup": _("Remove the group"),
        "group": _("Group of conditions"),
        "action": _("Action"),
        "addAction": _("Add an action"),
        "remove": _("Remove"),
        "up": _("Move up"),
        "down": _("Move down"),
        "everything": _("Without conditions: every ticket."),
    }
