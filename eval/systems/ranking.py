"""BM25 over a list of texts, by characters, pairs of them and words; the scores are those of bm25s."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from eval.systems import needed

_RUNS = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[\u3400-\u9fff]+")


def terms(text: str) -> list[str]:
    """Characters and pairs of them for Chinese, whole words and numbers otherwise.

    >>> terms("增长5.1%")
    ['增', '长', '增长', '5.1']
    """
    found = []
    for run in _RUNS.findall(text.lower()):
        if run[0] < "\u3400":
            found.append(run)
        else:
            found += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
    return found


class Ranking:
    """BM25 over a list of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._bm25 = needed("bm25s", extra="eval").BM25()
        self._bm25.index([terms(text) or [""] for text in texts], show_progress=False)

    def best(self, question: str, k: int) -> list[tuple[int, float]]:
        """(position, score) of the best `k` that share a term with the question, best first."""
        asked = [term for term in terms(question) if term in self._bm25.vocab_dict]
        if not asked:
            return []
        scores = self._bm25.get_scores(asked)
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(i), float(scores[i])) for i in order if scores[i] > 0]
