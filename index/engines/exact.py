"""The exact dense engine: one NumPy matrix. As good as it gets, fast up to some 20,000 passages, and the oracle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Rows, Scores, Vectors, among

_FEW = 4
"""Less than one in so many are copied out; of more, comparing with all costs less than the copy."""


class ExactVectors:
    """Compares the query with every vector."""

    by_row = True

    def __init__(self, rows: Rows, vectors: Vectors) -> None:
        if len(rows) != len(vectors):
            raise ValueError(f"{len(rows)} rows but {len(vectors)} vectors; give one vector a row")
        self._rows = rows
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows, the most similar first, with their cosines in [-1, 1]; equal ones by row.

        With `only`, sorted rows, the most similar of these.
        """
        if limit < 1 or not len(self._rows):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows, vectors = self._rows, self._vectors
        admitted = None if only is None else among(rows, only)
        if admitted is not None and np.count_nonzero(admitted) * _FEW < len(rows):
            rows, vectors, admitted = rows[admitted], vectors[admitted], None
        # Not `@`: BLAS would spread one product over all cores, which stalls when other searches run; and like this a
        # row's score does not depend on the rows it happens to lie with.
        scores = np.vecdot(vectors, vector)
        if admitted is not None:
            rows, scores = rows[admitted], scores[admitted]
        if limit < len(scores):
            least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
            kept = np.flatnonzero(scores >= least)  # more than `limit` when several tie for the last place
        else:
            kept = np.arange(len(scores))
        order = kept[np.lexsort((rows[kept], -scores[kept]))][:limit]
        return rows[order], scores[order]

    def extended(self, rows: Rows, vectors: Vectors) -> ExactVectors:
        """An engine that knows these rows too; this one goes on answering as before."""
        if not len(rows):
            return self
        if not len(self._rows):
            return ExactVectors(rows, vectors)
        return ExactVectors(np.concatenate([self._rows, rows]), np.concatenate([self._vectors, vectors]))

    def close(self) -> None:
        """Nothing to let go of but memory."""
