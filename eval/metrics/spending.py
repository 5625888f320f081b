"""Latency, tokens and cost.

    >>> round(cost(Usage(2000, 500), Price(per_million_prompt=2.0, per_million_completion=8.0)), 4)
    0.008
    >>> percentile([10.0, 20.0, 30.0, 40.0], 50)             # between the two in the middle
    25.0

Percentiles interpolate linearly (Hyndman and Fan 1996, type 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.reply import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in the currency that the run's suite names."""

    per_million_prompt: float = 0.0
    per_million_completion: float = 0.0


def cost(usage: Usage, price: Price) -> float:
    """The price of one answer."""
    return (
        usage.prompt_tokens * price.per_million_prompt + usage.completion_tokens * price.per_million_completion
    ) / 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values don't exceed. Raises ValueError on none."""
    if not values:
        raise ValueError("no values to take a percentile of")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
