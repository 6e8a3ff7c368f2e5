"""Which automations have nothing to do, asked for many of them in one walk over the tickets.

Most conditions that automations have no index can answer, so that each of a hundred would read every ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import BaseExpression

from wagtail_escalated.conditions.structure import matching, query_of
from wagtail_escalated.models import Automation, Ticket

#: So few that no database begins to compile the query, which takes longer than to ask it.
TOGETHER = 20


def idle(automations: Iterable[Automation], *, now: datetime) -> set[int]:
    """The keys of those whose conditions no ticket meets now. Of the others nothing is said.

    They must be whole: ``KeyError`` for a condition on what is not there.
    """
    asked = {one.pk: query_of(one.conditions, now=now) for one in automations}
    fit = [(pk, query) for pk, query in asked.items() if query and not _looks_elsewhere(query)]
    walks = [dict(fit[first : first + TOGETHER]) for first in range(0, len(fit), TOGETHER)]
    return {pk for queries in walks if len(queries) > 1 for pk in _unmet(queries)}


def _unmet(queries: dict[int, Q]) -> Iterator[int]:
    tickets = matching(Ticket.objects.all(), {})
    met = tickets.aggregate(**{f"of_{pk}": Count("pk", filter=q) for pk, q in queries.items()})
    return (pk for pk in queries if not met[f"of_{pk}"])


def _looks_elsewhere(query: Q) -> bool:
    """Whether it asks a query within the query, which a database may ask again for each ticket."""
    return any(
        _looks_elsewhere(child) if isinstance(child, Q) else _is_query(child)
        for child in query.children
    )


def _is_query(child: Any) -> bool:
    value = child[1] if isinstance(child, tuple) else child
    return isinstance(value, QuerySet | BaseExpression)
