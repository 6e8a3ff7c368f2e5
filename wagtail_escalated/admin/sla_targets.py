"""Targets as a table of form fields: a row for each priority, a column for each promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_escalated.admin.durations import MinutesField
from wagtail_escalated.models import Metric, Priority
from wagtail_escalated.models.sla import LONGEST_TARGET

HIGHEST_FIRST = sorted(Priority, reverse=True)


def cells() -> Iterator[tuple[Priority, Metric]]:
    for priority in HIGHEST_FIRST:
        for metric in Metric:
            yield priority, metric


def names_of(priority: Priority, metric: Metric) -> tuple[str, str]:
    """The names of a cell's two fields: how long, and whether in business hours."""
    cell = f"{priority.slug}_{metric.value}"
    return f"target_{cell}", f"business_{cell}"


def cell_fields() -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for priority, metric in cells():
        duration, business = names_of(priority, metric)
        fields[duration] = MinutesField(
            longest=LONGEST_TARGET,
            label=format_lazy("{}, {}", priority.label, metric.label),
            required=False,
            widget=forms.TextInput(attrs={"size": 8, "autocomplete": "off"}),
        )
        fields[business] = forms.BooleanField(
            label=_("business hours"), required=False, initial=True
        )
    return fields


def target_rows(form: forms.BaseForm) -> list[tuple[Priority, list[Any]]]:
    """For the template: a priority, and the two fields of each of its cells."""
    return [
        (priority, [[form[name] for name in names_of(priority, metric)] for metric in Metric])
        for priority in HIGHEST_FIRST
    ]
