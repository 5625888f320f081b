"""What a search gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sources.passages import Passage

SPREAD = 8.0
"""By how much a ranker's score must be below the best one's for a hit's to be e times less: so the tenth stands to the
first as it does without ranking, which is what answers are weighed by."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that a search gives back."""

    passage: Passage
    score: float
    """What hits are ordered by, higher is better; comparable within one search only."""
    dense: float
    """Cosine of query and passage, in [-1, 1]; 0 where the passage has no vector yet."""
    lexical: float
    """BM25 of the query's words in the passage and its title; 0 where none stands there."""


def likelihoods(hits: Sequence[Hit]) -> NDArray[np.float64]:
    """(hits,) how likely each is the one that answers, if one of them does, as its ranker has it (a softmax, sum 1).

    >>> passage = Passage("a:0-2", "a", "一。", 0, 2, "")
    >>> likelihoods([Hit(passage, 1.0, 0.0, 0.0), Hit(passage, 0.75, 0.0, 0.0)]).round(2).tolist()
    [0.91, 0.09]
    """
    scores = np.array([hit.score for hit in hits], np.float64)
    if not len(scores):
        return scores
    odds = np.maximum(scores, 0) / (scores.max() or 1.0)
    powers = odds**SPREAD
    return powers / powers.sum() if powers.sum() else np.full(len(scores), 1 / len(scores))
