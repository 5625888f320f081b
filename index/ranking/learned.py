"""The shipped ranker: a small network over `index.ranking.features`, some ten thousand weights in a JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from index.engines.protocols import Scores
from index.hits import SPREAD
from index.ranking.features import FEATURES, features
from index.ranking.networks import Network, load
from index.ranking.ranker import Candidate, Query

WEIGHTS = Path(__file__).parent / "assets" / "ranker.json"


class LearnedRanker:
    """Ranks by a network over `index.ranking.features`; it is given the best `depth` candidates."""

    def __init__(self, network: Network, *, depth: int = 24) -> None:
        self.depth = depth
        self._network = network

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        """(n,) float32 in (0, 1]; the best is 1."""
        if not candidates:
            return np.zeros(0, np.float32)
        scores = self._network(features(query, candidates))
        squashed: Scores = np.exp((scores - scores.max()) / SPREAD).astype(np.float32)
        return squashed


@cache
def shipped_ranker() -> LearnedRanker:
    """The shipped one, read once."""
    return LearnedRanker(load(WEIGHTS, FEATURES))
