"""Measures the search on a file of articles and a file of questions.

The articles are real pages of a site of their own, in a transaction that is rolled back: nothing
of the site that runs it is touched, and nothing of it is in the way of the measurement.
"""

from __future__ import annotations

import csv
import json
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from wagtail.models import Locale, Site
from wagtail.rich_text import RichText
from wagtail.search.backends import get_search_backend

from wagtail_escalated.sanitize import html_from_text

from .models.concrete import ArticlePage, KnowledgeBaseIndexPage
from .models.search import Lexicon
from .pages import page_model
from .search import engine
from .tasks import embed_articles

LIMIT = 10
#: How a word is mistyped; two neighbours swapped is the most frequent slip.
SLIPS = ("replaced", "added", "left out", "swapped", "swapped")
MISTYPED = 0.1
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Question:
    query: str
    article_id: str = ""


@dataclass(frozen=True)
class Figures:
    hit_at_1: float
    hit_at_3: float
    mrr_at_10: float
    none: float
    p95_ms: float

    def __str__(self):
        return (
            f"hit@1 {self.hit_at_1:.3f} hit@3 {self.hit_at_3:.3f} mrr@10 {self.mrr_at_10:.3f} "
            f"none {self.none:.3f} p95_ms {self.p95_ms:.1f}"
        )


def read_articles(path: Path) -> list[dict]:
    """`[{"id", "title", "body": [sentence, …]}]`"""
    return json.loads(path.read_text(encoding="utf-8"))


def read_questions(path: Path) -> list[Question]:
    """Tab-separated: `query`, and `article_id` where an article answers it."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Question(row["query"], row.get("article_id") or "") for row in rows]


def misspelt(questions: list[Question]) -> list[Question]:
    """With one slip in about a tenth of the words, the same ones each time."""
    chance = random.Random(1)  # noqa: S311 nothing secret
    return [
        Question(" ".join(_mistyped(word, chance) for word in one.query.split()), one.article_id)
        for one in questions
    ]


def _mistyped(word: str, chance: random.Random) -> str:
    if chance.random() >= MISTYPED or len(word) < 2:
        return word
    at = chance.randrange(len(word))
    slip, letter = chance.choice(SLIPS), chance.choice(_LETTERS)
    if slip == "swapped":
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    rest = word[at:] if slip == "added" else word[at + 1 :]
    return word[:at] + ("" if slip == "left out" else letter) + rest


def measure(
    articles: list[dict], questions: list[Question], *, backend: str, use_semantic: bool | None
) -> Figures:
    with scratch(articles, backend) as (site, names):
        ranks, times, empty = [], [], 0
        for question in questions:
            begun = time.perf_counter()
            results = engine.search(
                question.query,
                user=AnonymousUser(),
                site=site,
                limit=LIMIT,
                backend=backend,
                use_semantic=use_semantic,
            )
            times.append(time.perf_counter() - begun)
            empty += not results
            ranks.append(_rank(question, [names[result.page.pk] for result in results]))
    return _figures(ranks, times, empty)


@contextmanager
def scratch(articles: list[dict], backend: str) -> Iterator[tuple[Site, dict[int, str]]]:
    """A site that holds these articles and no others, while it lasts."""
    search = get_search_backend(backend)
    try:
        with transaction.atomic():
            # The words of the site's own articles are no part of the measurement.
            Lexicon.objects.all().delete()
            site, pages, names = _build(articles)
            search.add_bulk(ArticlePage, pages)
            try:
                yield site, names
            finally:
                _forget(search, pages)
                transaction.set_rollback(True)
    finally:
        Site.clear_site_root_paths_cache()


def _build(articles: list[dict]) -> tuple[Site, list[ArticlePage], dict[int, str]]:
    root = page_model().get_first_root_node()
    locale = Locale.get_default()
    name = f"scratch-{uuid.uuid4().hex[:12]}"
    index = KnowledgeBaseIndexPage(title="Scratch", slug=name, locale=locale)
    root.add_child(instance=index)
    site = Site.objects.create(hostname=f"{name}.invalid", root_page=index)
    pages, names = [], {}
    for number, article in enumerate(articles):
        page = ArticlePage(
            title=article["title"], slug=f"a{number}", locale=locale, body=_body(article["body"])
        )
        index.add_child(instance=page)
        pages.append(page)
        names[page.pk] = article["id"]
    embed_articles(list(names))
    return site, pages, names


def _body(sentences: Iterable[str]) -> list:
    text = "\n\n".join(sentences)
    return [("text", RichText(str(html_from_text(text))))] if text else []


def _forget(search, pages: list[ArticlePage]) -> None:
    """An index outside of the database knows no rollback."""
    for page in pages:
        search.delete(page)


def _rank(question: Question, found: list[str]) -> int | None:
    return found.index(question.article_id) if question.article_id in found else None


def _figures(ranks: list[int | None], times: list[float], empty: int) -> Figures:
    count = max(1, len(ranks))
    hits = [rank for rank in ranks if rank is not None]
    slow = sorted(times)[int(0.95 * (len(times) - 1))] if times else 0.0
    return Figures(
        hit_at_1=sum(rank < 1 for rank in hits) / count,
        hit_at_3=sum(rank < 3 for rank in hits) / count,
        mrr_at_10=sum(1 / (rank + 1) for rank in hits) / count,
        none=empty / count,
        p95_ms=slow * 1000,
    )
