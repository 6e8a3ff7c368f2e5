"""A question, taken apart into what is looked for."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass, field

from .function_words import is_function_word
from .text import MAX_QUERY, is_pair, term_of, words

#: Nobody asks in more words; what comes after is a letter, not a question.
MAX_WORDS = 60


@dataclass(frozen=True)
class Alternative:
    """A term that may be meant by a word. `weight`: how sure that is, 1 for the word itself."""

    term: str
    weight: float = 1.0
    articles: int = 0
    titles: int = 0


@dataclass
class Concept:
    """One word of the question (or two written apart), with what it may mean."""

    words: tuple[str, ...]
    is_function_word: bool = False
    alternatives: list[Alternative] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    text: str
    words: tuple[str, ...]
    language: str
    #: Whether the last word may still be being typed.
    unfinished: bool

    @classmethod
    def of(cls, query: str, language: str) -> Question:
        # PostgreSQL takes no NUL; surrogates come from broken clients.
        text = query.replace("\x00", " ")[:MAX_QUERY].encode("utf-8", "ignore").decode()
        found = tuple(words(text, language)[:MAX_WORDS])
        return cls(text, found, language, unfinished=bool(found) and not text[-1:].isspace())

    def term(self, word: str) -> str:
        return term_of(word, self.language)

    def is_function_word(self, word: str) -> bool:
        return is_function_word(word, self.language)

    def distinct_words(self) -> list[str]:
        return list(dict.fromkeys(self.words))

    def joined(self) -> list[tuple[str, str]]:
        """Neighbours that may be one word: `sign up`, `signup`."""
        neighbours = zip(self.words, self.words[1:], strict=False)
        return [ab for ab in dict.fromkeys(neighbours) if not any(map(is_pair, ab))]

    def straddling(self, known: Container[str]) -> set[str]:
        """Pairs of characters beside a known one: the end of one word and the beginning of the next."""
        around = zip(("", *self.words), self.words, (*self.words[1:], ""), strict=False)
        return {
            word
            for before, word, after in around
            if is_pair(word) and (before in known or after in known)
        }


def rarity(articles: int, of: int) -> float:
    """The weight of a term that so many of all articles have (the idf of BM25)."""
    return math.log(1 + (of - articles + 0.5) / (articles + 0.5))
