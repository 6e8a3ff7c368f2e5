"""The history rows of deadlines, written by the database out of the clocks themselves.

Thousands pass at once where a worker was down or a calendar changed. Made in Python, row by row, they took
longer than all else that a check does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import CharField, DateTimeField, Expression, Func, Value
from django.db.models.functions import Cast, JSONObject

from wagtail_escalated.models import SLAClock, TicketEvent
from wagtail_escalated.models.among import Among

TEXT = CharField()


class Written(Func):
    """An instant as ``isoformat`` writes it, in UTC."""

    output_field = TEXT
    template = "REPLACE(%(expressions)s, ' ', 'T') || '+00:00'"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        style = """'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'"""
        template = f"to_char(%(expressions)s AT TIME ZONE 'UTC', {style})"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # A sign for each that fills in: the template's, then the parameters'.
        style = "%Y-%m-%dT%H:%i:%s.%f+00:00".replace("%", "%%%%")
        template = f"DATE_FORMAT(%(expressions)s, '{style}')"
        return self.as_sql(compiler, connection, template=template, **context)


def write_rows(
    kind: str, clocks: Collection[int], now: datetime, *, at: Expression
) -> list[tuple[int, int]]:
    """A history row for each of the clocks, by their keys, as of ``at``; with what their tickets say now.

    Returns ``(key of the row, key of its ticket)``.
    """
    values: dict[str, Any] = {
        "ticket_id": "ticket_id",
        "kind": _text(kind),
        "actor_name": _text(""),
        "door": _text("system"),
        "data": JSONObject(
            metric="metric",
            round="round",
            clock="pk",
            due_at=Written("due_at"),
            noticed_at=_text(now.isoformat()),
            status="ticket__status",
            assignee="ticket__assignee",
        ),
        "created_at": at,
    }
    rows = SLAClock.objects.filter(Among("pk", clocks)).order_by("pk").values_list(*values.values())
    sql, parameters = rows.query.get_compiler(rows.db).as_sql()
    table, columns = TicketEvent._meta.db_table, ", ".join(values)
    tells = _tells_what_it_wrote(rows.db)
    returning = "RETURNING id, ticket_id" if tells else ""
    with connections[rows.db].cursor() as cursor:
        # Only the ORM's own SQL is put together here; every value is a parameter.
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql} {returning}", parameters)  # noqa: S608
        if tells:
            return list(cursor.fetchall())
    return _read_again(kind, clocks, now)


def _tells_what_it_wrote(alias: str) -> bool:
    return connections[alias].features.can_return_rows_from_bulk_insert


def _read_again(kind: str, clocks: Collection[int], now: datetime) -> list[tuple[int, int]]:
    """Where the database does not tell what it wrote (MySQL)."""
    rows = TicketEvent.objects.filter(
        kind=kind, data__noticed_at=now.isoformat(), data__clock__in=clocks
    )
    return list(rows.order_by("pk").values_list("pk", "ticket_id"))


def instant(moment: datetime) -> Expression:
    return Cast(Value(moment), DateTimeField())


def _text(words: str) -> Expression:
    """Of a type that PostgreSQL can tell."""
    return Cast(Value(words), TEXT)
