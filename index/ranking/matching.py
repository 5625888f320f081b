"""Matching: where a question's words stand in many texts at once, as they are written and by meaning.

Everything is done on arrays over all texts together, and what a text is read into is kept: a search looks at a
hundred texts, and the next one at many of the same.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from index.embedders.static import shipped
from index.words import normalise

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
_SPACE = re.compile(r"\s+")
_END = re.compile(r"(?<=[。！？；!?;\n])")
_KEPT = 8192
"""Texts kept as they are read, some 4 KB each."""
_CODES = 1 << 16
_SOFT_FLOOR, _SOFT_FULL = 0.1, 0.6
"""Cosines of two words: below the first they have nothing to do with each other, above the second they say the same.
Words that go with each other, such as 补助 and 补贴, have some 0.26 in the shipped model."""
_SOFT_SHARE = 0.85
"""What the nearest other word counts beside the word itself."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is compared, by sentence."""

    sentences: tuple[str, ...]
    """As they are printed; at least one."""
    characters: NDArray[np.uint16]
    """Of the sentences, normalised and without white space, a 0 after each."""
    starts: Ints
    """Where each sentence begins there."""


@cache
def _normal() -> NDArray[np.uint16]:
    """Each character's normal form, (65536,): `normalise` for one at a time, which costs next to nothing. 0 for white
    space; what becomes several characters, or lies above, stays."""
    table = np.arange(_CODES, dtype=np.uint16)
    for code in range(_CODES):
        if 0xAC00 <= code < 0xE000:  # Hangul and halves of pairs, which have no other form
            continue
        plain = normalise(chr(code))
        if plain.isspace():
            table[code] = 0
        elif len(plain) == 1:
            table[code] = ord(plain) & 0xFFFF
    return table


@lru_cache(maxsize=_KEPT)
def flat(text: str) -> str:
    """`text` normalised, without white space."""
    return _SPACE.sub("", normalise(text))


def _characters(text: str) -> NDArray[np.uint16]:
    return _normal()[np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)]


def codes(text: str) -> NDArray[np.uint16]:
    """One code a character: that of its normal form, 0 for white space; rare ones, above 65,535, share some."""
    normal: NDArray[np.uint16] = _normal()[
        np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) & (_CODES - 1)
    ]
    return normal


@lru_cache(maxsize=_KEPT)
def read(text: str) -> Text:
    """The text by its sentences."""
    sentences = tuple(part for part in _END.split(text) if part.strip()) or ("",)
    parts = [_characters(f"{part}\n") for part in sentences]
    kept = [part[part != 0] for part in parts]
    starts = np.cumsum([0, *(len(part) + 1 for part in kept[:-1])])
    zero = np.zeros(1, np.uint16)
    return Text(sentences, np.concatenate([piece for part in kept for piece in (part, zero)]), starts)


def read_all(texts: Iterable[str]) -> list[Text]:
    """Each text by its sentences."""
    return [read(text) for text in texts]


def glance_all(texts: Iterable[str]) -> list[Text]:
    """Each text as one sentence: enough where only its words count, and quicker."""
    return [Text((text,), _characters(f"{text}\n"), np.zeros(1, np.int64)) for text in texts]


@dataclass(frozen=True, slots=True)
class Standing:
    """Which of a question's words stand where, over all sentences of all texts."""

    pairs: Bools
    """(sentences, pairs)"""
    singles: Bools
    """(texts, characters)"""
    runs: Ints
    """(texts,) length of the question's longest stretch in each, in characters."""
    firsts: Ints
    """(texts,) the number of each text's first sentence."""

    @property
    def by_text(self) -> Bools:
        """(texts, pairs)"""
        return np.logical_or.reduceat(self.pairs, self.firsts, axis=0)


