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

#: Vowel signs and points: Python takes none of them for a part of a word.
_MARKS = "".join(c for c in map(chr, range(0x300, 0xFFFF)) if unicodedata.category(c)[0] == "M")
WORD = re.compile(rf"[^\W_][^\W_{_MARKS}]*(?:[{_MARKS}]+[^\W_{_MARKS}]*)*")
_APOSTROPHES = "'\u2019\u02bc"
_APOSTROPHE = re.compile(rf"(?<=\w)[{_APOSTROPHES}](?=\w)")
#: What has no width or only stretches a line: hyphenation, joiners, the Arabic tatweel.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200c\u200d\u2060\ufeff\u0640"))
#: A short word that lost its vowel before the next one and names no topic: `l'adresse`, `dell'ordine`.
_ELISIONS = {
    "fr": r"[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu",
    "it": r"[cdlmnstv]|gl|un|all|dell|dall|nell|sull|coll|quell|quest|bell|com|cos|dov|quant",
    "ca": r"[dlmnst]",
}
_ELIDED = {
    language: re.compile(rf"(?<!\w)(?:{short})[{_APOSTROPHES}](?=\w)")
    for language, short in _ELISIONS.items()
}
#: Turkish puts the endings of names behind one: `İstanbul'da`.
_ENDING = re.compile(rf"(?<=\w)[{_APOSTROPHES}]\w+")

# Written without spaces, so that a dictionary would be needed to find the words; and Korean, which
# hangs its particles on them.
_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]+")
_CHARACTER = re.compile(f".[{_MARKS}]*", re.DOTALL)

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
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
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}

#: What people leave out or type otherwise, and Unicode takes for letters of their own.
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك"}
)
#: Canonical classes of marks that make another letter of it: voiced kana, the virama of Indic scripts.
_LETTER_MAKING = (0, 8, 9)

_lock = threading.Lock()


def language_of(locale: str) -> str:
    """`pt-br` is `pt`."""
    return locale.lower().replace("_", "-").split("-")[0]


def words(text: str, language: str = "") -> list[str]:
    """The words in order, lower case. Scripts without spaces come as pairs of characters."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_INVISIBLE)
    if language in _ELIDED:
        text = _ELIDED[language].sub(" ", text)
    text = _ENDING.sub("", text) if language == "tr" else text
    text = _APOSTROPHE.sub("", text)
    return [part[:MAX_WORD] for word in WORD.findall(text) for part in _split_unspaced(word)]


def is_pair(word: str) -> bool:
    """Of a script without spaces: a word, a part of one, or the end of one and the next one's beginning."""
    return not word.isascii() and bool(_UNSPACED.match(word))


def fold(word: str) -> str:
    """Without accents: people leave them out."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.translate(_PLAIN))
    plain = "".join(c for c in decomposed if unicodedata.combining(c) in _LETTER_MAKING)
    return unicodedata.normalize("NFC", plain.translate(_PLAIN))[:MAX_WORD] or word


@lru_cache(maxsize=50_000)
def term_of(word: str, language: str) -> str:
    """What a word is compared by: its stem, folded. The same for `billing` and `billed`."""
    stemmer = _stemmer(language)
    if stemmer is None or any(c.isdigit() for c in word):
        return fold(word)
    with _lock:  # a stemmer keeps the word it works on
        return fold(stemmer.stemWord(word)) or fold(word)


def terms(text: str, language: str) -> list[str]:
    return [term_of(word, language) for word in words(text, language)]


def sentences(text: str) -> list[str]:
    """Rough: lines, and what full stops divide."""
    return [s.strip() for s in re.split(r"[\r\n]+|(?<=[.!?؟])\s+|(?<=[。！？])", text) if s.strip()]


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str):
    name = LANGUAGES.get(language)
    return snowballstemmer.stemmer(name) if name in snowballstemmer.algorithms() else None


def _split_unspaced(word: str) -> Iterator[str]:
    if word.isascii():
        yield word
        return
    position = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > position:
            yield word[position : match.start()]
        yield from _pairs(_CHARACTER.findall(match[0]))
        position = match.end()
    if position < len(word):
        yield word[position:]


def _pairs(characters: list[str]) -> list[str]:
    if len(characters) == 1:
        return characters
    return [a + b for a, b in zip(characters, characters[1:], strict=False)]
