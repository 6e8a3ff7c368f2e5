"""Many values as one text, by the database: a list's rows bring theirs along in its own query.

The subqueries are written as SQL. Put together by the ORM they would cost each request more than reading the
rows does: it builds and compiles them anew every time.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Func, Model, TextField

#: Between the values, and within one between its parts; none of them has either.
SEPARATOR, WITHIN = "\x1f", "\x1e"
#: Aggregate and concatenation of each database that does not say ``GROUP_CONCAT(… SEPARATOR …)``.
AGGREGATES = {
    "postgresql": "STRING_AGG({text}, '{separator}')",
    "sqlite": "GROUP_CONCAT({text}, '{separator}')",
}
OTHERS = "GROUP_CONCAT({text} SEPARATOR '{separator}')"


class TextsOfRow(Func):
    """``TextsOfRow("pk", parts=…, tables=…, key=…)``: what the rows say that name this one by ``key``.

    ``tables`` are a FROM clause and ``parts`` SQL texts without NULL, both with the tables' names in braces by
    the names of ``models``. The text of a row are its parts with ``WITHIN`` between them.
    """

    output_field = TextField()

    def __init__(
        self,
        *expressions: Any,
        parts: tuple[str, ...] = (),
        tables: str = "",
        key: str = "",
        models: dict[str, type[Model]] | None = None,
        **extra: Any,
    ):
        super().__init__(*expressions, **extra)
        self.parts, self.tables, self.key, self.models = parts, tables, key, models or {}

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        quote = connection.ops.quote_name
        names = {name: quote(model._meta.db_table) for name, model in self.models.items()}
        text = f" || '{WITHIN}' || ".join(self.parts)
        if connection.vendor not in AGGREGATES:
            text = "CONCAT(" + f", '{WITHIN}', ".join(self.parts) + ")"
        joined = AGGREGATES.get(connection.vendor, OTHERS).format(text=text, separator=SEPARATOR)
        # Names and texts of this program alone; nothing in it was sent by anybody.
        select = f"SELECT {joined} FROM {self.tables} WHERE {self.key} = ".format(**names)  # noqa: S608
        return super().as_sql(compiler, connection, template=f"({select}%(expressions)s)")