class Wanted:
    """A question's words, ready to be looked for."""

    def __init__(self, text: str, weights: Mapping[str, float]) -> None:
        """`weights`: words as `index.words` makes them → how much each tells; others tell nothing."""
        self.flat = flat(text)
        pairs: dict[str, int] = {}
        for at in range(len(self.flat) - 1):
            pairs.setdefault(self.flat[at : at + 2], at)
        # Other names for what is wanted stand nowhere in the question: no stretch goes through them.
        pairs |= {word: -2 * number for number, word in enumerate(weights, 1) if len(word) == 2 and word not in pairs}
        self._longer = [word for word in weights if len(word) > 2]
        self._pairs = np.array([_pair_code(pair) for pair in pairs], np.int64)
        self._places = np.array(list(pairs.values()), np.int64)
        self._order = np.argsort(self._pairs, kind="stable")
        self._singles = list(dict.fromkeys([*self.flat, *(word for word in weights if len(word) == 1)]))
        self.pair_weights = _shares([*(weights.get(word, 0.0) for word in pairs), *(weights[w] for w in self._longer)])
        self.single_weights = _shares([weights.get(word, 0.0) for word in self._singles])

    def standing(self, texts: Sequence[Text]) -> Standing:
        """Where they stand in `texts`."""
        characters = np.concatenate([np.zeros(0, np.uint16), *(text.characters for text in texts)])
        lengths = np.array([len(text.characters) for text in texts], np.int64)
        begins = np.cumsum(lengths) - lengths
        counts = np.array([len(text.sentences) for text in texts], np.int64)
        firsts = np.cumsum(counts) - counts
        starts = np.concatenate([np.zeros(0, np.int64), *(t.starts + b for t, b in zip(texts, begins, strict=True))])

        number = np.full(_CODES, -1, np.int16)
        number[[ord(word) & 0xFFFF for word in self._singles]] = np.arange(len(self._singles))
        number[0] = -1
        known = number[characters]
        at = np.flatnonzero(known >= 0)
        singles = np.zeros((len(texts), len(self._singles)), np.bool_)
        singles[np.searchsorted(begins, at, side="right") - 1, known[at]] = True

        pairs = np.zeros((len(starts), len(self.pair_weights)), np.bool_)
        runs = np.zeros(len(texts), np.int64)
        at = np.flatnonzero((known[:-1] >= 0) & (known[1:] >= 0))
        if len(self._pairs) and len(at):
            codes = (characters[at].astype(np.int64) << 16) | characters[at + 1]
            ordered = self._pairs[self._order]
            nearest = np.searchsorted(ordered, codes).clip(max=len(ordered) - 1)
            there = ordered[nearest] == codes
            at, pair = at[there], self._order[nearest[there]]
            pairs[np.searchsorted(starts, at, side="right") - 1, pair] = True
            if len(at):
                _longest(runs, at, self._places[pair], begins)
        self._find_longer(pairs, texts)
        return Standing(pairs, singles, runs, firsts)

    def _find_longer(self, pairs: Bools, texts: Sequence[Text]) -> None:
        """Numbers and Latin words of three characters and more, which are met whole or not at all."""
        for column, word in enumerate(self._longer, len(self._pairs)):
            pairs[:, column] = [word in sentence.lower() for text in texts for sentence in text.sentences]


def _longest(runs: Ints, at: Ints, places: Ints, begins: Ints) -> None:
    """Fills in each text's longest run of pairs that follow each other in the question as in the text."""
    broken = np.flatnonzero((np.diff(at) != 1) | (np.diff(places) != 1)) + 1
    first = np.concatenate([[0], broken])
    lengths = np.diff(np.concatenate([first, [len(at)]])) + 1
    np.maximum.at(runs, np.searchsorted(begins, at[first], side="right") - 1, lengths)


def _pair_code(pair: str) -> int:
    return (ord(pair[0]) & 0xFFFF) << 16 | (ord(pair[1]) & 0xFFFF)


def _shares(weights: Sequence[float]) -> Floats:
    """As shares of their sum."""
    column = np.array(weights, np.float32)
    return column / (float(column.sum()) or 1.0)


class WordIds:
    """The words of texts as the shipped model numbers them; what was read last is kept. Safe to share."""

    def __init__(self) -> None:
        self._known: dict[str, Ints] = {}
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> list[Ints]:
        """One array a text, in order."""
        with self._lock:
            known = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            read_now = dict(zip(new, shipped().word_ids(new), strict=True))
            known |= read_now
            with self._lock:
                if len(self._known) > _KEPT * 8:
                    self._known.clear()
                self._known |= read_now
        return [known[text] for text in texts]


_word_ids = WordIds()


def told_apart(words: Ints) -> tuple[Ints, Ints]:
    """The different ones of these numbers (at least one), in order, and the place of each of them among those: by a
    table, which takes less than sorting."""
    present = np.zeros(int(words.max()) + 1, np.bool_)
    present[words] = True
    distinct = np.flatnonzero(present)
    row = np.zeros(len(present), np.int64)
    row[distinct] = np.arange(len(distinct))
    return distinct, row[words]


def met(question: str, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """The question's words' weights (w,), of sum 1, and how far each text meets each word, (texts, w) from 0 to 1:
    1 where the word stands there, less where one near in meaning does."""
    model = shipped()
    own = np.unique(_word_ids([question])[0])
    vectors = model.word_vectors(own)
    lengths = np.linalg.norm(vectors, axis=1)
    weights = _shares((lengths**2).tolist())
    how_far = np.zeros((len(texts), len(own)), np.float32)
    parts = _word_ids(texts)
    sizes = np.array([len(part) for part in parts], np.int64)
    if not len(own) or not sizes.sum():
        return weights, how_far
    words = np.concatenate(parts)
    distinct, places = told_apart(words)
    others = model.word_vectors(distinct)
    others_lengths = np.sqrt(np.vecdot(others, others))
    cosines = others @ (vectors / np.maximum(lengths, 1e-9)[:, None]).T / np.maximum(others_lengths, 1e-9)[:, None]
    near = _SOFT_SHARE * np.clip((cosines - _SOFT_FLOOR) / (_SOFT_FULL - _SOFT_FLOOR), 0, 1)
    near[distinct[:, None] == own[None, :]] = 1.0
    starts = np.cumsum(sizes) - sizes
    filled = sizes > 0
    how_far[filled] = np.maximum.reduceat(near[places], starts[filled], axis=0)
    return weights, how_far
