"""The sentences that an answer was taken from: do they hold the answer, and are they the ones that people point at?

    >>> quotes = [Quote("a", "执导的电影", "林投姐是1988年由丁善玺执导的电影。片长90分钟。")]
    >>> touched(quotes)
    ('林投姐是1988年由丁善玺执导的电影。',)
    >>> round(sentence_f1(quotes, ["林投姐是1988年由丁善玺执导的电影。片长90分钟。"]), 3)
    0.857

A quote that was cut too short is made whole, which measures finding apart from cutting. The F1 of evidence sentences
is that of ExpMRC (Cui et al. 2022, arXiv:2105.04126), over the units of `overlap`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.citations import Quote
from eval.metrics.overlap import f1

_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?")


def touched(quotes: Sequence[Quote]) -> tuple[str, ...]:
    """The whole sentences of their passages that the quotes stand in, each once; a quote that isn't there is one."""
    found: dict[str, None] = {}
    for each in quotes:
        start = each.passage.find(each.quote)
        if start < 0:
            found[each.quote] = None
            continue
        for match in _SENTENCE.finditer(each.passage):
            if match.start() < start + len(each.quote) and start < match.end():
                found[match[0].strip()] = None
    return tuple(found)


def sentence_f1(quotes: Sequence[Quote], evidence: Sequence[str]) -> float:
    """F1 of the touched sentences against the evidence, all of each together. 0 to 1."""
    return f1("".join(touched(quotes)), ["".join(evidence)])
