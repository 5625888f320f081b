"""The reader: where in a passage the answer to a question stands, and whether it stands there at all.

A network of a million weights (`assets/reader.safetensors`, learned by `python -m assistant.training.reader`) reads a
passage word by word beside the question: gated dilated convolutions over what each word means, how it is written, and
how much of the question stands around it. For every word it gives the log-odds that the answer begins and ends there,
against its not being in the passage. It only points: what is quoted is always the document's.

The architecture follows the document reader of Chen et al. 2017 (arXiv:1704.00051: aligned question words, exact
matches) with the convolutions of Gehring et al. 2017 (arXiv:1705.03122), and the no-answer option of Clark and Gardner
2018 (arXiv:1710.10723). It runs with NumPy alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedders import shipped
from index.matching import codes
from sources.sentences import Span

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MAX_QUESTION_WORDS = 48
"""Of a longer question the last ones are read: what is asked stands at its end."""
MAX_PASSAGE_WORDS = 400
HASHES = 1 << 13
"""Rows of the table of characters; a character's row is its code modulo this."""
_SOFT_FLOOR, _SOFT_FULL, _SOFT_SHARE = 0.1, 0.6, 0.85
"""As in `index.matching`: what the cosine of two words counts beside the same word."""
GAIN = np.float32(4)
"""Brings the entries of unit vectors near the size that networks learn from best."""
_NEVER = -20.0
_RADII = (4, 12, 32)
"""Words to either side within which the question's words are looked for."""
_ENDS = re.compile(r"[。！？!?；;\n]")
_BREAKS = re.compile(r"[，,、：:（(]")
_OPENS = re.compile(r"[“《「『]")
_COLON = re.compile(r"[：:]")
_STOP = re.compile(r"[、]")
_BRACKET = re.compile(r"[（(]")
FEATURES = (
    "weight", "exact", "soft", "pairs", "run", "sentence", "sentence_exact",
    *(f"around_{radius}" for radius in _RADII), "sentence_before",
    "opens_sentence", "opens_clause", "opens_quote", "after_colon", "after_stop", "in_bracket",
    "closes_sentence", "closes_clause", "digit", "latin", "length", "place",
)  # fmt: skip
"""What is told of each word of a passage besides the word itself."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as the reader sees it, word by word."""

    spans: Ints
    """(words, 2) half-open character offsets."""
    ids: Ints
    """(words,) rows of the shipped embedder."""
    ends: Ints
    """(words, 2) rows of the table of characters: each word's first and last character."""
    plain: NDArray[np.uint16]
    """(characters,) codes of the text's characters in their normal form, white space left out."""
    at: Ints
    """(words, 2) half-open offsets into `plain`."""
    marks: Floats
    """(words, ...) the features that don't depend on the question, in the order of `FEATURES` from `opens_sentence`."""
    sentence: Ints
    """(words,) number of the sentence each word stands in."""


@lru_cache(maxsize=2048)
def words(text: str) -> Words:
    """The words of `text`; those the embedder doesn't know are left out, as are marks and spaces."""
    ids, spans = (found[:MAX_PASSAGE_WORDS] for found in shipped().placed_ids(text))
    every = codes(text)
    places = np.cumsum(np.concatenate([[0], every != 0]))
    last = np.maximum(spans[:, 1] - 1, spans[:, 0])
    ends = np.stack([every[spans[:, 0]], every[last]], axis=1).astype(np.int64) % HASHES if len(spans) else spans
    return Words(
        spans=spans,
        ids=ids,
        ends=ends,
        plain=every[every != 0],
        at=places[spans],
        marks=(marks := _marks(text, spans)),
        sentence=np.cumsum(marks[:, 0]).astype(np.int64) - 1,
    )


