"""On PostgreSQL: a migrated database to copy, and the first rows back in milliseconds.

Migrating Wagtail takes half a minute on PostgreSQL, and Django's way to undo a test with real
transactions (truncate every table, write the first rows again one by one) six seconds.
"""

from contextlib import contextmanager, suppress

import psycopg
from django.conf import settings
from django.db import connection

from tests.sqlite_template import template_digest

#: Schema with a copy of each table that has rows after the migrations.
FIRST = "first_rows"


def template_name():
    return f"escalated_template_{template_digest()[:20]}"


@contextmanager
def server():
    """A connection to the server's own database: one can't copy a database that one is in."""
    given = connection.get_connection_params()
    keys = ("user", "password", "host", "port")
    with psycopg.connect(
        dbname="postgres", autocommit=True, **{key: given[key] for key in keys if key in given}
    ) as link:
        yield link


def use_template():
    """Have Django make its test database as a copy, where one was kept."""
    with server() as link:
        found = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template_name()])
        if found.fetchone():
            settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template_name()
            connection.settings_dict["TEST"]["TEMPLATE"] = template_name()


def keep_as_template():
    if connection.settings_dict["TEST"].get("TEMPLATE"):
        return
    name, database = template_name(), connection.settings_dict["NAME"]
    connection.close()
    with server() as link:
        older = link.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'escalated_template_%'"
        )
        for (one,) in older.fetchall():
            _try(link, f'DROP DATABASE "{one}"')
        # Another process may have been first, or may be at it.
        _try(link, f'CREATE DATABASE "{name}" TEMPLATE "{database}"')


def _try(link, statement):
    with suppress(psycopg.Error):
        link.execute(statement)


def remember_first_rows():
    """From now on a flush brings the database back to what it is now."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{FIRST}" CASCADE')
        cursor.execute(f'CREATE SCHEMA "{FIRST}"')
        filled = with_rows(cursor, connection.introspection.django_table_names())
        for table in filled:
            cursor.execute(f'CREATE TABLE "{FIRST}"."{table}" AS TABLE "{table}"')
    # On the classes: below a browser's event loop Django makes a connection of its own.
    type(connection)._test_serialized_contents = "[]"  # Django writes nothing again
    type(connection.ops).sql_flush = lambda ops, style, tables, **options: statements_of_flush(
        tables, filled
    )


def statements_of_flush(tables, filled):
    with connection.cursor() as cursor:
        touched = with_rows(cursor, [one for one in tables if one != "django_migrations"])
    # The constraints are deferred to the commit: any order will do.
    return [f'DELETE FROM "{table}"' for table in touched] + [
        f'INSERT INTO "{table}" SELECT * FROM "{FIRST}"."{table}"'
        for table in filled
        if table != "django_migrations"
    ]


def with_rows(cursor, tables):
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in sorted(tables)
    )
    cursor.execute(asked)
    return [row[0] for row in cursor.fetchall()]
