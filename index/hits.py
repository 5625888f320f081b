"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass

from sources.passages import Passage


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
