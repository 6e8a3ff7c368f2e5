"""Meaning beside words: a small static model from a package, numpy, no network.

`wordllama` (extra `[semantic]`) is a wheel that holds its weights and its tokenizer; both are
loaded by path, so nothing is ever fetched. Where it is missing, everything here is off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..models.search import ArticleText, Lexicon
from .lexicon import Meaning
from .question import Question
from .ranking import WORTH_SHOWING, floor, least_share, many
from .text import language_of

#: What all articles have in common tells none of them from another; a few have too much of it.
COMMON_SHARE, COMMON_FROM = 0.64, 10
#: How much of the question is read without the function words that no article uses.
TOPIC_SHARE = 0.7
#: What the words add to a similarity between -1 and 1: per unit of rarity (more where the articles
#: say more, as `ranking.floor` tells), and for their share.
SCORE_WEIGHT, SCORE_SLOPE, SHARE_WEIGHT = 0.007, 0.05, 0.05
FURTHER = 40
#: What the model has read. In other languages all texts look alike to it, and every question would be answered
#: (see docs/explanation/knowledge-base-search.md): there words stand alone.
LANGUAGES = frozenset({"en"})
#: No answer where the best one's similarity and share of the words together are below this: more where
#: the articles say more, and where there are more of them.
LEAST, LEAST_SLOPE, LEAST_SHARE = 0.09, 0.8, 0.5
MOST_SHARE = 2.0


def reads(locale) -> bool:
    return language_of(locale.language_code) in LANGUAGES


@lru_cache(maxsize=1)
def model() -> Model | None:
    folder = _package_folder()
    return Model.load(folder) if folder else None


def _package_folder() -> Path | None:
    found = [find_spec(name) for name in ("wordllama", "tokenizers", "safetensors", "numpy")]
    if not all(found) or not found[0].submodule_search_locations:
        return None
    folder = Path(next(iter(found[0].submodule_search_locations)))
    return folder if any(folder.glob("weights/*_256.safetensors")) else None


class Model:
    """Token vectors, averaged."""

    def __init__(self, tokenizer, weights):
        import numpy as np

        self.np = np
        self.tokenizer = tokenizer
        self.weights = weights

    @classmethod
    def load(cls, folder: Path) -> Model:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        weights = next(iter(load_file(next(folder.glob("weights/*_256.safetensors"))).values()))
        tokenizer = Tokenizer.from_file(str(next(folder.glob("tokenizers/*.json"))))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(tokenizer, weights.astype("f2"))

    def of_texts(self, texts: list[str]):
        """A matrix, one row of length 1 (or 0) for each text."""
        np = self.np
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        rows = np.zeros((len(texts), self.weights.shape[1]), "f4")
        for row, one in zip(rows, encoded, strict=True):
            ids = [i for i in one.ids if i > 2]  # 0–2 stand for no word
            if ids:
                row[:] = self.weights[ids].astype("f4").mean(axis=0)
        return self.unit(rows)

    def of_article(self, sentences: list[str]) -> bytes:
        mean = self.of_texts(sentences).mean(axis=0, keepdims=True)
        return self.unit(mean)[0].astype("f2").tobytes()

    def unit(self, rows):
        lengths = self.np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / self.np.where(lengths == 0, 1, lengths)


@dataclass
class Matrix:
    """The articles of one locale: `rows[i]` belongs to the page `pks[i]`."""

    version: int
    pks: list[int]
    common: object
    rows: object
    places: dict[int, int] = field(default_factory=dict)

    @classmethod
    def load(cls, lexicon: Lexicon, using: Model) -> Matrix:
        np = using.np
        kept = ArticleText.objects.filter(lexicon=lexicon, vector__isnull=False)
        kept = list(kept.order_by("page_id").values_list("page_id", "vector"))
        size = using.weights.shape[1]
        rows = np.frombuffer(b"".join(bytes(v) for _, v in kept), "f2").reshape(-1, size)
        rows = rows.astype("f4")
        share = COMMON_SHARE * len(rows) / (len(rows) + COMMON_FROM)
        common = share * (rows.mean(axis=0) if len(rows) else np.zeros(size, "f4"))
        pks = [pk for pk, _ in kept]
        places = {pk: i for i, pk in enumerate(pks)}
        return cls(lexicon.version, pks, common, using.unit(rows - common), places)

    def first(self, similarities, number: int) -> list[int]:
        """The pages of the highest of these, in no order."""
        if number >= len(self.pks):
            return self.pks
        return [self.pks[at] for at in similarities.argpartition(-number)[-number:]]


#: By locale. A process reads them again when the lexicon's version has grown.
_matrices: dict[int, Matrix] = {}


def _matrix(lexicon: Lexicon, using: Model) -> Matrix:
    held = _matrices.get(lexicon.pk)
    if held is None or held.version != lexicon.version:
        held = _matrices[lexicon.pk] = Matrix.load(lexicon, using)
    return held


class Nearness:
    """How near a question is to each article by meaning. Off where there is no model, or none of the language."""

    def __init__(self):
        #: By lexicon; how near the question is to each of the matrix's rows.
        self.matrices: dict[int, Matrix] = {}
        self.similarities: dict[int, Any] = {}

    @classmethod
    def of(cls, question: Question, meanings: list[Meaning], *, wanted: bool | None) -> Nearness:
        near = cls()
        using = model() if wanted is not False else None
        if using is not None:
            for meaning in meanings:
                if reads(meaning.lexicon.locale):
                    near._measure(question, meaning, using)
        return near

    def knows(self, meaning: Meaning) -> bool:
        return meaning.lexicon.pk in self.matrices

    def _measure(self, question: Question, meaning: Meaning, using: Model) -> None:
        matrix = _matrix(meaning.lexicon, using)
        if not matrix.pks:
            return
        whole, topic = using.of_texts([question.text, _topic(question, meaning)])
        asked = using.unit([(1 - TOPIC_SHARE) * whole + TOPIC_SHARE * topic])
        asked = using.unit(asked - matrix.common)
        self.matrices[meaning.lexicon.pk] = matrix
        self.similarities[meaning.lexicon.pk] = matrix.rows @ asked[0]

    def first(self) -> list[int]:
        """Pages that are near in meaning, whether or not they share a word."""
        return [
            pk
            for lexicon, matrix in self.matrices.items()
            for pk in matrix.first(self.similarities[lexicon], FURTHER)
        ]

    def scored(self, ranks, meaning: Meaning) -> list[tuple]:
        """(candidate, rank, score) of each; nothing where the best of them is too weak."""
        lexicon = meaning.lexicon.pk
        places = self.matrices[lexicon].places
        weight = SCORE_WEIGHT + SCORE_SLOPE * floor(meaning.average_length)
        scored = []
        for one, rank in ranks:
            # An article the worker has not come to yet stands on its words alone.
            place = places.get(one.pk)
            near = rank.share / 2 if place is None else float(self.similarities[lexicon][place])
            share = min(rank.share, MOST_SHARE)
            score = near + weight * rank.score + SHARE_WEIGHT * share
            scored.append((one, rank, score, near + LEAST_SHARE * share))
        best = max(scored, key=lambda s: s[2], default=None)
        if best is None:
            return []
        if best[3] < _least(meaning) and not _says_enough(ranks, meaning):
            return []
        return [s[:3] for s in scored if s[3] >= WORTH_SHOWING * best[3]]


def _says_enough(ranks, meaning: Meaning) -> bool:
    """Half a word means nothing to the model: while one is typed its words may stand for a question."""
    if not meaning.has_half_a_word:
        return False
    least = least_share(meaning.average_length, meaning.lexicon.articles)
    return max(rank.share for _, rank in ranks) >= least


def _least(meaning: Meaning) -> float:
    return LEAST + LEAST_SLOPE * floor(meaning.average_length) * many(meaning.lexicon.articles)


def _topic(question: Question, meaning: Meaning) -> str:
    """The question without the function words that no article uses."""
    unused = {c.words[0] for c in meaning.concepts if c.is_function_word and not c.alternatives}
    return " ".join(word for word in question.words if word not in unused) or question.text
