"""Agreement of two raters beyond chance: Cohen's kappa.

    >>> judge, person = [1, 1, 0, 0, 1], [1, 0, 0, 0, 1]      # 4 of 5 agree; by chance 0.48 would
    >>> round(kappa(judge, person), 3)
    0.615

Cohen 1960, "A coefficient of agreement for nominal scales".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """-1 to 1; 1 is full agreement, 0 that of chance. None without items, or where both raters always say the same."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} ratings against {len(second)}: the same items must be rated")
    total = len(first)
    if not total:
        return None
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    counts, others = Counter(first), Counter(second)
    chance = sum(count * others[label] for label, count in counts.items()) / total**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)
