"""Attention: a small network that reads a question beside something said earlier, both at once, word by word.

Of the pair it says whether the question leans on the earlier words, or wants the rest of a list; of each word of the
question whether it says nothing by itself (那, 它, 呢, 我问的是); of each earlier word whether it stays in the
question put in full. Two layers, 96 wide, over the shipped word vectors; NumPy alone runs it. No word is listed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.question.earlier import KINDS, Source
from assistant.question.sketch import SORTS, Sketch, bucket
from index.ranking.networks import Floats

WIDTH, HEADS, LAYERS, INNER = 96, 4, 2, 192
MOST_ASKED, MOST_SAID = 24, 40
"""Words read of the question and of the earlier text, from their heads."""
IDENTITIES = 64
_FAR = 5
_OWN = 12
_ONE_THREAD = 1 << 18
"""Multiplications up to which OpenBLAS stays on one thread."""
INPUTS = 2 + len(SORTS) + len(KINDS) + _OWN + IDENTITIES
"""Numbers a word beside its meaning."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the network says of a pair, in log-odds."""

    leans: float
    """That the question leans on this."""
    goes_on: float
    """That it wants the rest of a list."""
    alone: float
    """That it stands by itself, whatever it is read beside."""
    empty: Floats
    """Of each word of the question: that it says nothing by itself."""
    stays: Floats
    """Of each earlier word: that the question in full has it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A pair as the network sees it: the question's words, then the earlier ones."""

    meanings: Floats
    """(words, dimension)"""
    known: Floats
    """(words, INPUTS)"""
    places: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Where each word stands; the earlier ones count from MOST_ASKED."""
    asked: int
    """Words of the question."""


def rows_of(question: Sketch, source: Source, *, items: int = 0) -> Rows:
    """The pair as rows; `items` are those of the list last told."""
    said = source.sketch
    n, m = min(len(question), MOST_ASKED), min(len(said), MOST_SAID)
    meanings = np.concatenate([question.meanings[:n], said.meanings[:m]])
    near = question.meanings[:n] @ said.meanings[:m].T
    alike = [*near.max(axis=1, initial=0), *near.max(axis=0, initial=0)]
    whole = [*near.mean(axis=1), *near.mean(axis=0)]
    nearest = float(near.max(initial=0))
    known = np.zeros((n + m, INPUTS), np.float32)
    for row, (own, other, at) in enumerate(
        [
            *((question, said, at) for at in range(n)),
            *((said, question, at) for at in range(m)),
        ]
    ):
        word = own.word(at)
        sort = own.sorts[at]
        known[row, int(own is said)] = 1
        known[row, 2 + SORTS.index(sort)] = 1
        known[row, 2 + len(SORTS) + KINDS.index(source.kind)] = 1
        gap = own.text[own.spans[at - 1][1] : own.spans[at][0]] if at else ""
        base = 2 + len(SORTS) + len(KINDS)
        known[row, base : base + _OWN] = (
            word in other.text,
            sum(character in other.text for character in word) / len(word),
            alike[row],
            alike[row] - nearest,
            whole[row],
            sort not in ("word", "asks") and other.has(sort),
            own.weights[at],
            min(len(word), 8) / 8,
            bool(gap.strip()),
            at == len(own) - 1,
            min(source.back, _FAR) / _FAR,
            min(items, 4) / 4,
        )
        known[row, base + _OWN + bucket(word) % IDENTITIES] = 1
    places = np.concatenate([np.arange(n), MOST_ASKED + np.arange(m)])
    return Rows(meanings, known, places, n)


Weights = Mapping[str, Floats]


def read(weights: Weights, question: Sketch, sources: Sequence[Source], *, items: int = 0) -> list[Read]:
    """What the network says of the question beside each of the sources."""
    if not sources:
        return []
    every = [rows_of(question, source, items=items) for source in sources]
    words = _encoded(weights, every)
    pairs = words[:, 0] @ weights["pair.w"] + weights["pair.b"]
    each = words[:, 1:] @ weights["word.w"] + weights["word.b"]
    found = []
    for at, (rows, source) in enumerate(zip(every, sources, strict=True)):
        n, count = rows.asked, len(rows.places)
        # Words beyond what is read: of the question they say something, of the source they stay.
        empty, stays = np.full(len(question), -1.0, np.float32), np.full(len(source.sketch), 1.0, np.float32)
        empty[:n], stays[: count - n] = each[at, :n, 0], each[at, n:count, 1]
        leans, goes_on, alone = map(float, pairs[at])
        found.append(Read(leans, goes_on, alone, empty, stays))
    return found


def _encoded(weights: Weights, pairs: Sequence[Rows]) -> Floats:
    """(pairs, 1 + words, WIDTH): each pair as a whole, then its words."""
    most = max(len(each.places) for each in pairs)
    at = np.zeros((len(pairs), 1 + most, WIDTH), np.float32)
    at[:, 0] = weights["start"]
    there = np.zeros((len(pairs), 1, 1, 1 + most), np.float32)
    for row, each in enumerate(pairs):
        count = len(each.places)
        own = _times(each.meanings, weights["meaning.w"]) + _times(each.known, weights["known.w"])
        at[row, 1 : 1 + count] = own + weights["places"][each.places]
        there[row, :, :, 1 + count :] = -np.inf
    for layer in range(LAYERS):
        name = f"layer{layer}."
        normal = _normal(at, weights[f"{name}norm1.w"], weights[f"{name}norm1.b"])
        at = at + _attended(normal, there, weights, name)
        normal = _normal(at, weights[f"{name}norm2.w"], weights[f"{name}norm2.b"])
        inner = np.maximum(_times(normal, weights[f"{name}in.w"]) + weights[f"{name}in.b"], 0)
        at = at + _times(inner, weights[f"{name}out.w"]) + weights[f"{name}out.b"]
    return _normal(at, weights["norm.w"], weights["norm.b"])


def _attended(at: Floats, there: Floats, weights: Weights, name: str) -> Floats:
    """What each word takes from the others of its pair; `there` is minus infinity where a pair has none."""
    size, count, _ = at.shape
    three = _times(at, weights[f"{name}qkv.w"]) + weights[f"{name}qkv.b"]
    three = three.reshape(size, count, 3, HEADS, WIDTH // HEADS)
    q, k, v = three.transpose(2, 0, 3, 1, 4)
    scores = q @ k.swapaxes(2, 3) / np.sqrt(WIDTH // HEADS) + there
    likely = np.exp(scores - scores.max(axis=3, keepdims=True))
    likely /= likely.sum(axis=3, keepdims=True)
    joined: Floats = (likely @ v).transpose(0, 2, 1, 3).reshape(size, count, WIDTH)
    told: Floats = _times(joined, weights[f"{name}proj.w"]) + weights[f"{name}proj.b"]
    return told


def _times(at: Floats, by: Floats) -> Floats:
    """The product, a few rows at a time: BLAS shares a larger one among threads, which takes longer at this size, and
    many times as long on a machine that has other things to do."""
    flat = at.reshape(-1, at.shape[-1])
    step = max(1, _ONE_THREAD // by.size)
    whole = np.concatenate([flat[start : start + step] @ by for start in range(0, len(flat), step)])
    product: Floats = whole.reshape(*at.shape[:-1], by.shape[1])
    return product


def _normal(at: Floats, scale: Floats, shift: Floats) -> Floats:
    centred = at - at.mean(axis=-1, keepdims=True)
    spread: Floats = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return spread * scale + shift
