"""Touching: whether a quote is of the passage that people gave as the answer, where no rule tells a right one.

Of NCP the answers are whole paragraphs: a sentence of one is as good as all of it.

    >>> touches(["3月1日起免收高速公路通行费。"], ["2020年3月1日起，免收高速公路通行费，直至疫情结束。"])
    True
    >>> touches(["恢复收费的时间另行通知。"], ["2020年3月1日起，免收高速公路通行费，直至疫情结束。"])
    False
    >>> touches(["预计可满足全区4个月的市场供应。"], ["4个月"])
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from eval.metrics.overlap import units

_LEAST_RUN = 4
"""Units that stand in both by no chance; a shorter text must stand there whole."""
_MOST = 0.5


def touches(quotes: Sequence[str], golds: Sequence[str]) -> bool:
    """Whether at least half of one of the quotes, or of one of the golds, stands in the other, in stretches."""
    return any(_shared(units(quote), units(gold)) >= _MOST for quote in quotes for gold in golds)


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    shorter = min(len(one), len(other))
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    least = min(_LEAST_RUN, shorter)
    return sum(block.size for block in blocks if block.size >= least) / shorter if shorter else 0.0
