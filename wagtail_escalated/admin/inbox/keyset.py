"""Pages by what the last row shows instead of by counting rows, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from wagtail_escalated.filters import ORDERINGS
from wagtail_escalated.models import Ticket

#: Whoever has looked through a thousand results of a search wants other words.
MOST_BY_OFFSET = 1000
NULLABLE = frozenset({"next_due_at", "assignee", "department"})


@dataclass(frozen=True, slots=True)
class Cursor:
    """Stands behind (or, ``backwards``, before) the row with these values; ``position`` rows were before it."""

    value: Any
    pk: int
    position: int
    backwards: bool = False

    def encode(self) -> str:
        value = self.value
        kind = "t" if isinstance(value, datetime) else "v"
        plain = value.isoformat() if isinstance(value, datetime) else value
        raw = json.dumps([kind, plain, self.pk, self.position, int(self.backwards)])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """``None`` for anything that is no cursor: the list then begins at its beginning."""
    if not text or len(text) > 1000:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        kind, value, pk, position, backwards = json.loads(raw)
        value = parse_datetime(value) if kind == "t" else value
        if isinstance(value, (list, dict)) or (kind == "t" and value is None):
            return None
        return Cursor(value, int(pk), max(int(position), 0), bool(backwards))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """Rows, and the cursors that lead on; empty where there is nothing further."""

    rows: Sequence[Ticket]
    first: int
    next: str = ""
    previous: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def has_other_pages(self) -> bool:
        return bool(self.next or self.previous)


def page_of(
    tickets: QuerySet[Ticket], ordering: str, cursor: Cursor | None, size: int
) -> KeysetPage:
    """``tickets`` are ordered by ``filters.ordered(…, ordering)`` already."""
    if cursor is not None:
        tickets = tickets.filter(beyond(ordering, cursor))
        if cursor.backwards:
            tickets = tickets.reverse()
    rows = list(tickets[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if cursor is None:
        return KeysetPage(rows, 1, next=_cursor(ordering, rows, size) if more else "")
    if not cursor.backwards:
        first = cursor.position + 1
        return KeysetPage(
            rows,
            first,
            next=_cursor(ordering, rows, cursor.position + len(rows)) if more else "",
            previous=_back(ordering, rows, cursor.position) if rows else "",
        )
    rows.reverse()
    first = max(cursor.position - len(rows), 0) + 1 if more else 1
    return KeysetPage(
        rows,
        first,
        next=_cursor(ordering, rows, first - 1 + len(rows)) if rows else "",
        previous=_back(ordering, rows, first - 1) if more else "",
    )


def page_of_keys(
    tickets: QuerySet[Ticket], keys: Sequence[int], cursor: Cursor | None, size: int
) -> KeysetPage:
    """Pages of what no column orders, such as relevance: ``keys`` name its best, in their order."""
    start = min(cursor.position, MOST_BY_OFFSET) if cursor else 0
    wanted = keys[start : start + size]
    rows = {ticket.pk: ticket for ticket in tickets.filter(pk__in=wanted)}
    more = len(keys) > start + size <= MOST_BY_OFFSET
    return KeysetPage(
        [rows[key] for key in wanted if key in rows],
        start + 1,
        next=Cursor(None, 0, start + size).encode() if more else "",
        previous=Cursor(None, 0, max(start - size, 0)).encode() if start else "",
    )


def value_of(ordering: str, ticket: Ticket) -> Any:
    value: Any = ticket
    for name in ORDERINGS[ordering.removeprefix("-")].split("__"):
        value = getattr(value, name) if value is not None else None
    return value.pk if hasattr(value, "pk") else value


def _cursor(ordering: str, rows: Sequence[Ticket], position: int) -> str:
    return Cursor(value_of(ordering, rows[-1]), rows[-1].pk, position).encode()


def _back(ordering: str, rows: Sequence[Ticket], position: int) -> str:
    return Cursor(value_of(ordering, rows[0]), rows[0].pk, position, backwards=True).encode()


def beyond(ordering: str, cursor: Cursor) -> Q:
    """The rows on the far side of the cursor; tickets without a value come last in either direction."""
    name = ordering.removeprefix("-")
    column = ORDERINGS[name]
    descending = ordering.startswith("-")
    side = "lt" if descending != cursor.backwards else "gt"
    same_side = Q(**{f"pk__{side}": cursor.pk})
    if cursor.value is None:
        tied = Q(**{f"{column}__isnull": True}) & same_side
        return tied | Q(**{f"{column}__isnull": False}) if cursor.backwards else tied
    tied = Q(**{column: cursor.value}) & same_side
    beyond = Q(**{f"{column}__{side}": cursor.value}) | tied
    if name not in NULLABLE:
        # Says nothing new, but lets the database enter its index at the right place.
        return beyond & Q(**{f"{column}__{side}e": cursor.value})
    return beyond if cursor.backwards else beyond | Q(**{f"{column}__isnull": True})
