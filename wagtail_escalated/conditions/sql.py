"""What the ORM has no words for on all three databases."""

from __future__ import annotations

from django.db.models import BigIntegerField, Func


class Microseconds(Func):
    """From the second instant to the first, as a whole number."""

    output_field = BigIntegerField()
    arity = 2

    def as_sql(self, compiler, connection, **extra):
        template = "CAST(EXTRACT(EPOCH FROM (%(expressions)s)) * 1000000 AS BIGINT)"
        return super().as_sql(compiler, connection, template=template, arg_joiner=" - ", **extra)

    def as_sqlite(self, compiler, connection, **extra):
        return super().as_sql(
            compiler, connection, template="django_timestamp_diff(%(expressions)s)", **extra
        )

    def as_mysql(self, compiler, connection, **extra):
        later, earlier = self.source_expressions
        turned = self.copy()
        turned.set_source_expressions([earlier, later])
        template = "TIMESTAMPDIFF(MICROSECOND, %(expressions)s)"
        return super(Microseconds, turned).as_sql(compiler, connection, template=template, **extra)
