"""Terms: the words of a question with how much each tells, and how far a text meets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.embedders.static import shipped
from index.words import normalise
from sources.figures.metrics import usual_names

_SOFT_FLOOR = 0.4
"""Cosine of two words below which they have nothing to do with each other."""
_SOFT_SHARE = 0.8
_PIECE_SHARE = 0.7
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, normalised."""

    text: str
    weight: float
    """Positive; the square of the word vector's length, which training makes small for words that tell little."""


def flattened(text: str) -> str:
    """`text` normalised, metrics under their usual names, without white space: what terms are looked for in."""
    return _SPACE.sub("", normalise(usual_names(text)))


flat = lru_cache(maxsize=16384)(flattened)
"""The same, remembered: for sentences, not for whole documents."""


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[Term, ...]:
    """The words of `text`, each once, in order; single marks and spaces are no words.

    They are told apart by the shipped model, whatever model passages are searched with.
    """
    plain = normalise(usual_names(text))
    found = shipped().token_vectors(plain)
    weights: dict[str, float] = {}
    for (start, end), vector in zip(found.spans, found.vectors, strict=True):
        word = plain[start:end].strip()
        if word and (word.isalnum() or len(word) > 1):
            weights.setdefault(word, float(vector @ vector))
    return tuple(Term(word, weight) for word, weight in weights.items())


@lru_cache(maxsize=16384)
def _vector(word: str) -> NDArray[np.float32]:
    return shipped().encode_query(word)


@lru_cache(maxsize=512)  # some 80 KB each
def _vectors(text: str) -> NDArray[np.float32]:
    vectors = shipped().token_vectors(text).vectors
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def met(asked: Sequence[Term], text: str) -> NDArray[np.float32]:
    """How far `text` (flat) meets each term, (n,) float32 from 0 to 1: 1 where the word stands there, less where only
    parts of it do or a word near in meaning."""
    found = np.zeros(len(asked), dtype=np.float32)
    missing = []
    for at, term in enumerate(asked):
        if term.text in text:
            found[at] = 1.0
        else:
            missing.append(at)
            found[at] = _PIECE_SHARE * _pieces_met(term.text, text)
    soft = [at for at in missing if not asked[at].text.isdigit()]
    if soft and len(words := _vectors(text)):
        cosines = np.stack([_vector(asked[at].text) for at in soft]) @ words.T
        best = cosines.max(axis=1)
        scaled = _SOFT_SHARE * np.clip((best - _SOFT_FLOOR) / (1 - _SOFT_FLOOR), 0, 1)
        found[soft] = np.maximum(found[soft], scaled)
    return found


def news(asked: Sequence[Term], text: str) -> float:
    """Share of the weight of `text` (flat) that the question doesn't say, 0 to 1: an echo answers nothing."""
    known = "|".join(term.text for term in asked)
    said = terms(text)
    return sum(term.weight for term in said if term.text not in known) / total(said)


def _pieces_met(word: str, text: str) -> float:
    """Share of the word's character pairs that stand in `text`; numbers and Latin words are met whole or not at all."""
    if len(word) < 3 or word.isascii():
        return 0.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs)


def total(asked: Iterable[Term]) -> float:
    """The weight of all terms together; never zero."""
    return sum(term.weight for term in asked) or 1.0


def meaning(one: str, other: str) -> float:
    """Cosine, -1 to 1, of the two texts' mean word vectors."""
    return float(_vector(one) @ _vector(other))
