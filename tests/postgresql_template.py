"""On PostgreSQL: a migrated database to copy. Migrating Wagtail takes half a minute there."""

from contextlib import contextmanager, suppress

import psycopg
from django.conf import settings
from django.db import connection

from tests import first_rows
from tests.sqlite_template import template_digest

#: Schema with a copy of each table that has rows after the migrations.
FIRST = "first_rows"
#: One for each settings of the suite that run on PostgreSQL.
KEPT = 2


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
        kept = link.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'escalated_template_%' ORDER BY oid"
        )
        for (one,) in kept.fetchall()[: 1 - KEPT]:
            _try(link, f'DROP DATABASE "{one}"')
        # Another process may have been first, or may be at it.
        _try(link, f'CREATE DATABASE "{name}" TEMPLATE "{database}"')


def _try(link, statement):
    with suppress(psycopg.Error):
        link.execute(statement)


def remember_first_rows():
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{FIRST}"')
    # The constraints are deferred to the commit: any order will do.
    first_rows.remember(lambda table: f'"{FIRST}"."{table}"')
