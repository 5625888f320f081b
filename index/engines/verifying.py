"""Verifying an approximate engine: every vector that it was built from must find itself."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from index.engines.protocols import EngineError, Rows, Scores, Vectors

_MOST = 5_000
"""Vectors looked for; of more, evenly spread ones."""
_LEAST_SHARE = 0.999
"""Of the vectors looked for must find themselves."""
_SAME = 0.999
"""Cosine from which a vector has found itself."""
_AT_ONCE = 500


class Searchable(Protocol):
    """A dense engine that answers many queries at once."""

    def __len__(self) -> int: ...

    def search_many(self, vectors: Vectors, limit: int) -> tuple[list[Rows], list[Scores]]:
        """Rows and cosines for each of `vectors`, the most similar first."""
        ...


def check_all_found(engine: Searchable, rows: Rows, vectors: Vectors, *, where: Path) -> None:
    """Raises EngineError where the engine holds fewer than these vectors or doesn't find them again."""
    if len(engine) < len(rows):
        raise EngineError(f"{where}: {len(engine)} vectors, the catalog has {len(rows)}")
    check_finding(engine, vectors[:: max(1, len(rows) // _MOST)], where=where)


def check_finding(engine: Searchable, sample: Vectors, *, where: Path) -> None:
    """Raises EngineError where the engine doesn't find these of its vectors again."""
    lost = 0
    for start in range(0, len(sample), _AT_ONCE):
        _, scores = engine.search_many(sample[start : start + _AT_ONCE], 1)
        # By similarity, not by row: of passages that read the same, any may come first.
        lost += sum(not len(best) or best[0] < _SAME for best in scores)
    if lost > (1 - _LEAST_SHARE) * len(sample):
        raise EngineError(f"{where}: {lost} of {len(sample)} vectors don't find themselves")
