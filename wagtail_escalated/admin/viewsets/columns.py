"""Numbers in lists, counted by the database in the list's own query."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Model, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count_of(model: type[Model], key: str, **conditions: Any) -> Coalesce:
    """How many rows of ``model`` point at the row of the outer query by ``key``."""
    rows = model._default_manager.filter(**{key: OuterRef("pk")}, **conditions)
    counted = rows.order_by().values(key).annotate(counted=Count("pk")).values("counted")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