def _marks(text: str, spans: Ints) -> Floats:
    """What is told by what stands between the words: only there are marks, which are no words."""
    n = len(spans)
    edges = [0, *spans.ravel().tolist(), len(text)]
    gaps = [text[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2)]
    opens = np.array([1.0 if at == 0 or _ENDS.search(gap) else 0.0 for at, gap in enumerate(gaps[:-1])], np.float32)
    breaks = np.array([1.0 if _BREAKS.search(gap) else 0.0 for gap in gaps], np.float32)
    quote, colon, stop = (
        np.array([1.0 if mark.search(gap) else 0.0 for gap in gaps[:-1]], np.float32)
        for mark in (_OPENS, _COLON, _STOP)
    )
    depth, inside = 0, np.zeros(n, np.float32)
    for at, gap in enumerate(gaps[:-1]):
        depth = max(0, depth + len(_BRACKET.findall(gap)) - gap.count("）") - gap.count(")"))
        inside[at] = float(depth > 0)
    closes = np.append(opens[1:], 1.0)[:n].astype(np.float32)
    told = [text[start:end] for start, end in spans]
    marks: Floats = np.stack(
        [
            opens,
            np.maximum(opens, breaks[:-1]),
            quote,
            colon,
            stop,
            inside,
            closes,
            np.maximum(closes, breaks[1:]),
            np.array([float(word[:1].isdigit()) for word in told], np.float32),
            np.array([float(word.isascii() and word.isalpha()) for word in told], np.float32),
            np.array([min(len(word), 6) / 3 for word in told], np.float32),
            np.arange(n, dtype=np.float32) / 160,
        ],
        axis=1,
    )
    return marks


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, ready to be held against passages."""

    words: Words
    vectors: Floats
    """(words, dimension) of unit length."""
    weights: Floats
    """(words,) how much each tells; sum 1."""
    sizes: Floats
    """(words,) length of each vector before it was brought to one."""
    pairs: frozenset[int]
    """Pairs of neighbouring characters, each as one number."""


def asked(question: str) -> Asked:
    """The question's words and pairs of characters."""
    own = words(question)
    if len(own.ids) > MAX_QUESTION_WORDS:
        own = Words(
            own.spans[-MAX_QUESTION_WORDS:], own.ids[-MAX_QUESTION_WORDS:], own.ends[-MAX_QUESTION_WORDS:], own.plain,
            own.at[-MAX_QUESTION_WORDS:], own.marks[-MAX_QUESTION_WORDS:], own.sentence[-MAX_QUESTION_WORDS:],
        )  # fmt: skip
    vectors, sizes = unit(own.ids)
    weights = sizes**2
    return Asked(own, vectors, weights / max(float(weights.sum()), 1e-6), sizes, frozenset(_pairs(own.plain).tolist()))


def _pairs(plain: NDArray[np.uint16]) -> Ints:
    return plain[:-1].astype(np.int64) << 16 | plain[1:]


def unit(ids: Ints) -> tuple[Floats, Floats]:
    """Vectors of the shipped embedder, (words, dimension) of unit length, and how long each vector was (words,)."""
    vectors = shipped().word_vectors(ids)
    sizes = np.linalg.norm(vectors, axis=1)
    return vectors / np.maximum(sizes, 1e-6)[:, None], sizes


def features(question: Asked, passage: Words, vectors: Floats, sizes: Floats) -> Floats:
    """(words, FEATURES) float32 of the passage's words, whose unit `vectors` and `sizes` are given."""
    n = len(passage.ids)
    if not n or not len(question.words.ids):
        return np.zeros((n, len(FEATURES)), np.float32)
    same = (passage.ids[:, None] == question.words.ids[None, :]).astype(np.float32)
    cosines = vectors @ question.vectors.T
    near = _SOFT_SHARE * np.clip((cosines - _SOFT_FLOOR) / (_SOFT_FULL - _SOFT_FLOOR), 0, 1)
    matched, runs = _stretches(question.pairs, passage)
    met = np.maximum(same, near)
    weights = question.weights
    starts = np.flatnonzero(np.diff(passage.sentence, prepend=-1))
    by_sentence = np.maximum.reduceat(met, starts, axis=0) @ weights
    exactly = np.maximum.reduceat(same, starts, axis=0) @ weights
    before = np.concatenate([[0.0], by_sentence[:-1]])
    told = [
        sizes,
        same.max(axis=1) * sizes,
        met.max(axis=1),
        matched,
        runs / max(len(question.words.plain), 1),
        by_sentence[passage.sentence],
        exactly[passage.sentence],
        *(_widest(met, radius) @ weights for radius in _RADII),
        before[passage.sentence],
    ]
    return np.concatenate([np.stack(told, axis=1).astype(np.float32), passage.marks], axis=1)


