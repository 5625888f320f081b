"""Terms: the words of a question with how much each tells, and how far a text meets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.embedders.static import shipped
from index.queries.names import other_names
from index.ranking.matching import told_apart
from index.words import normalise
from sources.figures.metrics import usual_names
from sources.words import words as listed

_SOFT_FLOOR = 0.4
"""Cosine of two words below which they have nothing to do with each other."""
_SOFT_SHARE = 0.8
_PIECE_SHARE = 0.7
_NAMED_SHARE = 0.9
"""How much a word counts that stands there by another name: 低保 for 最低生活保障."""
_ASKS_BOUND = {
    **dict.fromkeys(("上限", "最高", "最多", "最长", "最大", "最晚", "最远", "封顶"), "most"),
    **dict.fromkeys(("下限", "最低", "最少", "最短", "最小", "起码", "至少"), "least"),
}
"""What asks for a bound, and the family of the words that set one: 上限 is met by 不超过."""
_SETS_BOUND = {
    family: re.compile("|".join([*map(re.escape, listed("bounds", family)), *asked]))
    for family in ("most", "least")
    for asked in [[word for word, own in _ASKS_BOUND.items() if own == family]]
}
_VALUE = re.compile(r"^(?P<head>[^？?]*?)(?:[是有为要会能达到得定]|金额|标准)*(?:多少|几|多[大高长久])")
_SPACE = re.compile(r"\s+")
_BETWEEN = "\ue000"
"""A character of private use, which no rule for words or metrics knows."""
_MOST_KNOWN = 4096
"""Sentences kept in words, some five kilobytes each."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, normalised."""

    text: str
    weight: float
    """Positive; the square of the word vector's length, which training makes small for words that tell little."""


_KNOWN: dict[str, tuple[Term, ...]] = {}


def flattened(text: str) -> str:
    """`text` normalised, metrics under their usual names, without white space: what terms are looked for in."""
    return _SPACE.sub("", normalise(usual_names(text)))


flat = lru_cache(maxsize=16384)(flattened)
"""The same, remembered: for sentences, not for whole documents."""


