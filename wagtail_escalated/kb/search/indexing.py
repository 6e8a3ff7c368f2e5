"""Keeps terms, spellings and texts in step with the published articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from ..models.search import ArticleText, Lexicon, Spelling, Term, new_version
from .keys import SearchText, terms_of, text_of_page
from .ranking import length_of
from .spelling import HEAD
from .text import fold, term_of
from .untranslated import untranslated

CHUNK = 500


@dataclass
class Change:
    """What a change of articles means for the terms of their locale."""

    articles: Counter
    titles: Counter
    spellings: dict[str, str]
    count: int = 0
    length: int = 0

    @classmethod
    def none(cls) -> Change:
        return cls(Counter(), Counter(), {})

    def add(self, text: ArticleText, sign: int) -> None:
        titles = set(text.title_terms.split()) | set(text.other_terms.split())
        everything = titles | set(text.body_terms.split())
        self.articles.update(dict.fromkeys(everything, sign))
        self.titles.update(dict.fromkeys(titles, sign))
        self.count += sign
        self.length += sign * text.length


def index_pages(pages: Iterable) -> None:
    """Of published articles (as the database has them) makes what the search reads."""
    by_locale: dict[int, list] = {}
    for page in pages:
        by_locale.setdefault(page.locale_id, []).append(page)
    for locale_id, group in by_locale.items():
        _replace(locale_id, [page.pk for page in group], group)


def forget_pages(pks: Iterable[int]) -> None:
    """Of articles that were taken down or deleted."""
    texts = ArticleText.objects.filter(page_id__in=list(pks)).select_related("lexicon")
    by_locale: dict[int, list[int]] = {}
    for text in texts:
        by_locale.setdefault(text.lexicon.locale_id, []).append(text.page_id)
    for locale_id, group in by_locale.items():
        _replace(locale_id, group, [])


@transaction.atomic
def _replace(locale_id: int, pks: list[int], pages: list) -> None:
    Lexicon.objects.get_or_create(locale_id=locale_id)
    lexicon = Lexicon.objects.select_for_update().get(locale_id=locale_id)
    change = Change.none()
    old = ArticleText.objects.filter(page_id__in=pks)
    for text in old.iterator():
        change.add(text, -1)
    old.delete()
    foreign = untranslated(pages)
    made = [_text_of(p, lexicon, change.spellings) for p in pages if p.pk not in foreign]
    for text in made:
        change.add(text, +1)
    ArticleText.objects.bulk_create(made, batch_size=CHUNK)
    _count_terms(lexicon, change)
    lexicon.articles = max(0, lexicon.articles + change.count)
    lexicon.length = max(0, lexicon.length + change.length)
    lexicon.version = new_version()
    lexicon.save()


def _text_of(page, lexicon: Lexicon, spellings: dict[str, str]) -> ArticleText:
    source: SearchText = text_of_page(page)
    title, other, body = terms_of(source)
    for word in source.words():
        spellings[fold(word)] = term_of(word, source.language)
    return ArticleText(
        page_id=page.pk,
        lexicon=lexicon,
        revision_id=page.live_revision_id,
        title_terms=" ".join(title),
        other_terms=" ".join(other),
        body_terms=" ".join(body),
        length=length_of(title, other, body),
        text=source.text,
    )


def _count_terms(lexicon: Lexicon, change: Change) -> None:
    changed = sorted(t for t, n in change.articles.items() if n or change.titles[t])
    for start in range(0, len(changed), CHUNK):
        _count_some(lexicon, change, changed[start : start + CHUNK])
    _spell(lexicon, change.spellings)


def _count_some(lexicon: Lexicon, change: Change, texts: list[str]) -> None:
    known = dict(lexicon.terms.filter(text__in=texts).values_list("text", "pk"))
    steps: dict[tuple[int, int], list[int]] = {}
    for text in texts:
        if text in known:
            step = (change.articles[text], change.titles[text])
            steps.setdefault(step, []).append(known[text])
    # Most terms come or go in one article: few statements, however many terms.
    for (articles, titles), pks in steps.items():
        Term.objects.filter(pk__in=pks).update(
            articles=Greatest(F("articles") + articles, 0), titles=Greatest(F("titles") + titles, 0)
        )
    Term.objects.bulk_create(
        [
            Term(
                lexicon=lexicon,
                text=text,
                articles=max(0, change.articles[text]),
                titles=max(0, change.titles[text]),
            )
            for text in texts
            if text not in known
        ],
        # A collation may take two of them for one (MariaDB: ß and ss).
        ignore_conflicts=True,
    )


def _spell(lexicon: Lexicon, spellings: dict[str, str]) -> None:
    every = sorted(spellings)
    for start in range(0, len(every), CHUNK):
        some = every[start : start + CHUNK]
        known = set(
            Spelling.objects.filter(lexicon=lexicon, text__in=some).values_list("text", flat=True)
        )
        new = [word for word in some if word not in known]
        wanted = {spellings[word] for word in new}
        pks = dict(lexicon.terms.filter(text__in=wanted).values_list("text", "pk"))
        rows = [
            Spelling(lexicon=lexicon, text=word, head=word[:HEAD], term_id=pks[spellings[word]])
            for word in new
            if spellings[word] in pks
        ]
        Spelling.objects.bulk_create(rows, ignore_conflicts=True)
