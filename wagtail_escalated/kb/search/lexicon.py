"""Looks the words of a question up among the words of all articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q

from ..models.search import Lexicon, Spelling
from . import spelling
from .question import Alternative, Concept, Question
from .text import fold, is_pair

MISTYPED, MISTYPED_TWICE, UNFINISHED, SAME_FAMILY, PART = 0.8, 0.6, 0.7, 0.5, 0.9
MAX_ALTERNATIVES = 4


class Known(NamedTuple):
    """A term, and in how many articles and titles it stands."""

    text: str
    articles: int
    titles: int


@dataclass(frozen=True)
class Meaning:
    """What a question's words stand for among the articles of one locale."""

    lexicon: Lexicon
    concepts: list[Concept]

    @property
    def average_length(self) -> float:
        return self.lexicon.length / max(1, self.lexicon.articles)

    @property
    def has_a_word(self) -> bool:
        """Whether any of its articles has any of the words, or of what they may have been."""
        return any(concept.alternatives for concept in self.concepts)

    @property
    def has_half_a_word(self) -> bool:
        """Whether a word is read as the beginning of others, as while it is typed."""
        every = (one for concept in self.concepts for one in concept.alternatives)
        return any(one.weight == UNFINISHED for one in every)


def meaning_of(question: Question, locales: list[str]) -> list[Meaning]:
    """For each of these language codes that has articles, in their order.

    Two queries at most, the second for words that no article uses.
    """
    joined = {a + b for a, b in question.joined()}
    lexicons, known = _look_up({question.term(w) for w in [*question.words, *joined]}, locales)
    near = _neighbours(_unknown(question, known), list(lexicons))
    meanings = [
        Meaning(lexicon, _concepts(question, known.get(pk, {}), near.get(pk, {})))
        for pk, lexicon in lexicons.items()
    ]
    return sorted(meanings, key=lambda m: locales.index(m.lexicon.locale.language_code))


def _look_up(
    wanted: set[str], locales: list[str]
) -> tuple[dict[int, Lexicon], dict[int, dict[str, Known]]]:
    """Every lexicon of these locales that has articles, and what it knows of these terms."""
    among = FilteredRelation("terms", condition=Q(terms__text__in=wanted, terms__articles__gt=0))
    rows = Lexicon.objects.filter(locale__language_code__in=locales, articles__gt=0)
    rows = rows.annotate(
        known=among,
        known_text=F("known__text"),
        known_articles=F("known__articles"),
        known_titles=F("known__titles"),
    )
    lexicons: dict[int, Lexicon] = {}
    known: dict[int, dict[str, Known]] = {}
    for row in rows.select_related("locale"):
        lexicons.setdefault(row.pk, row)
        if row.known_text is not None:
            one = Known(row.known_text, row.known_articles, row.known_titles)
            known.setdefault(row.pk, {})[one.text] = one
    return lexicons, known


def _unknown(question: Question, known: dict[int, dict[str, Known]]) -> set[str]:
    """Words that name a topic and that no article uses, or those of one locale only."""
    return {
        fold(word)
        for word in question.words
        if not question.is_function_word(word)
        and not is_pair(word)
        and not (known and all(question.term(word) in terms for terms in known.values()))
    }


def _concepts(
    question: Question, known: dict[str, Known], spellings: dict[str, Known]
) -> list[Concept]:
    concepts = []
    for word in question.distinct_words():
        concept = Concept((word,), question.is_function_word(word))
        concept.alternatives = _exactly(known.get(question.term(word)))
        if not concept.alternatives and not concept.is_function_word and spellings:
            unfinished = question.unfinished and word == question.words[-1]
            concept.alternatives = _guesses(word, spellings, unfinished, question)
        concepts.append(concept)
    straddling = question.straddling({c.words[0] for c in concepts if c.alternatives})
    for concept in concepts:
        if not concept.alternatives and concept.words[0] in straddling:
            concept.is_function_word = True
    for a, b in question.joined():
        term = known.get(question.term(a + b))
        if term is not None:
            concepts.append(Concept((a, b), alternatives=_exactly(term)))
    return concepts


