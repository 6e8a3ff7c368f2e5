"""Wagtail's index on PostgreSQL, asked so that it answers quickly.

The query that Wagtail writes matches the titles and bodies of the index put together, for which there is no
index: each article is read (20 ms for 150 of them, seconds for 20,000). The keys of all fields stand in the
body, and that has one.
"""

from __future__ import annotations

from django.db.models import IntegerField
from django.db.models.functions import Cast
from wagtail.search.backends.base import BaseSearchBackend


def is_backend(search: BaseSearchBackend) -> bool:
    return type(search).__module__.endswith("backends.database.postgres.postgres")


def having_one_of(keys: list[str], pages, search: BaseSearchBackend):
    """The pages of this queryset whose index has one of the keys (letters and digits only)."""
    from django.contrib.postgres.search import SearchQuery
    from modelsearch.backends.database.postgres.postgres import IndexEntry
    from modelsearch.utils import get_descendants_content_types_pks

    words = " | ".join(f"'{key}'" for key in keys)
    wanted = SearchQuery(words, search_type="raw", config=search.config)
    types = get_descendants_content_types_pks(pages.model)
    entries = IndexEntry.objects.using(pages.db).filter(content_type_id__in=types, body=wanted)
    pks = entries.order_by().values_list(Cast("object_id", IntegerField()), flat=True)
    return pages.filter(pk__in=pks)
