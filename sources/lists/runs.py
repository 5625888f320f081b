"""Runs: things listed within a sentence, set apart by 、 or by ；"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sources.sentences import Span, sentences

_OPENERS, _CLOSERS = "（(《“‘「【", "）)》”’」】"
_LEADS = re.compile(r".*(?:包括|包含|涵盖|分别[是为]|[是为]|有|如下|即|了|[:：])")
"""Words behind which a run begins; what stands before them is what it is a list of."""
_BEFORE_THE_LAST = re.compile(r"(?<=[^、])(?:以及|和|与|及)(?=[^、])")
_AFTER_THE_LAST = re.compile(r"等|[两二三四五六七八九十\d]+(?:大?[类个项种名家位项条方面])")
_LONGEST_ITEM = 40
_LEAST_ITEMS = 2


def runs(text: str, marks: Mapping[int, int]) -> Iterator[tuple[Span, list[Span]]]:
    """The lead of each run, from the beginning of its sentence, and its items, in order.

    `marks` says of each place where a mark stands, where this ends: it is no part of an item.
    """
    for begins, end in sentences(text):
        start = marks.get(begins, begins)
        if "|" in text[start:end]:
            continue  # a row of a table
        if by_halves := _set_apart_by(text, start, end, "；;"):
            yield by_halves
        for clause in _pieces(text, start, end, "，,；;。：:！？!?"):
            found = _words_of(text, start, clause)
            if found:
                yield found


def _words_of(text: str, sentence: int, clause: Span) -> tuple[Span, list[Span]] | None:
    """白鹭湖、石门寨和枫林古镇等景区: three items."""
    pieces = _pieces(text, *clause, "、")
    if len(pieces) < _LEAST_ITEMS:
        return None
    (first, first_end), (last, last_end) = pieces[0], pieces[-1]
    led = _LEADS.match(text[first:first_end])
    begins = first + (led.end() if led and led.end() < first_end - first else 0)
    if tail := _AFTER_THE_LAST.search(text[last:last_end]):
        last_end = last + (tail.start() or last_end - last)
    items = [(begins, first_end), *pieces[1:-1]]
    joint = next(iter(_BEFORE_THE_LAST.finditer(text, last, last_end)), None)
    items += [(last, joint.start()), (joint.end(), last_end)] if joint else [(last, last_end)]
    if len(items) < _LEAST_ITEMS + 1 and not (led or text[clause[0] - 1] in ":："):
        return None
    if any(not 0 < stop - begin <= _LONGEST_ITEM for begin, stop in items):
        return None
    return (sentence, begins), items


def _set_apart_by(text: str, start: int, end: int, marks: str) -> tuple[Span, list[Span]] | None:
    """一等奖2户，每户3000元；二等奖5户，每户2000元: behind a colon where the first piece has one."""
    pieces = _pieces(text, start, end, marks)
    if len(pieces) < _LEAST_ITEMS:
        return None
    first, stop = pieces[0]
    colon = max(text.rfind(mark, first, stop) for mark in ":：")
    others = any(mark in text[slice(*each)] for each in pieces[1:] for mark in ":：")
    begins = first if colon < 0 or others else colon + 1
    return ((start, begins), [(begins, stop), *pieces[1:]]) if begins < stop else None


def _pieces(text: str, start: int, end: int, marks: str) -> list[Span]:
    """What the marks set apart, those within brackets and quotes left out; a closing full stop is no part of it."""
    spans, depth, begin = [], 0, start
    for at in range(start, end):
        char = text[at]
        if char in _OPENERS:
            depth += 1
        elif char in _CLOSERS:
            depth = max(0, depth - 1)
        elif depth == 0 and char in marks:
            spans.append((begin, at))
            begin = at + 1
    spans.append((begin, end - text[start:end].endswith(("。", "；", ";"))))
    return [(first, last) for first, last in spans if text[first:last].strip()]
