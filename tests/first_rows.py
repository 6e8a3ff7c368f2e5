"""On PostgreSQL and MariaDB: the first rows back in milliseconds.

Django undoes a test with real transactions by emptying every table and writing the first rows again one
by one, which takes seconds. Here only tables that have rows are emptied, and copies fill them again.
"""

from django.db import connection

#: Its rows are what the migrations are known by.
KEPT = "django_migrations"


def remember(copy_of, *, before=(), after=()):
    """From now on a flush brings the database back to what it is now.

    ``copy_of`` gives the name of a table's copy, quoted; ``before`` and ``after`` are statements around a flush.
    """
    tables = [one for one in connection.introspection.django_table_names() if one != KEPT]
    with connection.cursor() as cursor:
        filled = with_rows(cursor, tables)
        for table in filled:
            cursor.execute(f"DROP TABLE IF EXISTS {copy_of(table)}")
            cursor.execute(f"CREATE TABLE {copy_of(table)} AS SELECT * FROM {quoted(table)}")

    def statements_of_flush(ops, style, names, **options):
        with connection.cursor() as cursor:
            touched = with_rows(cursor, tables)
        return [
            *before,
            *(f"DELETE FROM {quoted(table)}" for table in touched),
            *(f"INSERT INTO {quoted(table)} SELECT * FROM {copy_of(table)}" for table in filled),
            *after,
        ]

    # On the classes: below a browser's event loop Django makes a connection of its own.
    type(connection)._test_serialized_contents = "[]"  # Django writes nothing again
    type(connection.ops).sql_flush = statements_of_flush


def quoted(table):
    return connection.ops.quote_name(table)


def with_rows(cursor, tables):
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted(table)})" for table in sorted(tables)
    )
    cursor.execute(asked)
    return [row[0] for row in cursor.fetchall()]
