"""What somebody may have meant who typed a word that no article uses."""

from __future__ import annotations

from collections.abc import Iterable

#: One wrong key in a shorter word makes too many other words.
MIN_LETTERS = 4
MIN_LETTERS_FOR_TWO = 8
#: Letters of a word by which its neighbours are fetched.
HEAD = 3
#: Languages that write compounds as one word, and what joins the parts.
COMPOUNDING = frozenset({"da", "de", "et", "fi", "hu", "nb", "nl", "nn", "no", "sv"})
LINKS = ("s", "es", "n", "en")

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = (
    _LATIN,
    "абвгдежзиклмнопрстуфхцчшщъыьэюяіїєґ",
    "αβγδεζηθικλμνξοπρστυφχψως",
    "אבגדהוזחטיכלמנסעפצקרשתךםןףץ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويءةى",
)


def one_edit(word: str) -> set[str]:
    """Everything that one wrong, missing, extra or swapped letter could have been."""
    alphabet = next((a for a in _ALPHABETS if word[:1] in a), _LATIN)
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    edits = {a + b[1:] for a, b in cuts if b}
    edits |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    edits |= {a + c + b[1:] for a, b in cuts if b for c in alphabet}
    edits |= {a + c + b for a, b in cuts for c in alphabet}
    return edits - {word}


def splits(word: str) -> list[tuple[str, str]]:
    """`signup` may be `sign up`, `kontopasswort` is `konto passwort`."""
    return [(word[:i], word[i:]) for i in range(3, len(word) - 2)]


def without_link(part: str) -> list[str]:
    """The first part of a compound, as it is and as a word: `rechnungs` in `rechnungsadresse`."""
    return [part, *(part.removesuffix(link) for link in LINKS if part.endswith(link))]


def distance(a: str, b: str, limit: int = 2) -> int:
    """Damerau-Levenshtein (restricted), `limit + 1` where it is more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before, previous = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, previous = previous, row
    return min(previous[-1], limit + 1)


def common_prefix(a: str, b: str) -> int:
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def related(a: str, b: str) -> bool:
    """Whether two stems begin so much alike that they may be one family of words."""
    return common_prefix(a, b) >= max(5, 0.7 * max(len(a), len(b)))


def leads(text: str, word: str) -> bool:
    """Whether a word is the beginning of this one, as `passwort` of `passwortregeln`."""
    return len(word) >= 5 and text.startswith(word)


def heads(words: Iterable[str]) -> set[str]:
    return {word[:HEAD] for word in words if len(word) >= HEAD}
