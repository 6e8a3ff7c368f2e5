"""The piece of an article that shows why it was found."""

from __future__ import annotations

import re

LENGTH = 160
_BREAKS = re.compile(r"\s+")


def excerpt_of(summary: str, text: str, matched: tuple[str, ...], length: int = LENGTH) -> str:
    """The summary where there is one, else the text around the first word that was asked for."""
    if summary.strip():
        return _cut(_BREAKS.sub(" ", summary.strip()), length)
    text = _BREAKS.sub(" ", text.strip())
    start = _first(text, matched)
    if start <= length // 2:
        return _cut(text, length)
    begin = text.rfind(" ", 0, start - length // 3) + 1
    return "…" + _cut(text[begin:], length)


def marked(text: str, matched: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Pieces of the text, and whether each is a word that was asked for."""
    beginnings = sorted({_beginning(word) for word in matched if len(word) > 1}, key=len)[::-1]
    if not beginnings:
        return [(text, False)]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, beginnings))})\w*", re.IGNORECASE)
    pieces, position = [], 0
    for found in pattern.finditer(text):
        pieces += [(text[position : found.start()], False), (found[0], True)]
        position = found.end()
    return [piece for piece in [*pieces, (text[position:], False)] if piece[0]]


def _beginning(word: str) -> str:
    """Other endings of the word are marked too."""
    return word[: max(3, len(word) - 3)] if len(word) > 5 else word


def _first(text: str, matched: tuple[str, ...]) -> int:
    lower = text.lower()
    places = [lower.find(_beginning(word)) for word in matched]
    return min((place for place in places if place >= 0), default=0)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
