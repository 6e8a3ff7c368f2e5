"""Wagtail's index on PostgreSQL, asked so that it answers quickly.

The query that Wagtail writes matches the titles and bodies of the index put together, for which there is no
index: each article is read (20 ms for 150 of them, seconds for 20,000). The keys of all fields stand in the
body, and that has one. Asked for all keys at once, PostgreSQL takes reading every article for cheaper, as it
counts no cost for fetching a long text; key by key it goes by the index (70 ms and 6 for 1,500 articles).
"""

from __future__ import annotations

from django.db import connections
from django.db.models.expressions import RawSQL
from wagtail.search.backends.base import BaseSearchBackend

SQL = (
    "SELECT CAST(entry.object_id AS integer) FROM unnest(%s::text[]) AS key "
    "JOIN {entries} AS entry ON entry.body @@ to_tsquery({config}key) "
    "WHERE entry.content_type_id = ANY(%s) UNION SELECT unnest(%s::integer[])"
)


def is_backend(search: BaseSearchBackend) -> bool:
    return type(search).__module__.endswith("backends.database.postgres.postgres")


def having_one_of(keys: list[str], pks: list[int], pages, search: BaseSearchBackend):
    """The pages of this queryset whose index has one of the keys (letters and digits only), or that are named."""
    from modelsearch.backends.database.postgres.postgres import IndexEntry
    from modelsearch.utils import get_descendants_content_types_pks

    types = list(get_descendants_content_types_pks(pages.model))
    sql = SQL.format(
        entries=connections[pages.db].ops.quote_name(IndexEntry._meta.db_table),
        config="%s::regconfig, " if search.config else "",
    )
    config = [str(search.config)] if search.config else []
    words = [f"'{key}'" for key in keys]
    return pages.filter(pk__in=RawSQL(sql, [words, *config, types, pks]))  # noqa: S611 names and marks only
