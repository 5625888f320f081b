"""ROUGE-L: how much of the gold answer an answer holds, in its order.

    >>> round(rouge_l("补助不超过50万元", ["补助金额不超过50万元"]), 3)   # 8 of 8 and of 10 units in order (50 is one)
    0.889

The F-measure of the longest common subsequence with beta 1, over the units of `overlap`. Lin 2004 (W04-1013 in the ACL
Anthology).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.overlap import units


def rouge_l(text: str, golds: Sequence[str]) -> float:
    """Best ROUGE-L F1 over the golds. 0 to 1."""
    mine = units(text)
    best = 0.0
    for gold in golds:
        wanted = units(gold)
        if mine and wanted:
            best = max(best, 2 * common_subsequence(mine, wanted) / (len(mine) + len(wanted)))
    return best


def common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Bit-parallel (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"): one big-integer step a unit of `b`, some
    hundred times faster in Python than the table, which the tests compare it with.
    """
    places: dict[str, int] = {}
    for index, unit in enumerate(a):
        places[unit] = places.get(unit, 0) | 1 << index
    full = (1 << len(a)) - 1
    rows = full
    for unit in b:
        matched = rows & places.get(unit, 0)
        rows = ((rows + matched) | (rows - matched)) & full
    return len(a) - rows.bit_count()
