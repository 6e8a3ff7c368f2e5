"""Rows by thousands of keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Lookup
from django.db.models.lookups import In


class Among(Lookup):
    """As ``<field>__in`` of whole numbers; on PostgreSQL they travel as one value.

    There each number of ``__in`` is a parameter of its own, and to prepare two thousand of them takes the
    client longer than the database needs to find the rows.
    """

    prepare_rhs = False

    def __init__(self, field: str, keys: Collection[int]) -> None:
        super().__init__(F(field), list(keys))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, parameters = self.process_lhs(compiler, connection)
        keys = ",".join(str(int(key)) for key in self.rhs)
        return f"{sql} = ANY(%s::bigint[])", [*parameters, f"{{{keys}}}"]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return In(self.lhs, self.rhs).as_sql(compiler, connection)
