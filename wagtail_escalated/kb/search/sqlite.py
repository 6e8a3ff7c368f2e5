"""Wagtail's index on SQLite, asked so that it answers quickly.

The query that Wagtail writes joins the full-text table to its list of objects, and SQLite walks the
list: one full-text search for each object of the type (27 ms for 150 articles, seconds for 20,000).
`CROSS JOIN` fixes the order of the two.
"""

from __future__ import annotations

import json

from django.db import connections
from django.db.models.expressions import RawSQL
from wagtail.search.backends.base import BaseSearchBackend

SQL = (
    "SELECT CAST(entry.object_id AS INTEGER) FROM {fts} AS words CROSS JOIN {entries} AS entry "
    "ON entry.id = words.rowid WHERE words.{fts} MATCH %s AND entry.content_type_id IN ({types}) "
    "UNION SELECT value FROM json_each(%s)"
)
#: A key that no article has.
NO_KEY = "kb"


def is_backend(search: BaseSearchBackend) -> bool:
    return type(search).__module__.endswith("backends.database.sqlite.sqlite")


def having_one_of(keys: list[str], pks: list[int], pages):
    """The pages of this queryset whose index has one of the keys (letters and digits only), or that are named."""
    from modelsearch.backends.database.sqlite.sqlite import IndexEntry, SQLiteFTSIndexEntry
    from modelsearch.utils import get_descendants_content_types_pks

    quote = connections[pages.db].ops.quote_name
    types = list(get_descendants_content_types_pks(pages.model))
    sql = SQL.format(
        fts=quote(SQLiteFTSIndexEntry._meta.db_table),
        entries=quote(IndexEntry._meta.db_table),
        types=", ".join(["%s"] * len(types)),
    )
    words = " OR ".join(f'"{key}"' for key in keys or [NO_KEY])
    marks = [f"{{title body}} : ({words})", *types, json.dumps(pks)]
    return pages.filter(pk__in=RawSQL(sql, marks))  # noqa: S611 names and marks only
