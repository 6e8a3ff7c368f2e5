"""The piece of an article that shows why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .search.spelling import MIN_LETTERS, distance
from .search.text import WORD, fold, is_pair

LENGTH = 160
_BREAKS = re.compile(r"\s+")
_STOPS = " ,;:.。、،"


def excerpt_of(summary: str, text: str, matched: tuple[str, ...], length: int = LENGTH) -> str:
    """The summary where there is one, else the text around the first word that was asked for."""
    if summary.strip():
        return _cut(_BREAKS.sub(" ", summary.strip()), length)
    text = _BREAKS.sub(" ", text.strip())
    start = min((first for first, _ in _places(text, matched)), default=0)
    if start <= length // 2:
        return _cut(text, length)
    begin = _word_begin(text, start - length // 3)
    return "…" + _cut(text[begin:], length)


def marked(text: str, matched: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Pieces of the text, and whether each is a word that was asked for."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    for first, last in _joined(_places(text, matched)):
        pieces += [(text[position:first], False), (text[first:last], True)]
        position = last
    return [piece for piece in [*pieces, (text[position:], False)] if piece[0]]


def _places(text: str, matched: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the words that were asked for stand, in whatever ending and spelling."""
    asked = [fold(word.lower()) for word in matched]
    pairs = [word for word in asked if is_pair(word)]
    whole = [word for word in asked if len(word) > 1 and not is_pair(word)]
    lower = text.lower() if len(text.lower()) == len(text) else text
    for pair in pairs:
        yield from (found.span() for found in re.finditer(re.escape(pair), lower))
    if whole:
        for found in WORD.finditer(text):
            if _is_one_of(fold(found[0].lower()), whole):
                yield found.span()


def _is_one_of(word: str, asked: list[str]) -> bool:
    return any(word.startswith(_beginning(one)) or _mistyped(word, one) for one in asked)


def _beginning(word: str) -> str:
    """Other endings of the word are marked too."""
    return word[: max(4, len(word) - 3)]


def _mistyped(word: str, asked: str) -> bool:
    long_enough = len(asked) >= MIN_LETTERS and abs(len(word) - len(asked)) < 2
    return long_enough and word[:1] == asked[:1] and distance(word, asked, 1) < 2


def _joined(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """In order; those that touch are one: pairs of characters overlap."""
    first = last = -1
    for begin, end in sorted(places):
        if begin > last:
            if last > 0:
                yield first, last
            first = begin
        last = max(last, end)
    if last > 0:
        yield first, last


def _word_begin(text: str, near: int) -> int:
    space = text.rfind(" ", max(0, near - LENGTH // 4), near)
    return near if space < 0 else space + 1


def _cut(text: str, length: int) -> str:
    """Between words, where there are spaces between words."""
    if len(text) <= length:
        return text
    space = text.rfind(" ", length * 3 // 4, length)
    return text[: length if space < 0 else space].rstrip(_STOPS) + "…"
