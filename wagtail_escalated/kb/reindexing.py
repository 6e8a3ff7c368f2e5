"""When an article is published, changed or taken down, the search learns it."""

from __future__ import annotations

from django.db.models.signals import post_delete, post_save
from django_q.tasks import async_task

from wagtail_escalated.committed import once_committed

from .models.bases import ArticleMixin
from .search import indexing
from .search.candidates import article_models


def connect() -> None:
    for model in article_models():
        post_save.connect(article_saved, sender=model, dispatch_uid=f"escalated_kb_{model}")
        post_delete.connect(article_deleted, sender=model, dispatch_uid=f"escalated_kb_{model}")


def article_saved(sender, instance: ArticleMixin, raw=False, update_fields=None, **kwargs) -> None:
    """A draft is saved with `update_fields`; the instance then holds what is not published."""
    if raw or update_fields is not None:
        return
    page = sender.objects.filter(pk=instance.pk).first()
    if page is None or not page.live:
        indexing.forget_pages([instance.pk])
    else:
        index([page])


def article_deleted(sender, instance: ArticleMixin, **kwargs) -> None:
    indexing.forget_pages([instance.pk])


def index(pages: list) -> None:
    indexing.index_pages(pages)
    pks = [page.pk for page in pages]
    once_committed(async_task, "wagtail_escalated.kb.tasks.embed_articles", pks)


def reindex_all() -> int:
    """Everything anew, for a site that had articles before the knowledge base's search."""
    from .models.search import Lexicon

    Lexicon.objects.all().delete()
    count = 0
    for model in article_models():
        pks = list(model.objects.live().values_list("pk", flat=True))
        for start in range(0, len(pks), 200):
            index(
                list(model.objects.filter(pk__in=pks[start : start + 200]).select_related("locale"))
            )
        count += len(pks)
    return count
