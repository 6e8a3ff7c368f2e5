"""From text to the terms that are compared: words, stems, and what stays of accents."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

#: Longer input is cut: nobody asks a colleague in more words than this.
MAX_QUERY = 300
MAX_WORD = 40

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
# Written without spaces, so that a dictionary would be needed to find the words.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0002ffff]+"
)

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}

_lock = threading.Lock()


def language_of(locale: str) -> str:
    """`pt-br` is `pt`."""
    return locale.lower().replace("_", "-").split("-")[0]


def words(text: str) -> list[str]:
    """The words in order, lower case. Scripts without spaces come as pairs of characters."""
    text = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", text).lower())
    return [part[:MAX_WORD] for word in _WORD.findall(text) for part in _split_unspaced(word)]


def fold(word: str) -> str:
    """Without accents: people leave them out."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c)) or word


@lru_cache(maxsize=50_000)
def term_of(word: str, language: str) -> str:
    """What a word is compared by: its stem, folded. The same for `billing` and `billed`."""
    stemmer = _stemmer(language)
    if stemmer is None or not word.isalpha():
        return fold(word)
    with _lock:  # a stemmer keeps the word it works on
        return fold(stemmer.stemWord(word)) or fold(word)


def terms(text: str, language: str) -> list[str]:
    return [term_of(word, language) for word in words(text)]


def sentences(text: str) -> list[str]:
    """Rough: lines, and what full stops divide."""
    return [s.strip() for s in re.split(r"[\r\n]+|(?<=[.!?。！？])\s+", text) if s.strip()]


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str):
    name = LANGUAGES.get(language)
    return snowballstemmer.stemmer(name) if name in snowballstemmer.algorithms() else None


def _split_unspaced(word: str) -> Iterator[str]:
    position = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > position:
            yield word[position : match.start()]
        run = match[0]
        yield from [run] if len(run) == 1 else (run[i : i + 2] for i in range(len(run) - 1))
        position = match.end()
    if position < len(word):
        yield word[position:]
