"""How sure a number is: intervals of a mean, and of the difference of two systems on the same cases.

>>> low, high = interval([1.0] * 9 + [0.0], seed=1)          # 9 of 10 right
>>> round(low, 3), round(high, 3)
(0.596, 0.982)
>>> d = paired([1, 1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1], seed=1)
>>> d.difference, d.wins, d.losses, round(d.p_value, 3)      # as the exact sign test: 2 * 8 / 128
(0.625, 6, 1, 0.125)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 5000
_Z = 1.959963984540054
_EXACT_UP_TO = 16
_BLOCK = 2_000_000
"""Numbers drawn at a time, so that memory stays flat however many cases there are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first system against the second, case by case."""

    cases: int
    difference: float
    """Mean of the first minus mean of the second."""
    low: float
    high: float
    """95% bootstrap interval of the difference."""
    p_value: float
    """Two-sided; the chance of a difference this large if the systems were exchangeable on every case."""
    wins: int
    """Cases where the first has the higher value."""
    losses: int


def interval(values: Sequence[float], *, seed: int) -> tuple[float, float]:
    """A 95% interval of the mean.

    Wilson's for shares (every value 0 or 1), which stays honest at 10 of 10; the percentile bootstrap otherwise.
    Wilson 1927; Efron 1979; see Brown, Cai and DasGupta 2001 for why not the normal approximation.
    Raises ValueError on no values.
    """
    if not values:
        raise ValueError("no values to take an interval of")
    array = np.asarray(values, dtype=np.float64)
    if np.isin(array, (0.0, 1.0)).all():
        return wilson(float(array.mean()), len(array))
    means = _resampled_means(array, np.random.default_rng(seed))
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a share among `count` cases."""
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def paired(first: Sequence[float], second: Sequence[float], *, seed: int) -> Difference:
    """The difference on the same cases, in the same order.

    p by the sign-flip permutation test (Fisher 1935; Dror et al. 2018, P18-1128 in the ACL Anthology), exact up to 16
    differing cases; the interval by the paired bootstrap (Koehn 2004). Raises ValueError where the lengths differ.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"{len(first)} values against {len(second)}: both systems need the same cases, at least one")
    gaps = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    rng = np.random.default_rng(seed)
    low, high = np.percentile(_resampled_means(gaps, rng), (2.5, 97.5))
    return Difference(
        cases=len(gaps),
        difference=float(gaps.mean()),
        low=float(low),
        high=float(high),
        p_value=_sign_flip(gaps[gaps != 0], rng),
        wins=int((gaps > 0).sum()),
        losses=int((gaps < 0).sum()),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for having looked at all of them (Holm 1979), in the given order.

    >>> [round(p, 3) for p in holm([0.04, 0.01, 0.03])]
    [0.06, 0.03, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = highest
    return adjusted


def _resampled_means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    rows = max(1, _BLOCK // len(values))
    means = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, rows):
        stop = min(start + rows, RESAMPLES)
        means[start:stop] = values[rng.integers(0, len(values), (stop - start, len(values)))].mean(axis=1)
    return means


def _sign_flip(gaps: NDArray[np.float64], rng: np.random.Generator) -> float:
    """The share of ways to swap the two systems, case by case, that give a difference at least as large."""
    count = len(gaps)
    if not count:
        return 1.0
    observed = abs(gaps.sum()) - 1e-9
    if count <= _EXACT_UP_TO:
        patterns = np.arange(2**count)[:, None] >> np.arange(count) & 1
        return float((np.abs((1 - 2 * patterns) @ gaps) >= observed).mean())
    rows = max(1, _BLOCK // count)
    extreme = 0
    for start in range(0, RESAMPLES, rows):
        signs = rng.integers(0, 2, (min(rows, RESAMPLES - start), count)) * 2 - 1
        extreme += int((np.abs(signs @ gaps) >= observed).sum())
    return (extreme + 1) / (RESAMPLES + 1)  # the observed order is one of the permutations
