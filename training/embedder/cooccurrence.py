"""Where the words' vectors begin: near each other where the words stand near the same words.

Positive pointwise mutual information over neighbouring words (Levy and Goldberg 2014), its leading eigenvectors by a
randomized method (Halko et al. 2011), the strong directions made weaker (Mu and Viswanath 2018). Words too rare for
many training pairs know their like from the first step then.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from training.embedder.store import Ints, Store, TextKind

_DISTANCES = (1, 2, 3, 4, 5, 7, 9, 12)
_STRETCH = 2000
_OVERSAMPLE = 30


def counted_tokens(store: Store) -> Ints:
    """Every third stretch of the news and broadcasts, and the other texts whole, titles left out."""
    begins = store.text_tokens
    others = np.flatnonzero(store.kinds > TextKind.BROADCAST)
    last = int(begins[others[0]]) if len(others) else int(begins[-1])
    whole = last // _STRETCH * _STRETCH
    thirds = store.tokens[:whole].reshape(-1, _STRETCH)[::3].ravel()
    return np.concatenate([thirds, store.tokens[whole : int(begins[-1])]])


def vectors(tokens: Ints, pieces: int, dimension: int, *, seed: int) -> NDArray[np.float32]:
    """(pieces, dimension) unit rows; a piece that never occurs is a row of zeros before centring."""
    information = _information(tokens, pieces)
    draw = np.random.default_rng(seed)
    basis = information @ draw.standard_normal((pieces, dimension + _OVERSAMPLE)).astype(np.float32)
    for _ in range(2):
        basis = information @ np.linalg.qr(basis)[0]
    basis = np.linalg.qr(basis)[0]
    left, values, _ = np.linalg.svd(basis.T @ (information @ basis))
    found = _unit((basis @ left)[:, :dimension] * np.sqrt(values[:dimension]))
    centred = found - found.mean(axis=0)
    variance, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    return _unit((centred @ directions) * np.maximum(variance, variance.max() * 1e-4) ** -0.25)


def _information(tokens: Ints, pieces: int) -> sp.csr_matrix:
    """(pieces, pieces) positive pointwise mutual information; context counts to the power of 3/4."""
    counts = sp.csr_matrix((pieces, pieces), dtype=np.float32)
    for distance in _DISTANCES:
        left, right = tokens[:-distance], tokens[distance:]
        pairs, number = np.unique(left * pieces + right, return_counts=True)
        weights = (number / np.sqrt(distance)).astype(np.float32)
        counts += sp.csr_matrix((weights, (pairs // pieces, pairs % pieces)), shape=(pieces, pieces))
    counts = (counts + counts.T).tocsr()
    counts.data[counts.data < 0.9] = 0  # met once, and not nearby
    counts.eliminate_zeros()
    sums = np.asarray(counts.sum(axis=1)).ravel() + 1
    smooth = sums**0.75
    smooth *= sums.sum() / smooth.sum()
    rows = np.repeat(np.arange(pieces), np.diff(counts.indptr))
    information = np.log(counts.data * sums.sum() / (sums[rows] * smooth[counts.indices]))
    counts.data = np.maximum(information, 0).astype(np.float32)
    counts.eliminate_zeros()
    return counts


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit.astype(np.float32)
