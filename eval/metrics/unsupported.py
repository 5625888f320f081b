"""Unsupported numbers: those of the answer that stand in no cited quote or passage and not in the question.

    >>> sorted(unsupported("共145条、15条。", cited="建成145条", asked="要达到多少条？"))
    ['15']
    >>> unsupported("60000-54939=5061元", cited="54939元 60000元", asked="差多少？")   # a computed result, shown
    set()

The rule of the data set's neutral scorer: numbers up to 12 are let through, since they are often counted, not read.
"""

from __future__ import annotations

import re

from eval.metrics.normal import numbers

_COMPUTED = re.compile(r"[=≈]\s*[-\d.]+")
_COUNTED_UP_TO = 12


def unsupported(text: str, *, cited: str, asked: str) -> set[str]:
    """The numbers without an origin. `text` is the answer without citation marks."""
    known = numbers(cited + asked) | numbers(" ".join(_COMPUTED.findall(text)))
    return {n for n in numbers(text) - known if float(n) > _COUNTED_UP_TO}
