"""Hard negatives: passages that share a question's words and don't answer it, found by BM25 over the store's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from training.embedder.store import Ints, Origin, Store, TextKind

SEARCHED = {
    Origin.CMRC: TextKind.CONTEXT,
    Origin.DRCD: TextKind.CONTEXT,
    Origin.NCP_ANSWER: TextKind.ANSWER,
    Origin.NCP: TextKind.POLICY,
    Origin.STARD: TextKind.LAW,
    Origin.CITED: TextKind.LAW,
    Origin.CROSS_REFERENCE: TextKind.LAW,
}
"""Where each question's negatives come from: the texts that its answer comes from."""
_K1, _B = 1.2, 0.75
_COMMON = 0.25
"""A word in more of the passages than this says little and costs most of the time."""
LONGEST_ARTICLE = 400
"""Tokens of an article of law that are read."""


@dataclass(frozen=True)
class Negatives:
    """For each question of a store its hard negatives, hardest first."""

    passages: Ints
    # (passages, 4): text, token offsets of start and end, `TextKind`
    of_question: Ints

    # (questions, depth) places in `passages`, -1 where there are no more


def mine(store: Store, pieces: int, *, window_tokens: int, depth: int = 30) -> Negatives:
    """The `depth` best passages for each question by BM25, without those that answer it or touch the answer's place."""
    passages = _passages(store, window_tokens)
    found = np.full((len(store.questions), depth), -1, dtype=np.int64)
    for kind in sorted(set(SEARCHED.values())):
        places = np.flatnonzero(passages[:, 3] == kind)
        asking = np.flatnonzero(np.isin(store.questions[:, 4], [a for a, k in SEARCHED.items() if k == kind]))
        if not len(places) or not len(asking):
            continue
        index = _index(store, passages[places], pieces)
        for start in range(0, len(asking), 256):
            part = asking[start : start + 256]
            words = [np.unique(store.tokens[begin : begin + length]) for begin, length in store.questions[part, :2]]
            scores = (_bags(words, pieces) @ index).toarray()
            wanted = min(depth + 10, scores.shape[1])
            best = np.argpartition(-scores, wanted - 1, axis=1)[:, :wanted]
            for question, some, row in zip(part, best, scores, strict=True):
                matching = some[row[some] > 0]
                order = places[matching[np.lexsort((matching, -row[matching]))]]
                wrong = order[~_answers(store, int(question), passages[order], window_tokens)][:depth]
                found[question, : len(wrong)] = wrong
    return Negatives(passages, found)


def _passages(store: Store, window_tokens: int) -> Ints:
    rows = []
    starts = store.sentence_starts
    for kind in (TextKind.CONTEXT, TextKind.ANSWER, TextKind.POLICY):
        for text in np.flatnonzero(store.kinds == kind):
            sentence, last = store.text_starts[text], store.text_starts[text + 1]
            while sentence < last:
                fits = np.searchsorted(starts, starts[sentence] + window_tokens, side="right") - 1
                end = min(max(fits, sentence + 1), last)
                rows.append((text, starts[sentence], starts[end], kind))
                sentence = end
    begins = store.text_tokens
    rows += [
        (text, begins[text], min(begins[text + 1], begins[text] + LONGEST_ARTICLE), TextKind.LAW)
        for text in np.flatnonzero(store.kinds == TextKind.LAW)
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _answers(store: Store, question: int, passages: Ints, window_tokens: int) -> NDArray[np.bool_]:
    """Which of `passages` answer `question`, or may."""
    _, _, text, sentence, origin = store.questions[question]
    own: NDArray[np.bool_] = passages[:, 0] == text
    if SEARCHED[Origin(origin)] == TextKind.LAW:
        own |= np.isin(passages[:, 0], store.gold.get(question, ()))
    elif SEARCHED[Origin(origin)] != TextKind.ANSWER:
        place = store.sentence_starts[sentence]
        own &= (passages[:, 1] < place + window_tokens) & (place - window_tokens < passages[:, 1])
    return own


def _index(store: Store, passages: Ints, pieces: int) -> Any:
    """(pieces, passages) sparse BM25 weights of each word in each passage with its title."""
    words = []
    for text, start, end, _ in passages:
        title, length = store.titles[text]
        words.append(np.concatenate([store.tokens[title : title + length], store.tokens[start:end]]))
    bags = _bags(words, pieces)
    lengths = np.array([len(each) for each in words], dtype=np.float32)
    frequency = np.bincount(bags.indices, minlength=pieces)
    idf = np.log(1 + (len(words) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    idf[frequency > _COMMON * len(words)] = 0
    length = np.repeat(lengths / lengths.mean(), np.diff(bags.indptr))
    bags.data = idf[bags.indices] * bags.data * (_K1 + 1) / (bags.data + _K1 * (1 - _B + _B * length))
    bags.eliminate_zeros()
    return bags.T.tocsr()


def _bags(words: list[Ints], pieces: int) -> Any:
    """(texts, pieces) sparse counts."""
    offsets = np.cumsum([0, *map(len, words)])
    flat = np.concatenate(words)
    bags = sp.csr_matrix((np.ones(len(flat), dtype=np.float32), flat, offsets), shape=(len(words), pieces))
    bags.sum_duplicates()
    return bags
