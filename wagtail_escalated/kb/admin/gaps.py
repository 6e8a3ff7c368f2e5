"""What people look for and don't find."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum

from ..models.statistics import SearchDay
from ..search.function_words import is_function_word
from ..search.text import language_of, term_of, words

#: The most frequent questions that are grouped; what comes after them was asked once or twice.
MOST_QUESTIONS, MOST_GROUPS = 600, 50
#: Two questions are one when they share so much of their words.
ALIKE = 0.5


@dataclass
class Gap:
    """Questions that mean the same, as far as their words tell."""

    terms: frozenset[str]
    #: Its key, and its code.
    locale: object
    language: str
    questions: list[str] = field(default_factory=list)
    searches: int = 0
    without_result: int = 0
    clicks: int = 0
    tickets: int = 0

    @property
    def title(self) -> str:
        return self.questions[0]

    @property
    def weight(self) -> int:
        """A ticket tells more than a search that was left."""
        return 3 * self.tickets + 2 * self.without_result + self.searches - self.clicks

    def take(self, row: dict) -> None:
        self.questions.append(row["query"])
        for name in ("searches", "without_result", "clicks", "tickets"):
            setattr(self, name, getattr(self, name) + row[name])


def gaps(site, *, start: date) -> list[Gap]:
    """Grouped, the heaviest first. Two queries."""
    found: list[Gap] = []
    for row in _unanswered(site, start):
        terms = _topic(row["query"], row["locale__language_code"])
        gap = next((g for g in found if g.locale == row["locale"] and _alike(g.terms, terms)), None)
        if gap is None:
            gap = Gap(terms, row["locale"], row["locale__language_code"])
            found.append(gap)
        gap.take(row)
    return sorted(found, key=lambda g: -g.weight)[:MOST_GROUPS]


def _unanswered(site, start: date) -> list[dict]:
    rows = SearchDay.objects.filter(site=site, day__gte=start).values(
        "key", "locale", "locale__language_code"
    )
    rows = rows.annotate(
        searches=Sum("searches"),
        without_result=Sum("without_result"),
        clicks=Sum("clicks"),
        tickets=Sum("tickets"),
    ).order_by("-searches", "key")
    kept = [row for row in rows[:MOST_QUESTIONS] if _is_gap(row)]
    asked = SearchDay.objects.filter(site=site, key__in=[row["key"] for row in kept])
    queries = dict(asked.values_list("key", "query"))
    return [{**row, "query": queries[row["key"]]} for row in kept]


def _is_gap(row: dict) -> bool:
    return bool(row["without_result"] or row["tickets"] or not row["clicks"])


def _topic(query: str, locale: str) -> frozenset[str]:
    language = language_of(locale)
    asked = words(query, language)
    topic = [w for w in asked if not is_function_word(w, language)] or asked
    return frozenset(term_of(w, language) for w in topic)


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a & b) and len(a & b) / len(a | b) >= ALIKE