@lru_cache(maxsize=256)
def flats(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Each text flat: the sentences of a passage in one go."""
    return tuple(_SPACE.sub("", each) for each in _in_one_go(texts))


def _in_one_go(texts: Sequence[str]) -> list[str]:
    """Each text normalised, metrics under their usual names."""
    return normalise(usual_names(_BETWEEN.join(texts))).split(_BETWEEN) if texts else []


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[Term, ...]:
    """The words of `text`, each once, in order; single marks and spaces are no words.

    They are told apart by the shipped model, whatever model passages are searched with.
    """
    return _terms_of((text,))[0]


def _terms_of(texts: Sequence[str]) -> list[tuple[Term, ...]]:
    """The words of each text; what is new is cut in one go, and kept: sentences are met by question after question."""
    known = {text: kept for text in texts if (kept := _KNOWN.get(text)) is not None}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    plains = _in_one_go(new)
    for text, plain, words in zip(new, plains, shipped().token_vectors_of(plains), strict=True):
        weights: dict[str, float] = {}
        for (start, end), vector in zip(words.spans, words.vectors, strict=True):
            word = plain[start:end].strip()
            if word and (word.isalnum() or len(word) > 1):
                weights.setdefault(word, float(vector @ vector))
        known[text] = tuple(Term(word, weight) for word, weight in weights.items())
    if len(_KNOWN) > _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN.update((text, known[text]) for text in new)
    return [known[text] for text in texts]


@lru_cache(maxsize=256)
def _meanings(texts: tuple[str, ...]) -> tuple[NDArray[np.float32], ...]:
    return tuple(shipped().encode(texts))


@lru_cache(maxsize=8192)  # some 2 KB a passage, a hundredth of its vectors
def _numbers_of(text: str) -> NDArray[np.int64]:
    """Which words the text has, each once."""
    return np.unique(shipped().word_ids((text,))[0])


def is_said(word: str, text: str) -> bool:
    """Whether the text (flat) has the word, or what sets the bound that it asks for: 上限 where 不超过 stands."""
    bound = _ASKS_BOUND.get(word)
    return word in text or bool(bound and _SETS_BOUND[bound].search(text))


def met(asked: Sequence[Term], texts: Sequence[str]) -> NDArray[np.float32]:
    """How far each text (flat) meets each term, (texts, terms) float32 from 0 to 1.

    1 where the word stands there, less where only parts of it do or a word near in meaning.
    """
    shares = np.zeros((len(texts), len(asked)), dtype=np.float32)
    if not shares.size:
        return shares
    for at, term in enumerate(asked):
        shares[:, at] = _met_by_letters(term.text, texts)
    soft = [at for at, term in enumerate(asked) if not term.text.isdigit()]
    if soft and (shares[:, soft] < _NAMED_SHARE).any():
        shares[:, soft] = np.maximum(shares[:, soft], _met_in_meaning([asked[at].text for at in soft], texts))
    return shares


def _met_by_letters(word: str, texts: Sequence[str]) -> list[float]:
    """How far the word stands in each text as it is written, or by another name, or in part."""
    names, pairs, bound = other_names(word), _pairs_of(word), word in _ASKS_BOUND

    def share(text: str) -> float:
        if word in text or (bound and is_said(word, text)):
            return 1.0
        if any(name in text for name in names):
            return _NAMED_SHARE
        return _PIECE_SHARE * sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0

    return [share(text) for text in texts]


def _met_in_meaning(words: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
    """How near in meaning a word of each text comes to each of the words, (texts, words) from 0 to `_SOFT_SHARE`."""
    numbers = [_numbers_of(text) for text in texts]
    sizes = np.array([len(each) for each in numbers], np.int64)
    near = np.zeros((len(texts), len(words)), np.float32)
    if not sizes.any():
        return near
    distinct, places = told_apart(np.concatenate(numbers))
    vectors = shipped().word_vectors(distinct)
    lengths = np.maximum(np.sqrt(np.vecdot(vectors, vectors)), 1e-9)
    cosines = (vectors @ np.stack(_meanings(tuple(words))).T) / lengths[:, None]
    filled = sizes > 0
    starts = (np.cumsum(sizes) - sizes)[filled]
    near[filled] = np.maximum.reduceat(cosines[places], starts, axis=0)
    shares: NDArray[np.float32] = _SOFT_SHARE * np.clip((near - _SOFT_FLOOR) / (1 - _SOFT_FLOOR), 0, 1)
    return shares


def standing(asked: Sequence[Term], texts: Sequence[str]) -> NDArray[np.float32]:
    """Which terms stand in each text (flat) word for word, (texts, terms) float32 of 0 and 1."""
    return np.array([[term.text in text for term in asked] for text in texts], dtype=np.float32).reshape(
        len(texts), len(asked)
    )


def news(asked: Sequence[Term], texts: tuple[str, ...]) -> list[float]:
    """Share of the weight of each text (flat) that the question doesn't say, 0 to 1: an echo answers nothing."""
    known = "|".join(term.text for term in asked)
    return [sum(term.weight for term in words if term.text not in known) / total(words) for words in _terms_of(texts)]


def meaning(one: str, others: tuple[str, ...]) -> list[float]:
    """Cosine, -1 to 1, of a text's mean word vector with those of the others."""
    (own,) = _meanings((one,))
    return [float(own @ other) for other in _meanings(others)]


def _pairs_of(word: str) -> list[str]:
    """The word's pairs of characters; none of a number or a Latin word, which are met whole or not at all."""
    return [] if len(word) < 3 or word.isascii() else [word[at : at + 2] for at in range(len(word) - 1)]


def total(asked: Iterable[Term]) -> float:
    """The weight of all terms together; never zero."""
    return sum(term.weight for term in asked) or 1.0


def asked_for(text: str) -> Term | None:
    """The word right before 多少 or 几, if it is one that can be looked for: the 罚款 of 罚款多少."""
    before = _VALUE.match(text)
    words = [each for each in terms(before["head"]) if len(each.text) > 1] if before else []
    return words[-1] if words and before and flat(before["head"]).endswith(words[-1].text) else None