def _exactly(term: Known | None) -> list[Alternative]:
    return [_alternative(term, 1.0)] if term is not None else []


def _alternative(term: Known, weight: float) -> Alternative:
    return Alternative(term.text, weight, term.articles, term.titles)


def _neighbours(unknown: set[str], lexicons: list[int]) -> dict[int, dict[str, Known]]:
    """By lexicon: words as articles write them, near enough to these to be what was meant."""
    if not unknown or not lexicons:
        return {}
    heads = spelling.heads(unknown)
    exact = set()
    for word in unknown:
        if len(word) >= spelling.MIN_LETTERS:
            exact |= spelling.one_edit(word)
        exact.update(part for _, part in spelling.splits(word))
    # What begins like one of them comes by its beginning.
    exact = {word for word in exact if word[: spelling.HEAD] not in heads}
    every = Spelling.objects.filter(lexicon__in=lexicons, term__articles__gt=0)
    every = every.values_list("lexicon_id", "text", "term__text", "term__articles", "term__titles")
    # Not one condition: for that PostgreSQL reads every spelling there is.
    rows = every.filter(head__in=heads).union(every.filter(text__in=exact), all=True)
    found: dict[int, dict[str, Known]] = {}
    for lexicon, text, *term in rows:
        found.setdefault(lexicon, {})[text] = Known(*term)
    return found


def _guesses(
    word: str, spellings: dict[str, Known], unfinished: bool, question: Question
) -> list[Alternative]:
    """The likeliest kind of mistake that leads to a word we know, and no other."""
    word = fold(word)
    compounds = question.language in spelling.COMPOUNDING
    beginning = _beginning if unfinished else _nothing
    two_words = _compound if compounds else _two_words
    for guess in (_as_spelt, _one_letter, beginning, two_words, _two_letters):
        found = guess(word, spellings)
        if found:
            return _best(found)
    stem = question.term(word)
    return _best(
        [
            (term, SAME_FAMILY)
            for text, term in spellings.items()
            if spelling.related(term.text, stem) or (compounds and spelling.leads(text, word))
        ]
    )


def _nothing(word, spellings):
    return []


def _as_spelt(word, spellings):
    """Its stem is another one only for an accent left out, or in the other language."""
    return [(spellings[word], 1.0)] if word in spellings else []


def _one_letter(word, spellings):
    if len(word) < spelling.MIN_LETTERS:
        return []
    return [(spellings[e], MISTYPED) for e in sorted(spelling.one_edit(word) & spellings.keys())]


def _beginning(word, spellings):
    if len(word) < spelling.HEAD:
        return []
    return [(term, UNFINISHED) for text, term in spellings.items() if text.startswith(word)]


def _two_words(word, spellings):
    for a, b in spelling.splits(word):
        if a in spellings and b in spellings:
            return [(spellings[a], PART), (spellings[b], PART)]
    return []


def _compound(word, spellings):
    for a, b in spelling.splits(word):
        first = next((one for one in spelling.without_link(a) if one in spellings), None)
        if first and b in spellings:
            return [(spellings[first], PART), (spellings[b], PART)]
    return []


def _two_letters(word, spellings):
    if len(word) < spelling.MIN_LETTERS_FOR_TWO:
        return []
    near = [text for text in spellings if abs(len(text) - len(word)) <= 2]
    return [(spellings[t], MISTYPED_TWICE) for t in near if spelling.distance(word, t) <= 2]


def _best(found: list[tuple[Known, float]]) -> list[Alternative]:
    weights: dict[str, tuple[Known, float]] = {}
    for term, weight in found:
        if term.text not in weights or weight > weights[term.text][1]:
            weights[term.text] = (term, weight)
    commonest = sorted(weights.values(), key=lambda pair: (-pair[0].articles, pair[0].text))
    return [_alternative(term, weight) for term, weight in commonest[:MAX_ALTERNATIVES]]
