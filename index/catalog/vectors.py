"""Vectors as the catalog keeps them: the direction of each, a byte a dimension

All are of length 1, so that the largest value of each may stand for 127 and the scale needn't be kept. Of the ten
nearest that full precision finds, these find more than 98 in 100 (`benchmarks/indexing.py` measures it), in a quarter
of the space.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Rows, Vectors

_MOST = 127
_AT_ONCE = 5_000


def packed(vector: NDArray[np.float32]) -> bytes:
    """The direction of a vector, a byte a dimension."""
    most = float(np.abs(vector).max(initial=0.0))
    if not most:
        return bytes(len(vector))
    return bytes(np.rint(np.asarray(vector, np.float32) * (_MOST / most)).astype(np.int8).tobytes())


def unpacked(of: Sequence[bytes]) -> Vectors:
    """These vectors of one embedder, (n, dimension), of length 1, or of zeros where they were so."""
    return matrix(of, dimension=len(of[0]) if of else 0)


def matrix(of: Sequence[bytes], *, dimension: int) -> Vectors:
    """(n, dimension) of all these. Raises ValueError where one has another length."""
    return _unit(np.frombuffer(b"".join(of), np.int8).reshape(len(of), dimension))


def together(rows: Iterable[Any], *, dimension: int) -> tuple[Rows, Vectors]:
    """Of rows (number, vector as kept) the numbers (n,) and the vectors (n, dimension), for which a million take little
    more than their floats do."""
    numbers: list[int] = []
    kept: list[NDArray[np.int8]] = []
    coming = iter(rows)
    while some := list(islice(coming, _AT_ONCE)):
        numbers += [number for number, _ in some]
        kept.append(np.frombuffer(b"".join(blob for _, blob in some), np.int8).reshape(len(some), dimension))
    whole = np.empty((len(numbers), dimension), np.float32)
    at = 0
    for part in kept:
        whole[at : at + len(part)] = _unit(part)
        at += len(part)
    return np.array(numbers, np.int64), whole


def _unit(kept: NDArray[np.int8]) -> Vectors:
    whole = kept.astype(np.float32)
    lengths = np.sqrt(np.vecdot(whole, whole))[:, np.newaxis]
    np.divide(whole, lengths, out=whole, where=lengths > 0)
    return whole
