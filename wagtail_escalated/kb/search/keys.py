"""How Wagtail's index finds an article: each stem as a word of its own making.

What the backends do to words differs (stop words, shortest length, their own stemming), so the
stems are written as words that none of them knows: `kbrefund`, and `ktrefund` in a title.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .text import language_of, sentences, terms, words

BODY, TITLE = "kb", "kt"
#: Lines of longer articles beyond this are not searched.
MAX_TEXT = 100_000


@dataclass(frozen=True)
class SearchText:
    """The three fields of an article, as plain words."""

    title: str
    other: str
    text: str
    language: str

    def sentences(self) -> list[str]:
        return [self.title, *sentences(self.other), *sentences(self.text)]

    def words(self) -> list[str]:
        return [
            w for field in (self.title, self.other, self.text) for w in words(field, self.language)
        ]


class Terms(NamedTuple):
    """The stems of the three fields, in order."""

    title: list[str]
    other: list[str]
    text: list[str]


@lru_cache(maxsize=8)
def terms_of(text: SearchText) -> Terms:
    """Wagtail's backends ask for an article's keys up to five times in a row, and then we do for its stems."""
    return Terms(*(terms(field, text.language) for field in (text.title, text.other, text.text)))


def text_of_page(page) -> SearchText:
    block = page.body.stream_block
    parts = [page.summary, *map(str, block.get_searchable_content(page.body))]
    return SearchText(
        title=page.title,
        other=page.other_words,
        text="\n".join(part.strip() for part in parts if part.strip())[:MAX_TEXT],
        language=language_of(page.locale.language_code),
    )


def keys_of_page(page) -> str:
    found = terms_of(text_of_page(page))
    titles = {*found.title, *found.other}
    everything = {*titles, *found.text}
    return " ".join([*title_keys(sorted(titles)), *body_keys(sorted(everything))])


def body_keys(found: Iterable[str]) -> list[str]:
    return [BODY + term for term in found]


def title_keys(found: Iterable[str]) -> list[str]:
    return [TITLE + term for term in found]
