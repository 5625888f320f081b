"""Rankers: the order of the first candidates, after a close look at each.

`search` finds some hundreds of candidates by words and by meaning and gives the best of them to a `Ranker`, here the
shipped one; a cross-encoder fits the same Protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index.engines.protocols import Scores
from sources.passages import Passage


@dataclass(frozen=True, slots=True)
class Query:
    """A question, as candidates are compared with it."""

    text: str
    weights: Mapping[str, float]
    """The query's words (as `index.words` makes them) → how much each tells in this corpus; those that stand nowhere
    in it are left out."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, with what it stands in and how it was found."""

    passage: Passage
    title: str
    """Its document's."""
    published: str | None
    before: str
    """The text of the passage before it in its document; "" at the start."""
    after: str
    """The text of the passage after it; "" at the end."""
    place: float
    """Where in its document it begins, from 0 to 1."""
    characters: int
    """Of the document."""
    dense: float
    lexical: float
    """As in `index.hits.Hit`."""
    document: float
    """BM25 of the query's words in the whole document; 0 where it isn't among the best."""
    fused: float
    """The score of both together, higher is better."""


class Ranker(Protocol):
    """Orders candidates."""

    @property
    def depth(self) -> int:
        """How many candidates it is given at least, the best by `fused`; with 0 none, their order stays as it is."""
        ...

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        """(n,) float32 in (0, 1], one a candidate, higher is better; comparable within one call."""
        ...


class Unranked:
    """Leaves candidates in the order of the search: what rankers are measured against."""

    depth = 0

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:  # noqa: ARG002
        """Their scores, the best 1."""
        fused = np.array([each.fused for each in candidates], np.float32)
        return fused / (fused.max(initial=0.0) or 1.0)