def _stretches(pairs: frozenset[int], passage: Words) -> tuple[Floats, Floats]:
    """Of each word the share of its characters in pairs that the question has, and the length of their stretch."""
    own = _pairs(passage.plain)
    hit = np.isin(own, np.fromiter(pairs, np.int64, len(pairs)))
    mask = np.zeros(len(passage.plain) + 1, bool)
    mask[: len(hit)] |= hit
    mask[1 : len(hit) + 1] |= hit
    # Two stretches that touch without sharing a pair count as one: the question's order matters little.
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    length = np.zeros(len(mask), np.float32)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        length[first:last] = last - first
    sums = np.concatenate([[0.0], np.cumsum(mask)])
    first, last = passage.at[:, 0], passage.at[:, 1]
    share = (sums[last] - sums[first]) / np.maximum(last - first, 1)
    return share.astype(np.float32), length[np.minimum(first, len(length) - 1)]


def _widest(met: Floats, radius: int) -> Floats:
    """(words, question words): the most that each is met within `radius` words, by doubling (van Herk)."""
    n, width = len(met), 2 * radius + 1
    padded = np.zeros((n + 2 * radius, met.shape[1]), np.float32)
    padded[radius : radius + n] = met
    size = 1
    while size * 2 <= width:
        padded = np.maximum(padded[:-size], padded[size:])
        size *= 2
    rest = width - size
    return np.maximum(padded[: len(padded) - rest], padded[rest:])[:n] if rest else padded[:n]


@dataclass(frozen=True, slots=True)
class Pointed:
    """The likeliest answer in a stretch of a passage."""

    span: Span
    """Half-open character offsets into the passage's text."""
    odds: float
    """Mean of the log-odds of its first and its last word."""
    begins: float
    ends: float
    inside: float
    """The greatest log-odds of any word of the stretch to be the answer's first, its last, or one of its words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage."""

    spans: Ints
    """(words, 2) half-open character offsets into the passage's text."""
    starts: Floats
    ends: Floats
    """(words,) log-odds that the answer begins, or ends, with this word, against its not being in the passage."""
    inside: Floats
    """(words,) log-odds that this word belongs to the answer."""

    @property
    def there(self) -> float:
        """Log-odds that the answer stands anywhere in the passage."""
        return (_log_sum(self.starts) + _log_sum(self.ends)) / 2

    def within(self, start: int, end: int) -> Pointed:
        """What it points at between two character offsets."""
        first = int(np.searchsorted(self.spans[:, 0], start))
        last = int(np.searchsorted(self.spans[:, 0], end))
        if last <= first:
            return _NOTHING
        starts, ends = self.starts[first:last], self.ends[first:last]
        # The best end at or after each word.
        following = np.maximum.accumulate(ends[::-1])[::-1]
        at = int(np.argmax(starts + following))
        stop = at + int(np.argmax(ends[at:]))
        return Pointed(
            (int(self.spans[first + at, 0]), int(self.spans[first + stop, 1])),
            float(starts[at] + ends[stop]) / 2,
            float(starts.max()),
            float(ends.max()),
            float(self.inside[first:last].max()),
        )


