"""What the inbox's filters are made of, whatever they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict


class Option(NamedTuple):
    value: str
    label: str
    selected: bool


class Pill(NamedTuple):
    """One thing that narrows the list, and the query without it."""

    field: str
    label: str
    value: str
    query_without: str


@dataclass(frozen=True, slots=True)
class FilterField:
    """``kind`` is ``many`` (checkboxes), ``one`` (radio buttons), ``text``, ``number`` or ``date``."""

    name: str
    label: str
    kind: str
    options: Sequence[Option] = ()
    value: str = ""


def query_without(query: QueryDict, name: str, item: str, values: Sequence[Any]) -> str:
    """The list's query without one of the values of a parameter."""
    changed = query.copy()
    if len(values) > 1:
        changed.setlist(name, [value for value in changed.getlist(name) if value != item])
    else:
        changed.pop(name, None)
    for page_name in ("after", "before"):
        changed.pop(page_name, None)
    # Something must stay, or the bare address would show the start view.
    changed.setdefault("search", "")
    return changed.urlencode()
