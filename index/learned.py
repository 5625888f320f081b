"""The shipped ranker: a small network over `index.features`, some ten thousand weights read from a JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines import Scores
from index.features import FEATURES, features
from index.ranking import Candidate, Query

WEIGHTS = Path(__file__).parent / "assets" / "ranker.json"
_SPREAD = 8.0
"""By how much a candidate's score must be below the best one's for e times less: so the tenth stands to the first as
it does without ranking, which is what answers are weighed by."""
_MOST = 4.0
"""Standard deviations: what lies farther out than anything learned from counts as this far."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear score and beside it one hidden layer, over features brought to mean 0 and deviation 1."""

    mean: Floats
    """(features,)"""
    deviation: Floats
    linear: Floats
    hidden: Floats
    """(features, units)"""
    bias: Floats
    """(units,)"""
    out: Floats
    """(units,)"""

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """The weights in `path`; raises ValueError when they are for other features."""
        held = json.loads(path.read_text("utf8"))
        if held["features"] != list(FEATURES):
            other = sorted(set(held["features"]) ^ set(FEATURES)) or "their order"
            raise ValueError(f"{path}: made for other features ({other}); run python -m index.training.ranker")
        return cls(*(np.array(held[name], np.float32) for name in cls.__slots__))

    def score(self, rows: Floats) -> Floats:
        """(n,) float32 for rows (n, features), higher is better; what it counts from differs between questions."""
        scaled = np.clip((rows - self.mean) / self.deviation, -_MOST, _MOST)
        hidden = np.maximum(scaled @ self.hidden + self.bias, 0.0)
        scores: Floats = (scaled @ self.linear + hidden @ self.out).astype(np.float32)
        return scores


class LearnedRanker:
    """Ranks by the shipped weights."""

    def __init__(self, weights: Weights, *, depth: int = 24) -> None:
        self.depth = depth
        self._weights = weights

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        """(n,) float32 in (0, 1]; the best is 1."""
        if not candidates:
            return np.zeros(0, np.float32)
        scores = self._weights.score(features(query, candidates))
        squashed: Scores = np.exp((scores - scores.max()) / _SPREAD).astype(np.float32)
        return squashed


@cache
def shipped_ranker() -> LearnedRanker:
    """The shipped one, read once."""
    return LearnedRanker(Weights.load())