class Reader:
    """Reads passages. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        from safetensors.numpy import load_file

        self.weights = {name: tensor.astype(np.float32) for name, tensor in load_file(path).items()}
        self._dilations = [int(each) for each in self.weights.pop("dilations")]
        self._look_before = int(self.weights.pop("look_before"))

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """One `Reading` a passage, in order."""
        own = asked(question)
        read = [words(text) for text in passages]
        firsts = np.cumsum([0, *(len(each.ids) for each in read)])
        if not firsts[-1] or not len(own.words.ids):
            return [_blank(each) for each in read]
        vectors, sizes = unit(np.concatenate([each.ids for each in read]))
        told = np.concatenate(
            [
                features(own, each, vectors[first:last], sizes[first:last])
                for each, (first, last) in zip(read, pairwise(firsts.tolist()), strict=True)
            ]
        )
        logits, none = self._run(own, vectors, np.concatenate([each.ends for each in read]), told, firsts)
        return [
            Reading(
                each.spans,
                starts=logits[first:last, 0] - none[at],
                ends=logits[first:last, 1] - none[at],
                inside=logits[first:last, 2],
            )
            if last > first
            else _blank(each)
            for at, (each, (first, last)) in enumerate(zip(read, pairwise(firsts.tolist()), strict=True))
        ]

    def _run(self, own: Asked, vectors: Floats, ends: Ints, told: Floats, firsts: Ints) -> tuple[Floats, Floats]:
        """(words, 3) logits of beginning, end and inside, and (passages,) of there being no answer."""
        letters = self.weights["letters.weight"]
        p, q = vectors * GAIN, own.vectors * GAIN
        alone = np.array([0, len(q)])
        asks = np.concatenate([self._linear("meaning", q), letters[own.words.ends].reshape(len(q), -1)], axis=1)
        asks = self._linear("asks", asks)
        for number in range(2):
            asks = self._gated(f"asks_layers.{number}", asks, 1, alone)
        whole = _softmax(self._linear("pool", asks)[:, 0]) @ asks
        near = _relu(self._linear("align", p)) @ _relu(self._linear("align", q)).T / np.float32(8)
        read = [self._linear("meaning", p), _softmax(near) @ asks, letters[ends].reshape(len(p), -1), told]
        at = self._linear("reads", np.concatenate(read, axis=1))
        at = _relu(at + self._linear("guide", whole))
        for number, dilation in enumerate(self._dilations):
            if number == self._look_before:
                looks = self._linear("look", at) @ asks.T / np.float32(np.sqrt(at.shape[1]))
                at = at + self._linear("seen", _softmax(looks) @ asks)
            at = self._gated(f"layers.{number}", at, dilation, firsts)
        at = self._norm("final", at)
        keys = np.tanh(self._linear("key", whole)).reshape(3, -1)
        logits = at @ keys.T + self._linear("out", at)
        none = np.zeros(len(firsts) - 1, np.float32)
        for number, (first, last) in enumerate(pairwise(firsts.tolist())):
            if last > first:
                part = at[first:last]
                known = np.concatenate([part.max(axis=0), part.mean(axis=0), whole])
                none[number] = self._linear("none.2", _relu(self._linear("none.0", known)))[0]
        return logits, none

    def _linear(self, name: str, at: Floats) -> Floats:
        found: Floats = at @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return found

    def _norm(self, name: str, at: Floats) -> Floats:
        centred = at - at.mean(axis=1, keepdims=True)
        scale = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        found: Floats = centred * scale * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return found

    def _gated(self, name: str, at: Floats, dilation: int, firsts: Ints) -> Floats:
        """A residual gated convolution over three words; `firsts` says where texts begin, which see nothing beyond."""
        n = len(at)
        plain = np.concatenate([self._norm(f"{name}.norm", at), np.zeros((1, at.shape[1]), np.float32)])
        text = np.repeat(np.arange(len(firsts) - 1), np.diff(firsts))
        here = np.arange(n)
        left = np.where(here - dilation >= firsts[text], here - dilation, n)
        right = np.where(here + dilation < firsts[text + 1], here + dilation, n)
        mixed = self._linear(f"{name}.mix", np.concatenate([plain[left], plain[:n], plain[right]], axis=1))
        value, gate = np.split(mixed, 2, axis=1)
        found: Floats = at + value / (1 + np.exp(-gate))
        return found


_NOTHING = Pointed((0, 0), _NEVER, _NEVER, _NEVER, _NEVER)


@cache
def shipped_reader() -> Reader:
    """The reader that comes with the program."""
    return Reader(Path(__file__).parent / "assets" / "reader.safetensors")


def _blank(text: Words) -> Reading:
    nothing = np.full(len(text.ids), _NEVER, np.float32)
    return Reading(text.spans, nothing, nothing, nothing)


def _relu(at: Floats) -> Floats:
    found: Floats = np.maximum(at, 0)
    return found


def _softmax(at: Floats) -> Floats:
    raised = np.exp(at - at.max(axis=-1, keepdims=True))
    found: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return found


def _log_sum(at: Floats) -> float:
    if not len(at):
        return _NEVER
    top = float(at.max())
    return top + float(np.log(np.exp(at - top).sum()))
