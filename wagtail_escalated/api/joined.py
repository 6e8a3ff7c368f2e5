"""Many values as one text, by the database: a list's rows bring theirs along in its own query."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, TextField

#: Between the values; none of them has it.
SEPARATOR = "\x1f"


class Joined(Aggregate):
    """All values as one text, so that a list's tags need no query of their own."""

    name = "Joined"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "GROUP_CONCAT(%(expressions)s)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=" SEPARATOR ", **context
        )
