"""Rows taken by one worker: many in one commit, and none that another is taking at the same moment.

What was tried before is taken alone: one that ended its worker takes nothing else along a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections, transaction
from django.db.models import F, QuerySet


def in_groups(rows: QuerySet, *, size: int, limit: int) -> Iterator[list[Any]]:
    """Keys of ``rows`` in their order: those never tried ``size`` at a time, then the others one by one."""
    found = list(rows.values_list("pk", "attempts")[:limit])
    fresh = [pk for pk, attempts in found if not attempts]
    for first in range(0, len(fresh), size):
        yield fresh[first : first + size]
    for pk, attempts in found:
        if attempts:
            yield [pk]


def claim(rows: QuerySet, pks: Sequence[Any], **fields: Any) -> list[Any]:
    """Those of ``pks`` that are still among ``rows``, their attempts counted and ``fields`` set. A commit of its own."""
    can_skip = connections[rows.db].features.has_select_for_update_skip_locked
    with transaction.atomic(using=rows.db):
        free = rows.filter(pk__in=pks).order_by().select_for_update(skip_locked=can_skip)
        mine = list(free.values_list("pk", flat=True))
        if mine:
            rows.model._default_manager.filter(pk__in=mine).update(
                attempts=F("attempts") + 1, **fields
            )
    return mine
