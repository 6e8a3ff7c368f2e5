"""The tables of the managers' reports, for doors that do not draw them: an interface that the admin fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.module_loading import import_string

__all__ = ["DIMENSIONS", "ReportTable", "register", "report_keys", "report_table"]

#: What the tables of promises can be told apart by, the usual one first.
DIMENSIONS = ("policy", "department", "agent", "priority", "week")


@dataclass(frozen=True, slots=True)
class ReportTable:
    """As the reports' own files have it: texts in the reader's language, numbers, or nothing."""

    key: str
    title: str
    headings: list[str]
    rows: list[list[Any]]


#: ``(user, key, first, last, department, by) -> ReportTable``, and the keys that it knows.
_provider: dict[str, str] = {}


def register(*, table: str, keys: str) -> None:
    """By dotted path: nothing is loaded before somebody asks."""
    _provider.update(table=table, keys=keys)


def report_keys() -> tuple[str, ...]:
    return tuple(import_string(_provider["keys"])) if _provider else ()


def report_table(
    user: Any, key: str, *, first: date, last: date, department: int | None, by: str
) -> ReportTable:
    """``by`` is one of ``DIMENSIONS``; tables that do not know it pass it over."""
    provided: Callable[..., ReportTable] = import_string(_provider["table"])
    return provided(user, key, first=first, last=last, department=department, by=by)
