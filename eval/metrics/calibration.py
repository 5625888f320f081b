"""Calibration: is a confidence of 0.8 right eight times in ten, and are the confident answers the right ones?

    >>> bins = reliability([0.9, 0.9, 0.2, 0.2], [1, 1, 1, 0], count=5)
    >>> [(b.confidence, b.right, b.cases) for b in bins]
    [(0.2, 0.5, 2), (0.9, 1.0, 2)]
    >>> round(expected_calibration_error(bins), 3)          # half the cases are 0.3 off, half 0.1
    0.2
    >>> risk_coverage([0.9, 0.2, 0.8], [1, 0, 1])           # (share answered, share of those wrong)
    [(0.3333333333333333, 0.0), (0.6666666666666666, 0.0), (1.0, 0.3333333333333333)]

ECE with bins of equal width: Naeini et al. 2015; Guo et al. 2017 (arXiv:1706.04599). Risk and coverage: El-Yaniv and
Wiener 2010 (JMLR 11); the area is over coverage 0 to 1, lower is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose confidence lies in one stretch."""

    confidence: float
    """Mean confidence."""
    right: float
    """Share that was right."""
    cases: int


def reliability(confidences: Sequence[float], right: Sequence[float], *, count: int = 10) -> list[Bin]:
    """The filled bins of equal width, lowest first. A confidence of 1 belongs to the last."""
    binned: dict[int, list[tuple[float, float]]] = {}
    for confidence, outcome in zip(confidences, right, strict=True):
        binned.setdefault(min(int(confidence * count), count - 1), []).append((confidence, outcome))
    return [
        Bin(sum(c for c, _ in pairs) / len(pairs), sum(r for _, r in pairs) / len(pairs), len(pairs))
        for _, pairs in sorted(binned.items())
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Mean distance of confidence from share right, weighted by cases. 0 to 1, lower is better; None without cases."""
    total = sum(b.cases for b in bins)
    return sum(b.cases * abs(b.confidence - b.right) for b in bins) / total if total else None


def risk_coverage(confidences: Sequence[float], right: Sequence[float]) -> list[tuple[float, float]]:
    """Points (coverage, risk) as the least confident answers are given up. Equal confidences go together."""
    ranked = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for index, (confidence, outcome) in enumerate(ranked, 1):
        wrong += 1 - outcome
        if index == len(ranked) or ranked[index][0] != confidence:
            points.append((index / len(ranked), wrong / index))
    return points


def area_under_risk_coverage(points: Sequence[tuple[float, float]]) -> float | None:
    """Mean risk over all coverages (trapezoids; flat before the first point). 0 to 1, lower is better."""
    if not points:
        return None
    area, (coverage, risk) = points[0][0] * points[0][1], points[0]
    for next_coverage, next_risk in points[1:]:
        area += (next_coverage - coverage) * (risk + next_risk) / 2
        coverage, risk = next_coverage, next_risk
    return area
