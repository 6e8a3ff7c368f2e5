"""From a question to the articles that answer it, for one reader of one site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from wagtail.coreutils import get_content_languages, get_supported_content_language_variant
from wagtail.models import Site

from ..access import blocked_paths
from . import candidates, semantic
from .candidates import Candidate
from .lexicon import Meaning, meaning_of
from .question import Question
from .ranking import WORTH_SHOWING, Rank, Ranking, least_share, many
from .text import language_of


@dataclass(frozen=True)
class Result:
    """`text`: its words where it has no summary, for an excerpt. `matched`: the reader's words in it."""

    page: Any
    score: float
    matched: tuple[str, ...]
    locale: str
    is_fallback: bool
    text: str = ""


@dataclass(frozen=True)
class Scored:
    candidate: Candidate
    rank: Rank
    score: float


def search(
    query: str,
    *,
    user,
    site,
    locale: str | None = None,
    limit: int = 5,
    session=None,
    backend: str = "default",
    use_semantic: bool | None = None,
) -> list[Result]:
    """Nothing where nothing fits. The reader's language first, then the site's own."""
    locales = reading_order(locale)
    question = Question.of(query, language_of(locales[0]))
    if not question.words or site is None:
        return []
    meanings = meaning_of(question, locales)
    near = semantic.Nearness.of(question, meanings, wanted=use_semantic)
    if not near.matrices and not any(meaning.has_a_word for meaning in meanings):
        return []
    scope = {"roots": roots_of(site), "blocked": blocked_paths(user=user, session=session)}
    found = candidates.for_question(meanings, near.first(), backend=backend, **scope)
    now = timezone.now()
    ranked = _ranked([one for one in found if not one.expired(now)], meanings, near, locales)
    return _with_texts(_one_of_each(ranked, limit))


def reading_order(locale: str | None) -> list[str]:
    """Codes of Wagtail's content languages: the reader's, then the site's own."""
    codes = list(get_content_languages())
    default = get_supported_content_language_variant(settings.LANGUAGE_CODE)
    try:
        wanted = get_supported_content_language_variant(locale or translation.get_language())
    except (LookupError, AttributeError):
        wanted = default
    return [code for code in dict.fromkeys([wanted, default]) if code in codes] or [default]


def roots_of(site) -> list[str]:
    """Where the site's pages hang, in each language (`url_path`). Cached by Wagtail."""
    return [root.root_path for root in Site.get_site_root_paths() if root.site_id == site.pk]


def _ranked(found, meanings: list[Meaning], near, locales: list[str]) -> Iterator[Result]:
    for meaning in meanings:
        group = [one for one in found if one.locale_id == meaning.lexicon.locale_id]
        scored = _scored(group, meaning, near)
        scored.sort(key=lambda s: (-s.score, s.candidate.pk))
        yield from (_result(one, meaning.lexicon.locale, locales[0]) for one in scored)


def _result(scored: Scored, locale, wanted: str) -> Result:
    code = locale.language_code
    return Result(
        page=scored.candidate.page(locale),
        score=scored.score,
        matched=scored.rank.matched,
        locale=code,
        is_fallback=code != wanted,
    )


def _scored(group: list[Candidate], meaning: Meaning, near) -> list[Scored]:
    ranking = Ranking(
        meaning.concepts,
        articles=meaning.lexicon.articles,
        average_length=meaning.average_length,
        language=language_of(meaning.lexicon.locale.language_code),
    )
    ranks = [(one, ranking.rank(one.terms)) for one in group]
    if near.knows(meaning):
        return [Scored(*one) for one in near.scored(ranks, meaning)]
    if ranking.is_asked_in_common_words and many(meaning.lexicon.articles) < 1:
        # Articles tell and don't ask: where they are few, *how do I* may be rare in them by chance.
        return []
    return _good_enough(ranks, least_share(meaning.average_length, meaning.lexicon.articles))


def _good_enough(ranks: list[tuple[Candidate, Rank]], least: float) -> list[Scored]:
    """All or nothing: where the best is too weak the question is another one."""
    if max((rank.share for _, rank in ranks), default=0.0) < least:
        return []
    enough = WORTH_SHOWING * max((rank.score for _, rank in ranks), default=0.0)
    return [
        Scored(one, rank, rank.score) for one, rank in ranks if rank.score and rank.score >= enough
    ]


def _one_of_each(results: Iterable[Result], limit: int) -> list[Result]:
    """An article in the reader's language hides its own translation, and its aliases."""
    seen: set = set()
    kept: list[Result] = []
    for result in results:
        page = result.page
        marks = {("translation", page.translation_key), ("page", page.alias_of_id or page.pk)}
        if not marks & seen:
            seen |= marks
            kept.append(result)
        if len(kept) == limit:
            break
    return kept


def _with_texts(results: list[Result]) -> list[Result]:
    """Of those shown only: the texts of all that were ranked would be most of the work."""
    wanted = [result.page.pk for result in results if not result.page.summary.strip()]
    texts = candidates.texts_of(wanted) if wanted else {}
    return [replace(result, text=texts.get(result.page.pk, "")) for result in results]
