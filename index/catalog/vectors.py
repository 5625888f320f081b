"""Vectors as the catalog keeps them: the direction of each, a byte a dimension

All are of length 1, so that the largest value of each may stand for 127 and the scale needn't be kept. Of the ten
nearest that full precision finds, these find more than 98 in 100 (`benchmarks/indexing.py` measures it), in a quarter
of the space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Vectors

_MOST = 127


def packed(vector: NDArray[np.float32]) -> bytes:
    """The direction of a vector, a byte a dimension."""
    most = float(np.abs(vector).max(initial=0.0))
    if not most:
        return bytes(len(vector))
    return bytes(np.rint(np.asarray(vector, np.float32) * (_MOST / most)).astype(np.int8).tobytes())


def unpacked(of: bytes) -> NDArray[np.float32]:
    """The vector (dimension,), of length 1, or of zeros where it was so."""
    row: NDArray[np.float32] = matrix([of], dimension=len(of))[0]
    return row


def matrix(of: list[bytes], *, dimension: int) -> Vectors:
    """(n, dimension) of all these. Raises ValueError where one has another length."""
    whole = np.frombuffer(b"".join(of), np.int8).reshape(len(of), dimension).astype(np.float32)
    lengths = np.sqrt(np.vecdot(whole, whole))[:, np.newaxis]
    np.divide(whole, lengths, out=whole, where=lengths > 0)
    return whole
