"""What somebody may hear of: pairs of ticket and version, and what has changed since an instant."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import tickets_for

#: A transaction may commit this long after the instant that it wrote: reading goes back so far.
OVERLAP = timedelta(seconds=10)
#: Pairs in one answer; whoever missed more reads on from the cursor.
MOST_AT_ONCE = 500
#: Who counts by which column, and when it last grew.
AS_AGENT = ("version", "updated_at")
AS_CUSTOMER = ("public_version", "public_updated_at")


class Pair(NamedTuple):
    """A ticket as its reader counts it: agents by ``version``, customers by ``public_version``."""

    pk: int
    reference: str
    version: int
    changed_at: datetime | None
    #: Whether they see it as somebody of the desk.
    inside: bool

    def as_json(self) -> dict[str, Any]:
        return {"ticket": self.reference, "version": self.version}


class Cursor(NamedTuple):
    """Where reading goes on: after an instant, and after a key among those of that instant."""

    at: datetime
    pk: int = 0

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{micros}.{self.pk}".encode()).decode().rstrip("=")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cursor_from(text: str) -> Cursor:
    """Raises ``ValueError`` for what ``str(cursor)`` never wrote."""
    if len(text) > 64:
        raise ValueError("too long")
    padded = text + "=" * (-len(text) % 4)
    micros, _dot, pk = (
        base64.urlsafe_b64decode(padded.encode("ascii")).decode("ascii").partition(".")
    )
    try:
        return Cursor(EPOCH + timedelta(microseconds=int(micros)), int(pk))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def pairs(actor: Any, only: Q, *, wanted: int | None = None) -> list[Pair]:
    """Of the few tickets that ``only`` picks, those that ``actor`` may see.

    Once as many as ``wanted`` are found inside the desk, nothing more is asked.
    """
    inside = _read(tickets_for(actor, "view_internal", of_few=True).filter(only), *AS_AGENT)
    if len(inside) == wanted:
        return inside
    outside = _read(tickets_for(actor, "view_as_customer").filter(only), *AS_CUSTOMER)
    return _once(inside, outside)


def changed_since(actor: Any, cursor: Cursor, only: Q | None = None) -> list[Pair]:
    """What changed after the cursor, oldest first; for a customer, what they may see of it."""
    narrowed = only or Q()
    inside = _changed(tickets_for(actor, "view_internal").filter(narrowed), cursor, AS_AGENT)
    outside = _changed(tickets_for(actor, "view_as_customer").filter(narrowed), cursor, AS_CUSTOMER)
    both = _once(inside, outside)
    return sorted(both, key=lambda pair: (pair.changed_at, pair.pk))[:MOST_AT_ONCE]


def cursor_at(moment: datetime) -> Cursor:
    """Where somebody reads on who has read everything at that moment."""
    return Cursor(moment - OVERLAP)


def cursor_after(found: list[Pair], now: datetime) -> Cursor:
    """The next cursor: ten seconds back from ``now``, or the last pair where not all were told."""
    if len(found) < MOST_AT_ONCE or found[-1].changed_at is None:
        return cursor_at(now)
    return Cursor(found[-1].changed_at, found[-1].pk)


def _changed(tickets: QuerySet[Ticket], cursor: Cursor, columns: tuple[str, str]) -> list[Pair]:
    column = columns[1]
    # The first condition is implied by the second; it lets the database walk the index.
    newer = Q(**{f"{column}__gte": cursor.at}) & (
        Q(**{f"{column}__gt": cursor.at}) | Q(pk__gt=cursor.pk)
    )
    return _read(tickets.filter(newer).order_by(column, "pk")[:MOST_AT_ONCE], *columns)


def _read(tickets: QuerySet[Ticket], version: str, column: str) -> list[Pair]:
    inside = (version, column) == AS_AGENT
    rows = tickets.values_list("pk", "reference", version, column)
    return [Pair(*row, inside) for row in rows]


def _once(inside: list[Pair], outside: list[Pair]) -> list[Pair]:
    """An agent who asked for something themselves counts as an agent."""
    known = {pair.pk for pair in inside}
    return inside + [pair for pair in outside if pair.pk not in known]
