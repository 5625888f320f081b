"""What the sentence around a figure tells of it: whether it only orders its reader to say it, and how it is worded."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from sources.figures.figure import Figure
from sources.instructions import instructions
from sources.passages import Passage
from sources.sentences import Span, sentences

_LEAST_WORDS = 12
"""Characters that a sentence must have beside its figures to be known again by them."""
_SPACE = re.compile(r"\s+")


def worded(figures: Sequence[Figure], text: str, passages: Sequence[Passage]) -> list[Figure]:
    """The figures of a document, in order, each with `is_order` and `frame`."""
    spans = [(figure.start, figure.end) for figure in figures]
    marks = wordings(spans, text, [(passage.start, passage.end) for passage in passages])
    return [replace(figure, is_order=own[0], frame=own[1]) for figure, own in zip(figures, marks, strict=True)]


def wordings(figures: Sequence[Span], text: str, passages: Sequence[Span]) -> list[tuple[bool, int | None]]:
    """`is_order` and `frame` of the figures that stand at these places of a text, both in order as its passages."""
    starts = [start for start, _ in figures]
    found: dict[int, list[Span]] = {}
    marks: list[tuple[bool, int | None]] = []
    for number, (start, end) in enumerate(figures):
        at = max(0, bisect_right(passages, start, key=_start) - 1)
        if at not in found:
            found[at] = sentences(text, *passages[at]) if passages else []
        cut = found[at]
        near = bisect_right(cut, start, key=_start) - 1
        first, last = cut[near] if near >= 0 and end <= cut[near][1] else (start, end)
        before = bisect_left(starts, first)
        inside = [each for each in figures[before : bisect_left(starts, last)] if each[1] <= last]
        marks.append((bool(instructions(text, start, end)), _frame(inside, number - before, text, (first, last))))
    return marks


def _start(span: Span) -> int:
    return span[0]


def _frame(inside: Sequence[Span], number: int, text: str, sentence: Span) -> int | None:
    """Of the figure `number` of those `inside` a sentence."""
    words, at = "", sentence[0]
    for start, end in inside:
        words += text[at:start] + "#"
        at = end
    words = _SPACE.sub("", words + text[at : sentence[1]])
    if len(words) - words.count("#") < _LEAST_WORDS:
        return None
    digest = blake2b(f"{number} {words}".encode("utf8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
