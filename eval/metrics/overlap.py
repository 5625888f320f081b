"""Exact match and F1 against the gold answers, in the units that SQuAD and CMRC 2018 count.

A Chinese character is one unit, so is a word or number of Latin script; punctuation doesn't count.

    >>> exact("1917年5月30日。", ["1917年5月30日"])
    1.0
    >>> round(f1("在1917年", ["1917年5月30日"]), 3)     # 2 shared of 3 and of 6 units
    0.444
    >>> round(f1_run("在1917年", ["1917年5月30日"]), 3)  # CMRC's: the longest shared run
    0.444

Rajpurkar et al. 2016 (arXiv:1606.05250); Cui et al. 2019 (arXiv:1810.07366).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from eval.metrics.normal import normal

_UNIT = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\W_]")


def units(text: str) -> list[str]:
    """What is counted: characters of Chinese, words of Latin script, whole numbers."""
    return _UNIT.findall(normal(text))


def exact(text: str, golds: Sequence[str]) -> float:
    """1.0 where the answer is one of the golds, punctuation apart."""
    return float(any(units(text) == units(gold) for gold in golds))


def f1(text: str, golds: Sequence[str]) -> float:
    """Best F1 over the golds of the units shared, whatever their order. 0 to 1."""

    def shared(mine: list[str], gold: list[str]) -> int:
        return sum((Counter(mine) & Counter(gold)).values())

    return max((_harmonic(shared, text, gold) for gold in golds), default=0.0)


def f1_run(text: str, golds: Sequence[str]) -> float:
    """Best F1 over the golds of their longest shared run, as CMRC 2018's scorer counts. 0 to 1."""

    def shared(mine: list[str], gold: list[str]) -> int:
        return SequenceMatcher(None, mine, gold, autojunk=False).find_longest_match().size

    return max((_harmonic(shared, text, gold) for gold in golds), default=0.0)


def _harmonic(shared: Callable[[list[str], list[str]], int], text: str, gold: str) -> float:
    mine, wanted = units(text), units(gold)
    common = shared(mine, wanted)
    return 2 * common / (len(mine) + len(wanted)) if common else 0.0
