"""Snapshots: one revision of the catalog with the engines that answer from it"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.embedders.embedder import EmbedderError
from index.engines.bm25 import WordIndex
from index.engines.exact import ExactVectors
from index.search import Engines
from index.upkeep.generations import Generation

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

FRESH, FRESH_SHARE, FRESH_MOST = 2_000, 0.1, 20_000
"""How many passages may be newer than the live generation: at least, as a share of all, and at most. Each opening of
the index reads them anew."""
SILENT_S = 30.0
"""How long searches go by words only after the embedder failed on a question, before it is tried again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Engines for one state of the catalog; never changed: a newer state gets a new one, a search keeps its own."""

    revision: int
    generation: Generation | None
    generations: tuple[tuple[str, str], ...]
    """Ids and states when it was made: it is made anew when they change."""
    fresh_passages: WordIndex
    fresh_documents: WordIndex
    exact: ExactVectors
    last_passage: int
    last_document: int
    complete: bool
    """Every passage has a vector."""
    removed: int
    """How many passages the fresh engines hold that the catalog no longer does."""
    embedder: Embedder
    """Encodes questions as the vectors in `engines` were."""
    engines: Engines


@dataclass(frozen=True, slots=True)
class Silence:
    """An embedder that failed on a question."""

    embedder: str
    until: float
    """On the monotonic clock: when it is asked again."""
    why: str


class _WordsOnly:
    """In the place of an embedder that can't be had: nothing is near anything."""

    name = ""
    dimension = 1
    origin = ""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 1), np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:  # noqa: ARG002
        return np.zeros(1, np.float32)


class Checked:
    """A server's model, which may have become another one of the same name since the vectors were made."""

    def __init__(self, embedder: Embedder, dimension: int) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = dimension
        self.origin = embedder.origin
        self.encode = embedder.encode

    def encode_query(self, text: str) -> NDArray[np.float32]:
        vector = self._embedder.encode_query(text)
        if len(vector) != self.dimension:
            raise EmbedderError(
                f"{self.name} gives vectors of {len(vector)} values, those in the index have {self.dimension}: another "
                "model answers under the same name. Serve it under a name of its own, and choose that"
            )
        return vector


WORDS_ONLY = _WordsOnly()
