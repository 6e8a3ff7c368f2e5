"""Which article answers best, by its words. Pure: no database, no Wagtail.

BM25 over title, other words and body, with three changes that the measurements asked for
(see docs/explanation/knowledge-base-search.md): a word counts for its likeliest meaning, a title
that the question covers counts more, and so do words that stand together as they were asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .function_words import is_function_word
from .question import Alternative, Concept, rarity

K1, B = 1.2, 0.75
TITLE_WEIGHT, COVER_WEIGHT, NEAR_WEIGHT = 3, 1.0, 0.1
NEAR = 3  # words apart at most

#: A few articles are read as some of so many: what the one article there is says is no common word.
FEWEST = 20

#: How far what a question shares with the best article must go, see `floor` and `least_share`.
HIGHEST_FLOOR, FLOOR_SLOPE, FLOOR_LENGTH = 0.45, 0.73, 107
LOWEST_SHARE, FEW_ARTICLES = 0.1, 0.67
#: From so many articles on more of them make no difference.
MANY = 150

#: What has less than so much of the best answer's is in the way of those that help.
WORTH_SHOWING = 0.3


@dataclass(frozen=True)
class Text:
    """An article as the ranking reads it."""

    title: list[str]
    other: list[str]
    body: list[str]

    @property
    def length(self) -> int:
        return length_of(self.title, self.other, self.body)


@dataclass(frozen=True)
class Rank:
    #: In units of rarity: about 4 for one rare word.
    score: float
    #: The share of what the question's words could have brought.
    share: float
    matched: tuple[str, ...]


def length_of(title, other, body) -> int:
    return TITLE_WEIGHT * (len(title) + len(other)) + len(body)


def floor(average_length: float) -> float:
    """The less the articles say, the less a missing word tells."""
    return min(HIGHEST_FLOOR, FLOOR_SLOPE * average_length / (average_length + FLOOR_LENGTH))


def many(articles: int) -> float:
    """Between 0 and 1. The best of many articles is near to any question by chance, the best of a few is not."""
    return min(1.0, articles / MANY)


def least_share(average_length: float, articles: int) -> float:
    """No answer below this share of what the question's words could have brought."""
    of_few = FEW_ARTICLES + (1 - FEW_ARTICLES) * many(articles)
    return max(LOWEST_SHARE, floor(average_length) * of_few)


class Ranking:
    """Scores articles of one locale against one question."""

    def __init__(
        self, concepts: list[Concept], *, articles: int, average_length: float, language: str
    ):
        self.concepts = concepts
        self.articles = max(articles, FEWEST)
        self.average_length = average_length or 1.0
        self.language = language
        self.rarities: Mapping[str, float] = {
            # Of function words it is true that each article has them.
            a.term: rarity(a.articles, articles if c.is_function_word else self.articles)
            for c in concepts
            for a in c.alternatives
        }
        self.weights = _weights(concepts)
        topics = [c for c in concepts if not c.is_function_word]
        #: It names a topic, and no article has a word of that.
        self.is_asked_in_common_words = bool(topics) and not any(c.alternatives for c in topics)
        self.most = sum(self._most(concept) for concept in concepts if len(concept.words) == 1)

    def _most(self, concept: Concept) -> float:
        """What the word could have brought. A guess is held against the word that was typed."""
        sure = [self.rarities[a.term] for a in concept.alternatives if a.weight == 1.0]
        if sure:
            return max(sure)
        return 0.0 if concept.is_function_word else rarity(0, self.articles)

    def rank(self, text: Text) -> Rank:
        asked = [(place, term) for place, term in enumerate(text.body) if term in self.weights]
        counts = self._counts(text, asked)
        if not counts:
            return Rank(0.0, 0.0, ())
        norm = K1 * (1 - B + B * text.length / self.average_length)
        parts = {
            term: self.weights[term] * self.rarities[term] * count * (K1 + 1) / (count + norm)
            for term, count in counts.items()
        }
        score = sum(parts.values()) + self._cover(text.title)
        if len(parts) > 1:
            score += self._nearness(asked)
        return Rank(score, score / self.most if self.most else 0.0, self._matched(parts))

    def _counts(self, text: Text, asked: list[tuple[int, str]]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for term in [*text.title, *text.other]:
            if term in self.weights:
                counts[term] = counts.get(term, 0) + TITLE_WEIGHT
        for _, term in asked:
            counts[term] = counts.get(term, 0) + 1
        return counts

    def _cover(self, title: list[str]) -> float:
        topic = {t for t in title if not is_function_word(t, self.language)} or set(title)
        found = [t for t in topic if t in self.weights]
        if not found:
            return 0.0
        weight = sum(self.weights[t] * self.rarities[t] for t in found)
        return COVER_WEIGHT * weight * sum(self.weights[t] for t in found) / len(topic)

    def _nearness(self, asked: list[tuple[int, str]]) -> float:
        """For each two words of the question that stand as near each other in the article."""
        pairs = set()
        for index, (place, term) in enumerate(asked):
            for other_place, other in asked[index + 1 : index + 1 + NEAR]:
                if other_place - place > NEAR:
                    break
                if other != term:
                    pairs.add((term, other) if term < other else (other, term))
        return NEAR_WEIGHT * sum(min(self.rarities[a], self.rarities[b]) for a, b in pairs)

    def _matched(self, parts: Iterable[str]) -> tuple[str, ...]:
        """The asker's own words, in their order, without those that hold the sentence together."""
        found = set(parts)
        return tuple(
            word
            for concept in self.concepts
            if not concept.is_function_word and any(a.term in found for a in concept.alternatives)
            for word in concept.words
        )


def _weights(concepts: list[Concept]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for concept in concepts:
        for a in concept.alternatives:
            weights[a.term] = max(weights.get(a.term, 0.0), a.weight)
    return weights


class Fetch(NamedTuple):
    """The terms by which articles are fetched."""

    anywhere: list[str]
    in_titles: list[str]
    #: Even the rarest term anywhere is in more articles than was asked for.
    is_common: bool


def terms_to_fetch(concepts: list[Concept], budget: int) -> Fetch:
    """Those that find about `budget` articles: the rarest first.

    Whatever else an article has to offer, it is not the answer where it has none of the rare words.
    """
    found = {a.term: a for concept in concepts for a in concept.alternatives}
    anywhere = _rarest(found.values(), budget, lambda a: a.articles)
    in_titles = _rarest(found.values(), budget, lambda a: a.titles)
    return Fetch(anywhere, in_titles, bool(anywhere) and found[anywhere[0]].articles > budget)


def _rarest(found: Iterable[Alternative], budget: int, count) -> list[str]:
    chosen, spent = [], 0
    for one in sorted(found, key=lambda a: (count(a), a.term)):
        spent += count(one)
        if count(one) and (spent <= budget or not chosen):
            chosen.append(one.term)
    return chosen
